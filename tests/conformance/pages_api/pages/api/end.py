from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.status_code = 202
    res.set_header("Content-Type", "text/plain")
    res.set_header("X-List", ["a", "b"])
    res.write("part one, ")
    res.end("part two")
