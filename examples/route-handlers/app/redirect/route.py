"""A redirect: 307, so that the method stays."""

from typing import NoReturn

from byway.navigation import redirect


async def GET() -> NoReturn:
    redirect("https://nextjs.org/")
