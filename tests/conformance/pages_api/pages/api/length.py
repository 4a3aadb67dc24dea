from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.json({"length": len(req.body)})
