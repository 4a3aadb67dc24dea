from __future__ import annotations

from litestar import Litestar, get


@get("/items/{item_id:str}")
async def read_item(item_id: str, q: str | None = None) -> dict[str, str | None]:
    return {"id": item_id, "q": q}


app = Litestar([read_item])
