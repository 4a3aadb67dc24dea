from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    path, agent = req.url.partition("?")[0], req.headers.get("user-agent")
    res.json({"method": req.method, "path": path, "query": req.query, "cookies": req.cookies, "agent": agent})
