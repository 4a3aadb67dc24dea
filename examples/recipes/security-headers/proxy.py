"""A Content-Security-Policy for pages: only the scripts with the answer's own nonce run."""

from __future__ import annotations

import secrets

from byway.server import Headers, Request, Response

config = {"matcher": "/((?!api/).*)"}


def proxy(request: Request) -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    sent = Headers(request.headers)
    sent.set("x-nonce", nonce)
    return Response.next(headers={"content-security-policy": policy}, request_headers=sent)
