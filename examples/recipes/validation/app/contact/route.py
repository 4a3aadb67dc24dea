"""A form into a dataclass."""

from lib.models import Contact

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    contact = await request.form_data(Contact)
    return Response.json(contact)
