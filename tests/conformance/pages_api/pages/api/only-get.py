from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    if req.method != "GET":
        res.set_header("Allow", ["GET"])
        return res.status(405).end(f"Method {req.method} Not Allowed")
    return res.send("got")
