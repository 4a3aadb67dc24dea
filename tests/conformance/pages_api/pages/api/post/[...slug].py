from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.end(f"Post: {', '.join(req.query['slug'])}")
