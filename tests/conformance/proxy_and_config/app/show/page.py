import json
from html import escape
from typing import Any

from htpy import Element, pre
from markupsafe import Markup

from byway import cookies


async def page(search_params: Any) -> Element:
    jar = await cookies()
    seen = {"query": await search_params, "cookies": sorted(f"{one.name}={one.value}" for one in jar.get_all())}
    # htpy writes quotation marks in another way than the original, which means the same.
    return pre[Markup(escape(json.dumps(seen, separators=(",", ":"))))]
