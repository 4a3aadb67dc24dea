"""What a proxy and the rules of a config add to a request: processor time in process, without a server.

Every app has the same dynamic handler, as in ``serve``, and is called as a server would call it. They take turns, and
of each the best turn counts: what else the machine does only ever adds to it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from report import Table

from byway.asgi import Application
from byway.runtime.loading import load_app

# A request of ``serve`` costs the bare callable so many microseconds, which no app is spared.
SERVER_US: Final = 28.0
REQUESTS: Final = 500
TURNS: Final = 40

ROUTE: Final = """
from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    return Response.json({"id": (await ctx.params)["id"], "q": request.url.search_params.get("q")})
"""
RULES: Final = """
from byway import Config


def headers():
    secure = [{"key": "x-frame-options", "value": "DENY"}, {"key": "x-content-type-options", "value": "nosniff"}]
    own = [{"source": f"/section-{n}/:path*", "headers": [{"key": "x-n", "value": ":path*"}]} for n in range(33)]
    return [*([{"source": "/:path*", "headers": secure}] if ALL else []), *own]


def redirects():
    return [{"source": f"/old-{n}/:slug", "destination": f"/new-{n}/:slug", "permanent": True} for n in range(33)]


def rewrites():
    return [{"source": f"/short-{n}/:id", "destination": "/items/:id"} for n in range(33)]


config = Config(headers=headers, redirects=redirects, rewrites=rewrites)
"""
MATCHER: Final = "config = {'matcher': ['/admin/:path*', '/account']}\n"
APPS: Final[dict[str, dict[str, str]]] = {
    "neither proxy nor rules": {},
    "an empty proxy": {"proxy.py": "async def proxy():\n    return None\n"},
    "an empty proxy that takes the request": {"proxy.py": "async def proxy(request):\n    return None\n"},
    "a proxy for other paths": {"proxy.py": f"{MATCHER}async def proxy(request):\n    return None\n"},
    "99 rules for other paths": {"byway_config.py": RULES.replace("ALL", "False")},
    "these, and headers for every path": {"byway_config.py": RULES.replace("ALL", "True")},
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one app: microseconds of processor time for a request, in process."""

    app: str
    request_us: float


def measure(rounds: int) -> list[Figures]:
    with tempfile.TemporaryDirectory(prefix="byway-") as folder:
        apps = {name: _load(Path(folder) / str(number), files) for number, (name, files) in enumerate(APPS.items())}
        return asyncio.run(_measure(apps, TURNS * rounds))


def _load(root: Path, files: dict[str, str]) -> Application:
    for name, text in {"app/items/[id]/route.py": ROUTE, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Application(load_app(root, "production"))


async def _measure(apps: dict[str, Application], turns: int) -> list[Figures]:
    best = dict.fromkeys(apps, float("inf"))
    for application in apps.values():
        await application.start()
    for _ in range(turns):
        for name, application in apps.items():
            begun = time.process_time_ns()
            for _ in range(REQUESTS):
                await application(_scope(), _receive, _send)
            best[name] = min(best[name], (time.process_time_ns() - begun) / REQUESTS / 1e3)
    for application in apps.values():
        await application.stop()
        application.app.close()
    return [Figures(name, request_us) for name, request_us in best.items()]


def _scope() -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/items/42",
        "raw_path": b"/items/42",
        "query_string": b"q=hello",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:3000"), (b"accept-encoding", b"gzip"), (b"user-agent", b"benchmark")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 3000),
    }


async def _receive() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def _send(message: Any) -> None:
    pass


def table(figures: Sequence[Figures]) -> Table:
    plain = figures[0].request_us
    rows = [
        [
            each.app,
            f"{each.request_us:,.1f}",
            f"{each.request_us - plain:,.1f}",
            f"{(each.request_us - plain) / (plain + SERVER_US):.1%}",
        ]
        for each in figures
    ]
    columns = ["the app has", "µs in process", "added µs", "of a served request"]
    return Table("A proxy and the rules of a config: processor time for a dynamic request", columns, rows)
