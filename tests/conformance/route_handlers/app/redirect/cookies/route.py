from byway.headers import cookies
from byway.navigation import redirect
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    store.set("seen", "yes", http_only=True)
    redirect("/api/hello")
