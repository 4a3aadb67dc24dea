import asyncio

from byway.server import ApiRequest, ApiResponse


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.set_header("Content-Type", "text/plain").set_header("Cache-Control", "no-cache, no-transform")
    for part in ["one ", "two ", "three"]:
        await res.write(part)
        await asyncio.sleep(0.12)
    res.end()
