from byway.server import Response


async def GET() -> Response:
    response = Response.json({"ok": True})
    response.cookies.set("show-banner", "false")
    response.cookies.set("id", "7", http_only=True, same_site="lax", path="/")
    response.cookies.delete("experiments")
    return response
