"""Who may invalidate and see drafts: whoever knows the secret."""

import hashlib
import hmac
import os


def is_secret(given: str | None) -> bool:
    """Whether ``given`` is the secret. Comparing takes as long wherever the first difference is."""
    return hmac.compare_digest((given or "").encode(), os.environ["REVALIDATE_SECRET"].encode())


def is_signed(body: bytes, signature: str | None) -> bool:
    """Whether ``signature`` is that of ``body``: ``sha256=`` and the HMAC in hexadecimal."""
    digest = hmac.new(os.environ["REVALIDATE_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest((signature or "").encode(), f"sha256={digest}".encode())
