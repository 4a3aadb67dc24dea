import time
from collections.abc import Iterator

from lib.marks import mark

from byway.server import Response


def ticks() -> Iterator[str]:
    try:
        while True:
            yield "tick\n"
            time.sleep(0.02)
    finally:
        mark("stream closed")


def GET() -> Response:
    return Response(ticks())
