from datetime import UTC, datetime

from byway.server import ApiRequest, ApiResponse


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    match req.query["kind"]:
        case "null":
            res.json(None)
        case "string":
            res.json('text "quoted" ü')
        case "number":
            res.json(1.5)
        case "date":
            at = datetime.fromtimestamp(0, UTC).isoformat(timespec="milliseconds")
            res.json({"at": at.replace("+00:00", "Z"), "list": [None]})
        case _:
            res.status(418).json({})
