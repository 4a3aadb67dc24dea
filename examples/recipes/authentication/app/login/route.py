"""The login form. POST is a plain function: hashing takes a worker thread's time, not the event loop's."""

from dataclasses import dataclass

from lib.auth import check_same_origin, sign_in
from lib.passwords import verify_password
from lib.users import USERS

from byway import run
from byway.server import Request, Response

PAGE = """<!doctype html>
<html lang="en">
<title>Log in</title>
{message}
<form method="post">
  <label>Name <input name="name" autocomplete="username" required></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
  <button>Log in</button>
</form>
"""


@dataclass
class Login:
    name: str
    password: str


def page(message: str = "", status: int = 200) -> Response:
    return Response(PAGE.format(message=message), status=status, headers={"content-type": "text/html; charset=utf-8"})


async def GET() -> Response:
    return page()


def POST(request: Request) -> Response:
    check_same_origin(request)
    login = run(request.form_data(Login))
    user = USERS.get(login.name)
    if not verify_password(login.password, user.password if user else None) or user is None:
        return page("<p role=alert>Name or password is wrong.</p>", status=401)
    sign_in(request, user)
    return Response.redirect("/account", 303)
