from __future__ import annotations

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{id}")
async def read_item(id: str, q: str | None = None) -> dict[str, str | None]:
    return {"id": id, "q": q}
