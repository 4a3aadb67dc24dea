from __future__ import annotations

import json
from functools import partial

import falcon.asgi
import falcon.media


class Item:
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, item_id: str) -> None:
        resp.media = {"id": item_id, "q": req.get_param("q")}


app = falcon.asgi.App()
app.add_route("/items/{item_id}", Item())
# Falcon's default JSON has spaces; every app of this comparison answers with the same bytes.
app.resp_options.media_handlers[falcon.MEDIA_JSON] = falcon.media.JSONHandler(
    dumps=partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
)
