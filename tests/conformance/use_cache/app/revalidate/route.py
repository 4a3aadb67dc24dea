"""POST /revalidate?path=/x[&type=page|layout], or ?tag=a[&profile=max | &expire=0]."""

from byway.cache import revalidate_path, revalidate_tag
from byway.server import Request, Response


async def POST(request: Request) -> Response:
    query = request.url.search_params
    if (path := query.get("path")) is not None:
        revalidate_path(path, query.get("type"))
    for tag in query.get_all("tag"):
        if (expire := query.get("expire")) is not None:
            revalidate_tag(tag, {"expire": int(expire)})
        elif (profile := query.get("profile")) is not None:
            revalidate_tag(tag, profile)
        else:
            revalidate_tag(tag)
    return Response.json({"revalidated": True})
