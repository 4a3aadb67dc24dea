from __future__ import annotations

import os

from robyn import Request, Robyn

app = Robyn(__file__)


@app.get("/items/:id")
async def read_item(request: Request):
    return {"id": request.path_params["id"], "q": request.query_params.get("q", None)}


if __name__ == "__main__":
    app.start(host="127.0.0.1", port=int(os.environ["PORT"]))
