import asyncio

from lib.log import write

from byway.server import Request, Response, after


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")

    # Coroutines rather than functions: those run in threads, where nobody knows who writes first.
    async def note(line: str, delay: float = 0) -> None:
        if delay:
            await asyncio.sleep(delay)
        write(key, line)

    after(note("after 1"))
    after(note("after 2, slow", delay=0.1))
    after(note("after 3"))
    write(key, "handler")
    return Response.json({"answered": True})
