import json
from collections.abc import Awaitable

from htpy import Element, pre

from byway.headers import cookies, headers

dynamic = "force-static"


async def page(search_params: Awaitable[dict[str, str]]) -> Element:
    seen = {"c": len((await cookies()).get_all()), "h": len(list((await headers()).keys())), "q": await search_params}
    return pre[json.dumps(seen, separators=(",", ":"), ensure_ascii=False)]
