from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.set_header("x-before", "set")
    raise RuntimeError("secret")
