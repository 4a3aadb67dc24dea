from byway.server import Request, Response


async def POST(request: Request) -> Response:
    form_data = await request.form_data()
    return Response.json(
        {
            "name": form_data.get("name"),
            "email": form_data.get("email"),
            "tags": form_data.get_all("tag"),
            "keys": list(form_data.keys()),
        }
    )
