"""A file upload, read chunk by chunk: a large file never has to fit into memory."""

import hashlib

from byway.server import File, Request, Response


async def POST(request: Request) -> Response:
    file = (await request.form_data()).get("file")
    if not isinstance(file, File):
        return Response.json({"error": "Choose a file."}, status=400)
    digest = hashlib.sha256()
    async for chunk in file:
        digest.update(chunk)
    return Response.json({"name": file.name, "type": file.type, "size": file.size, "sha256": digest.hexdigest()})
