from byway.headers import cookies
from byway.server import Response

dynamic = "error"


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET() -> Response:
    jar = await cookies()
    return Response.json({"jar": [cookie.name for cookie in jar.get_all()]})
