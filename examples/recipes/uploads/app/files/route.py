"""POST /files: a form with one file."""

from lib.store import MAX_SIZE, UnknownType, save

from byway.server import File, Request, Response


async def POST(request: Request) -> Response:
    form = await request.form_data()
    try:
        file = form.get("file")
        if not isinstance(file, File) or file.size == 0:
            return Response.json({"error": "Choose a file."}, status=400)
        if file.size > MAX_SIZE:
            return Response.json({"error": f"A file may have {MAX_SIZE:,} bytes at most."}, status=413)
        name = await save(file)
    except UnknownType as error:
        return Response.json({"error": str(error)}, status=415)
    finally:
        form.close()  # deletes the temporary file now rather than soon
    return Response.json({"name": name}, status=201, headers={"location": f"/files/{name}"})
