import asyncio

from byway.server import Response


# The original sees at the build that this waits for what is not cached. Here a file asks for prerendering, or not.
async def GET() -> Response:
    await asyncio.sleep(0.005)
    return Response.json({"always": "waits"})
