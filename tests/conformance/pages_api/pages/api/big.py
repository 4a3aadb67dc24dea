from byway.server import ApiRequest, ApiResponse

config = {"api": {"response_limit": "2kb"}}


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.set_header("Content-Type", "text/plain")
    res.send("x" * (3 * 1024))
