from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.status(int(req.query["code"])).send("body of " + req.query["code"])
