from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.status(200).json({"route": "/api/user/[id]", "query": req.query})
