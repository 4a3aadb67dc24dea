"""What this app accepts: a msgspec struct, a dataclass and a pydantic model, each for what it does best."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct
from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Meta(min_length=1, max_length=200)]


class Article(Struct, forbid_unknown_fields=True):
    """Fast, strict, with bounds in the types; a field that is not here is refused."""

    title: Text
    body: Annotated[str, Meta(max_length=20_000)]
    tags: Annotated[list[Text], Meta(max_length=10)] = []
    published: date | None = None


@dataclass
class Contact:
    """Nothing but the standard library. In a form, a field with a list takes every value of its name."""

    email: str
    age: int
    topics: list[str] = field(default_factory=list[str])
    newsletter: bool = False


class Order(BaseModel):
    """Rules that concern several fields at once."""

    model_config = ConfigDict(strict=True)

    kind: Literal["delivery", "collection"]
    quantity: int = Field(gt=0, le=100)
    address: str | None = None

    @model_validator(mode="after")
    def deliveries_need_an_address(self) -> "Order":
        if self.kind == "delivery" and not self.address:
            raise ValueError("A delivery needs an address.")
        return self


class Search(Struct):
    """The query of /search."""

    q: Text
    page: Annotated[int, Meta(ge=1, le=1000)] = 1
    order: Literal["newest", "oldest"] = "newest"
