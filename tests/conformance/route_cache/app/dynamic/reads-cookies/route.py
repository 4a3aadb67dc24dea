import random

from byway.headers import cookies
from byway.server import Response

revalidate = 60


async def GET() -> Response:
    word = (await cookies()).get("word")
    return Response.json({"word": word and word.value, "stamp": random.random()})
