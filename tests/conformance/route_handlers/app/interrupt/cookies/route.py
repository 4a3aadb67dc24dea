from byway.headers import cookies
from byway.navigation import not_found
from byway.server import Response


async def GET() -> Response:
    (await cookies()).set("lost", "yes")
    not_found()
