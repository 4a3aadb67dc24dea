"""`fetch`: asking other servers. The exceptions it raises are here as well."""

from __future__ import annotations

from byway.http.outgoing import FetchError, FetchTimeout
from byway.runtime.fetch import fetch

__all__ = ["FetchError", "FetchTimeout", "fetch"]
