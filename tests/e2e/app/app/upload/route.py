import hashlib

from byway.server import File, Request, Response


async def POST(request: Request) -> Response:
    fields: list[dict[str, object]] = []
    for name, value in (await request.form_data()).items():
        if isinstance(value, File):
            digest = hashlib.sha256()
            async for chunk in value:
                digest.update(chunk)
            fields.append({"name": name, "file": value.name, "size": value.size, "sha256": digest.hexdigest()})
        else:
            fields.append({"name": name, "value": value})
    return Response.json(fields)
