from byway.server import ApiRequest, ApiResponse

NAMES = {type(None): "null", str: "string", int: "number", float: "number", bool: "boolean"}


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.json({"type": NAMES.get(type(req.body), "object"), "body": req.body})
