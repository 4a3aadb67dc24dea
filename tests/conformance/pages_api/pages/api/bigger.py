from byway.server import ApiRequest, ApiResponse

config = {"api": {"body_parser": {"size_limit": "1.5mb"}}}


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.json({"length": len(req.body)})
