"""A webhook whose sender signs the raw body: X-Signature-256: sha256=<HMAC in hexadecimal>."""

import hashlib
import hmac
import json
import os

from byway.server import Request, Response


def verify(body: bytes, signature: str) -> None:
    """Raises ValueError unless ``signature`` was made of ``body`` with the secret that sender and receiver share."""
    secret = os.environ["WEBHOOK_SECRET"].encode()
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise ValueError("wrong signature")


async def POST(request: Request) -> Response:
    body = await request.bytes()
    try:
        verify(body, request.headers.get("x-signature-256") or "")
        json.loads(body)  # Process the webhook payload
    except ValueError as error:
        return Response(f"Webhook error: {error}", status=400)
    return Response("Success!", status=200)
