from byway.server import Request, Response


async def GET(request: Request) -> Response:
    token = request.cookies.get("token")
    return Response.json(
        {
            "token": token and {"name": token.name, "value": token.value},
            "all": [{"name": cookie.name, "value": cookie.value} for cookie in request.cookies.get_all()],
            "has": request.cookies.has("token"),
        }
    )
