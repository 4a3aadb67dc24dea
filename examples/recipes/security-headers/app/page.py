from __future__ import annotations

from byway import headers
from htpy import Element, h1, main, script


async def page() -> Element:
    nonce = (await headers()).get("x-nonce", "")
    return main[h1["A page"], script(nonce=nonce)["document.title = 'A page'"]]
