"""JSON into a pydantic model, and an answer of one's own to what does not fit."""

from lib.models import Order

from byway.server import Request, Response, ValidationError


async def POST(request: Request) -> Response:
    try:
        order = await request.json(Order)
    except ValidationError as error:
        return Response.json({"refused": error.faults}, status=error.status)
    return Response.json(order, status=201)
