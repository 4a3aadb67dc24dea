from byway.server import ApiRequest, ApiResponse

config = {"api": {"response_limit": False}}


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.send({"data": "y" * (5 * 1024)})
