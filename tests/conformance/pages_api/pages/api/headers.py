from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.set_header("Set-Cookie", ["a=1; Path=/", "b=2; HttpOnly"])
    res.set_header("Cache-Control", "s-maxage=10")
    res.set_header("X-Number", 5)
    res.remove_header("X-Gone")
    res.status(200).send("ok")
