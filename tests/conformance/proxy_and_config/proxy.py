from byway.server import URL, Headers, Request, Response

config = {
    "matcher": [
        "/px/string",
        "/px/one/:path",
        "/px/many/:path*",
        "/px/plus/:path+",
        "/px/optional/:path?",
        "/px/regex/(\\d{1,3})",
        "/px/named/:kind(a|b)/:rest*",
        {
            "source": "/px/has",
            "has": [{"type": "header", "key": "x-token"}, {"type": "query", "key": "userId", "value": "123"}],
        },
        {"source": "/px/has-cookie", "has": [{"type": "cookie", "key": "session", "value": "true"}]},
        {
            "source": "/px/missing",
            "missing": [{"type": "cookie", "key": "session"}, {"type": "header", "key": "x-skip", "value": "yes"}],
        },
        "/act/:path*",
        "/moved/by-config",
        "/before/proxied",
        "/file.txt",
        "/show",
    ]
}


async def proxy(request: Request) -> Response | None:
    url = request.url
    match url.pathname:
        case "/act/headers":
            sent = Headers(request.headers)
            sent.set("x-user", "from proxy")
            sent.delete("x-secret")
            return Response.next(request_headers=sent, headers={"x-response": "set by proxy"})
        case "/act/response-headers":
            response = Response.next()
            response.headers.set("x-hello-from-proxy2", "hello")
            return response
        case "/act/rewrite":
            return Response.rewrite(URL("/target", url))
        case "/act/rewrite-query":
            to = URL(f"/target/{url.search_params.get('id')}?via=proxy", url)
            return Response.rewrite(to, headers={"x-rewritten": "yes"})
        case "/act/rewrite-keep":
            to = url.clone()
            to.pathname = "/target/kept"
            return Response.rewrite(to)
        case "/act/rewrite-missing":
            return Response.rewrite(URL("/no/such/page", url))
        case "/act/redirect":
            return Response.redirect(URL("/target", url))
        case "/act/redirect-308":
            return Response.redirect(URL("/target?a=1", url), 308)
        case "/act/redirect-away":
            return Response.redirect("https://example.com/away", 302)
        case "/act/json":
            return Response.json({"success": False, "message": "authentication failed"}, status=401)
        case "/act/text":
            return Response("from the proxy", status=202, headers={"x-made": "proxy", "content-type": "text/plain"})
        case "/act/cookies":
            before = request.cookies.get("nextjs")
            response = Response.next()
            response.cookies.set("vercel", "fast")
            response.cookies.set("seen", before.value if before else "none", path="/act", http_only=True)
            return response
        case "/show":
            response = Response.next()
            response.cookies.set("from-proxy", "yes")
            return response
        case "/act/delete-cookie":
            response = Response.next()
            response.cookies.delete("nextjs")
            return response
        case "/act/nothing":
            return None
        case "/act/throw":
            raise RuntimeError("in the proxy")
        case "/act/body":
            text = await request.text()
            sent = Headers(request.headers)
            sent.set("x-seen", str(len(text)))
            return Response.next(request_headers=sent)
        case path:
            response = Response.next()
            response.headers.set("x-proxy", path)
            return response
