"""A permanent redirect (308) within the app."""

from typing import NoReturn

from byway.navigation import permanent_redirect


async def GET() -> NoReturn:
    permanent_redirect("/api/hello")
