import os
from typing import Any

from byway import Config
from byway.config import ASGIApp, Message, Receive, Scope, Send


def names_worker(app: ASGIApp) -> ASGIApp:
    """Has every answer tell which worker it is from, the kept ones, too."""

    async def entry(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"x-worker", b"%d" % os.getpid())]}
            await send(message)

        await app(scope, receive, tell if scope["type"] == "http" else send)

    return entry


settings: dict[str, Any] = {}
if url := os.environ.get("REDIS_URL"):
    from byway.cache import RedisStore

    settings["cache_handler"] = RedisStore(url)
if folder := os.environ.get("CACHE_DIR"):
    settings["cache_dir"] = folder

config = Config(asgi=names_worker, shutdown_timeout=2, **settings)
