from byway.navigation import permanent_redirect
from byway.server import Response


async def GET() -> Response:
    permanent_redirect("/api/hello")


async def POST() -> Response:
    permanent_redirect("/api/hello")
