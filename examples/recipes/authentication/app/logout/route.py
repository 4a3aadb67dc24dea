"""Logging out changes state, so it is a POST: a link or an image of another site cannot do it."""

from typing import NoReturn

from lib.auth import check_same_origin, sign_out

from byway.navigation import redirect
from byway.server import Request


async def POST(request: Request) -> NoReturn:
    check_same_origin(request)
    sign_out()
    redirect("/login")
