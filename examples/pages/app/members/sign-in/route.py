"""Keeps the name that a form sends in a cookie; without one, forgets it. A page can read cookies, but not set them.

A real app would ask for a password: see the recipe on authentication.
"""

from byway.headers import cookies
from byway.server import Request, Response, same_origin


async def POST(request: Request) -> Response:
    if not same_origin(request):
        return Response("This form belongs to another site.", status=403)
    name = (await request.form_data()).get("name")
    jar = await cookies()
    if isinstance(name, str):
        jar.set("name", name, http_only=True, same_site="lax")
    else:
        jar.delete("name")
    return Response.redirect("/members", 303)
