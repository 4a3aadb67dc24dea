"""Form data, validated: fields are text, the model makes numbers of them; a wrong form is a 422 that says why."""

from dataclasses import dataclass

from byway.server import Request, Response


@dataclass
class SignUp:
    name: str
    email: str
    age: int


async def POST(request: Request) -> Response:
    sign_up = await request.form_data(SignUp)
    return Response.json(sign_up)
