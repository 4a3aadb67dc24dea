from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    match req.query["kind"]:
        case "default":
            res.redirect("/api/hello")
        case "307":
            res.redirect(307, "/")
        case "308":
            res.redirect(308, "/api/hello?a=1")
        case "301":
            res.redirect(301, "https://example.com/")
        case "303":
            res.redirect(303, "../hello")
        case "wrong":
            res.redirect(307)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
        case _:
            res.end()
