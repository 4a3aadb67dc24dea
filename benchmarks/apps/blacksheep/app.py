from __future__ import annotations

from blacksheep import Application, Response, json

app = Application()


@app.router.get("/items/{id}")
async def read_item(id: str, q: str | None = None) -> Response:
    return json({"id": id, "q": q})
