"""GET /report: the progress of a long computation, which ends when its client leaves."""

from collections.abc import Iterator

from lib.report import compute

from byway.server import AbortSignal, Request, Response


def progress(signal: AbortSignal) -> Iterator[str]:
    for percent in compute(signal):
        yield f"data: {percent}\n\n"
    yield "event: done\ndata:\n\n"


async def GET(request: Request) -> Response:
    return Response(
        progress(request.signal), headers={"content-type": "text/event-stream", "cache-control": "no-store"}
    )
