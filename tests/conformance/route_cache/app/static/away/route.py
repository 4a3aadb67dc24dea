from byway.navigation import redirect
from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    redirect("/static/plain?from=away")
