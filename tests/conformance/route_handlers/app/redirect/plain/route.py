from byway.navigation import redirect
from byway.server import Response


async def GET() -> Response:
    redirect("https://nextjs.org/")
