from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    theme = store.get("theme")
    return Response.json(
        {
            "theme": theme and {"name": theme.name, "value": theme.value},
            "all": [{"name": cookie.name, "value": cookie.value} for cookie in store.get_all()],
            "allTheme": [{"name": cookie.name, "value": cookie.value} for cookie in store.get_all("theme")],
            "has": store.has("theme"),
            "hasMissing": store.has("missing"),
        }
    )
