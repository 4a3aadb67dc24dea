from __future__ import annotations

from htpy import Element, h1, main, script

from byway import headers


async def page() -> Element:
    nonce = (await headers()).get("x-nonce", "")
    return main[h1["A page"], script(nonce=nonce)["document.title = 'A page'"]]
