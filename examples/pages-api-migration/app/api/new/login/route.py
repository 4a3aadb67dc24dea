from byway.headers import cookies
from byway.server import Request, Response


async def POST(request: Request) -> Response:
    name = (await request.form_data()).get("name")
    cookies().set("name", name if isinstance(name, str) else "", http_only=True)
    return Response.redirect("/api/new/notes", 303)
