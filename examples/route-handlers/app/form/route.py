"""The request body as form data."""

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    form_data = await request.form_data()
    name = form_data.get("name")
    email = form_data.get("email")
    return Response.json({"name": name, "email": email})
