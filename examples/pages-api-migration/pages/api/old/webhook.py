from lib.notes import is_signed

from byway.server import ApiRequest, ApiResponse

config = {"api": {"body_parser": False}}


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    body = b"".join([chunk async for chunk in req])
    if is_signed(body, req.headers.get("x-signature", "")):
        res.json({"received": len(body)})
    else:
        res.status(401).json({"error": "wrong signature"})
