from byway.server import File, Request, Response


async def POST(request: Request) -> Response:
    form_data = await request.form_data()
    file = form_data.get("file")
    assert isinstance(file, File)
    data = await file.bytes()
    return Response.json(
        {
            "title": form_data.get("title"),
            "name": file.name,
            "type": file.type,
            "size": file.size,
            "sum": sum(data),
        }
    )
