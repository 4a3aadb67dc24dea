"""after(): what need not delay the answer is done once it is sent; it may read the request's headers and cookies."""

from app.utils import log_user_action

from byway.headers import cookies, headers
from byway.server import Response, after


async def log_action() -> None:
    user_agent = (await headers()).get("user-agent") or "unknown"
    session = (await cookies()).get("session-id")
    log_user_action(session_cookie=session.value if session else "anonymous", user_agent=user_agent)


async def POST() -> Response:
    # Perform the mutation …

    after(log_action)  # Log the user's activity for analytics
    return Response.json({"status": "success"})
