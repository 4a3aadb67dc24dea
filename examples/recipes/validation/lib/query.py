"""The query string, validated like a form."""

from typing import TypeVar

import msgspec

from byway.server import Request, ValidationError

M = TypeVar("M")


def query(request: Request, model: type[M]) -> M:
    """The request's search parameters as a ``model``; text becomes numbers and booleans as its fields say.

    Of a parameter given several times the last one counts. Raises ``ValidationError``, which is answered with 422.
    """
    try:
        return msgspec.convert(dict(request.url.search_params.items()), model, strict=False)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise ValidationError([{"field": path.strip(".`"), "message": f"{message}."}]) from None
