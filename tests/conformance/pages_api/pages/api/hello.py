from typing import TypedDict

from byway.server import ApiRequest, ApiResponse


class ResponseData(TypedDict):
    message: str


def handler(req: ApiRequest, res: ApiResponse[ResponseData]) -> None:
    res.status(200).json({"message": "Hello from Next.js!"})
