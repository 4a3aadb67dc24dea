import asyncio

from byway.server import ApiRequest, ApiResponse


async def some_async_operation(*, fail: bool) -> str:
    await asyncio.sleep(0.02)
    if fail:
        raise ValueError("no")
    return "done"


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    try:
        result = await some_async_operation(fail=req.query.get("fail") == "1")
        res.status(200).json({"result": result})
    except ValueError:
        res.status(500).json({"error": "failed to load data"})
