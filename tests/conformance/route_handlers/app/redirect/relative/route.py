from byway.navigation import redirect
from byway.server import Response


async def GET() -> Response:
    redirect("/api/hello?from=redirect")


async def POST() -> Response:
    redirect("/api/hello")


async def PUT() -> Response:
    redirect("/api/hello")
