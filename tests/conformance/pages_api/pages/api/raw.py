from byway.server import ApiRequest, ApiResponse

config = {"api": {"body_parser": False}}


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    raw = b"".join([chunk async for chunk in req])
    body = "undefined" if req.body is None else req.body
    res.json({"body": body, "length": len(raw), "text": raw.decode()})
