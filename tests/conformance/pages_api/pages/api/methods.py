from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.set_header("x-method", req.method)
    if req.method == "POST":
        res.status(201).json({"made": True})
    else:
        res.status(200).json({"method": req.method})
