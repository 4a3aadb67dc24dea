"""Who is signed in. The session is a cookie with the user's name and its last second, signed with HMAC-SHA256."""

import base64
import hmac
import os
import time

from lib.users import USERS, User

from byway.headers import cookies
from byway.navigation import forbidden, unauthorized
from byway.server import Request

COOKIE = "session"
LIFETIME = 7 * 24 * 3600  # seconds


async def current_user() -> User | None:
    """The user whose session the request carries; None when nobody is signed in."""
    session = (await cookies()).get(COOKIE)
    name = None if session is None else read_session(session.value, now=time.time())
    return None if name is None else USERS.get(name)


async def require_user() -> User:
    """The user who is signed in; without one, the answer is 401."""
    return await current_user() or unauthorized()


def check_same_origin(request: Request) -> None:
    """Answer 403 unless a page of this very site sent the request: against forms that other sites submit."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    # Browsers that do not send the first header send the second one with every POST.
    same = origin == request.url.origin if site is None else site == "same-origin"
    if not same:
        forbidden()


def sign_in(request: Request, user: User) -> None:
    """Set the session cookie."""
    cookies().set(
        COOKIE,
        new_session(user.name, expires=int(time.time()) + LIFETIME),
        max_age=LIFETIME,
        http_only=True,
        secure=request.url.protocol == "https:",
        same_site="lax",
    )


def sign_out() -> None:
    """Have the browser forget the session cookie."""
    cookies().delete(COOKIE)


def new_session(name: str, *, expires: int) -> str:
    """A session of the user ``name`` that is good until ``expires``, in Unix seconds."""
    payload = f"{expires}:{name}".encode()
    return f"{_encode(payload)}.{_encode(_signature(payload))}"


def read_session(session: str, *, now: float) -> str | None:
    """The user's name in ``session``; None unless this app signed it and it is still good at ``now``."""
    try:
        payload, signature = (base64.urlsafe_b64decode(part) for part in session.encode().split(b"."))
    except ValueError:
        return None
    if not hmac.compare_digest(signature, _signature(payload)):
        return None
    expires, _, name = payload.decode().partition(":")
    return name if now < int(expires) else None


def _signature(payload: bytes) -> bytes:
    return hmac.digest(os.environ["SESSION_SECRET"].encode(), payload, "sha256")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
