import asyncio

from byway.server import ApiRequest, ApiResponse


class Teapot(Exception):
    status_code = 418


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    await asyncio.sleep(0)
    raise Teapot("an object")
