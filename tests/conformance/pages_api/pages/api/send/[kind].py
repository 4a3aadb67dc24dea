from byway.server import ApiRequest, ApiResponse


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    match req.query["kind"]:
        case "string":
            res.status(200).send("a string")
        case "html":
            res.set_header("Content-Type", "text/html; charset=utf-8").send("<p>é</p>")
        case "object":
            res.send({"a": [1, 2], "b": None})
        case "array":
            res.send([1, "two"])
        case "buffer":
            res.send(bytes([0, 1, 254, 255]))
        case "null":
            res.send(None)
        case "number":
            res.send(42)
        case "boolean":
            res.send(False)
        case "empty":
            res.send("")
        case "typed-json":
            res.set_header("Content-Type", "text/plain").json({"forced": True})
        case "error":
            res.status(500).send({"error": "failed to fetch data"})
        case _:
            res.status(404).json({"error": "no kind"})
