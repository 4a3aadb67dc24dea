from __future__ import annotations

import asyncio
import contextlib
import datetime
import decimal
import enum
import uuid
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
import pydantic
import pytest

from byway.http.errors import BodyError, ValidationError
from byway.http.forms import FormData
from byway.http.json import decode, encode, validate, validate_form

UTC = datetime.UTC


class Color(enum.Enum):
    RED = "red"


@dataclass
class City:
    name: str
    zip: int = 0


class Address(msgspec.Struct):
    street: str
    city: City


class Person(msgspec.Struct, rename="camel"):
    full_name: str
    age: Annotated[int, msgspec.Meta(ge=0)]
    address: Address | None = None
    tags: list[str] = []


class Model(pydantic.BaseModel):
    name: str
    born: datetime.date | None = None
    tags: list[str] = []


@dataclass
class Signup:
    email: str
    age: int
    news: bool = False
    since: datetime.date | None = None
    topics: list[str] = field(default_factory=list)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.5, None, True, "é"]}, '{"a":[1,2.5,null,true,"é"]}'),
        ((1, {2}, frozenset([3])), "[1,[2],[3]]"),
        ({1: "a"}, '{"1":"a"}'),
        (datetime.datetime(2024, 5, 1, 12, tzinfo=UTC), '"2024-05-01T12:00:00Z"'),
        (datetime.datetime(2024, 5, 1, 12), '"2024-05-01T12:00:00"'),
        (datetime.date(2024, 5, 1), '"2024-05-01"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (decimal.Decimal("1.10"), '"1.10"'),
        (Color.RED, '"red"'),
        (City("Rome"), '{"name":"Rome","zip":0}'),
        (Person("A", 1), '{"fullName":"A","age":1,"address":null,"tags":[]}'),
        (Model(name="A", born=datetime.date(2024, 5, 1)), '{"name":"A","born":"2024-05-01","tags":[]}'),
        ({"nested": [Model(name="A")]}, '{"nested":[{"name":"A","born":null,"tags":[]}]}'),
        (OrderedDict(a=1), '{"a":1}'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        (float("nan"), "null"),
        (None, "null"),
    ],
)
def test_values_are_written_compactly(value: Any, text: str) -> None:
    assert encode(value).decode() == text


def test_what_is_no_json_is_refused_by_name() -> None:
    with pytest.raises(TypeError) as caught:
        encode({"a": object()})
    assert str(caught.value) == (
        "object cannot be written as JSON. Give dicts, lists, str, numbers, bool, None, datetimes, UUIDs, "
        "dataclasses, msgspec structs or pydantic models."
    )


def test_a_forgotten_await_is_named_and_warns_no_more() -> None:
    async def load() -> int:
        return 1

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TypeError) as caught:
            encode({"a": load()})
    assert str(caught.value) == (
        "A value of the JSON is a coroutine that was not awaited: write await before it "
        "(in a def handler: byway.run(…) around it)."
    )


def test_json_is_read_as_python_values() -> None:
    assert decode(b' {"a": [1, 2.5, null, true, "\\u00e9"]} ') == {"a": [1, 2.5, None, True, "é"]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The body is empty, which is no JSON."),
        (b" \n", "The body is empty, which is no JSON."),
        (b"{", "The body is not valid JSON: Input data was truncated."),
        (b"[" * 200_000, "The body is not valid JSON: it is nested too deeply."),
    ],
)
def test_what_is_no_json_is_a_body_error(data: bytes, message: str) -> None:
    with pytest.raises(BodyError) as caught:
        decode(data)
    assert str(caught.value) == message
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'"\xff"',
        b'"\\ud800"',
        b"NaN",
        b"1e999",
        b"\xef\xbb\xbf",
        b"\0",
        b'"\n"',
        b"01",
        b"9" * 5000,
    ],
)
def test_hostile_json_is_a_body_error_or_a_value_but_never_another_exception(data: bytes) -> None:
    with contextlib.suppress(BodyError):
        decode(data)


def test_a_struct_a_dataclass_a_pydantic_model_and_plain_types_validate() -> None:
    assert validate({"fullName": "A", "age": 1}, Person) == Person("A", 1)
    assert validate({"name": "Rome"}, City) == City("Rome")
    assert validate({"name": "A", "born": "2024-05-01"}, Model) == Model(name="A", born=datetime.date(2024, 5, 1))
    assert validate([1, 2], list[int]) == [1, 2]
    assert validate({"1": "a"}, dict[int, str]) == {1: "a"}


def faults(value: Any, model: Any) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as caught:
        validate(value, model)
    assert caught.value.status == 422
    return caught.value.faults


def test_every_faulty_field_is_listed_nested_ones_by_their_path() -> None:
    value = {"age": -1, "address": {"city": {"zip": "x"}}, "tags": ["a", 2]}
    assert faults(value, Person) == [
        {"field": "fullName", "message": "This field is required."},
        {"field": "age", "message": "Expected `int` >= 0."},
        {"field": "address.street", "message": "This field is required."},
        {"field": "address.city.name", "message": "This field is required."},
        {"field": "address.city.zip", "message": "Expected `int`, got `str`."},
        {"field": "tags[1]", "message": "Expected `str`, got `int`."},
    ]


def test_faults_of_a_nested_struct_are_listed_each() -> None:
    assert faults({"street": 1, "city": {"zip": "x"}}, Address) == [
        {"field": "street", "message": "Expected `str`, got `int`."},
        {"field": "city.name", "message": "This field is required."},
        {"field": "city.zip", "message": "Expected `int`, got `str`."},
    ]


def test_a_body_of_the_wrong_kind_is_one_fault_of_the_body() -> None:
    assert faults([1], Person) == [{"field": "", "message": "Expected `object`, got `array`."}]
    with pytest.raises(ValidationError) as caught:
        validate([1], City)
    assert str(caught.value) == "The body is not valid. the body: Expected `object`, got `array`."


def test_pydantic_faults_have_the_same_form() -> None:
    assert faults({"born": "never", "tags": [1]}, Model) == [
        {"field": "name", "message": "Field required"},
        {"field": "born", "message": "Input should be a valid date or datetime, input is too short"},
        {"field": "tags.0", "message": "Input should be a valid string"},
    ]


def test_a_struct_that_forbids_unknown_fields_says_which() -> None:
    class Strict(msgspec.Struct, forbid_unknown_fields=True):
        a: int

    assert faults({"a": 1, "b": 2}, Strict) == [{"field": "", "message": "Object contains unknown field `b`."}]


def test_a_check_of_the_model_itself_is_a_fault() -> None:
    class Even(msgspec.Struct):
        number: int

        def __post_init__(self) -> None:
            if self.number % 2:
                raise ValueError("the number must be even")

    assert faults({"number": 1}, Even) == [{"field": "", "message": "the number must be even."}]


def form_of(**fields: str | list[str]) -> FormData:
    form = FormData()
    for name, value in fields.items():
        for one in [value] if isinstance(value, str) else value:
            form.append(name, one)
    return form


def test_the_text_of_a_form_becomes_what_the_fields_say() -> None:
    form = form_of(email="a@b", age="7", news="true", since="2024-05-01", topics=["x", "y"], other="ignored")
    assert validate_form(form, Signup) == Signup("a@b", 7, True, datetime.date(2024, 5, 1), ["x", "y"])


def test_a_list_field_gets_one_value_too_and_others_the_first() -> None:
    form = form_of(email=["a@b", "c@d"], age="7", topics="x")
    assert validate_form(form, Signup) == Signup("a@b", 7, topics=["x"])


def test_a_form_for_a_pydantic_model_gets_its_lists() -> None:
    assert validate_form(form_of(name="A", tags=["x", "y"]), Model) == Model(name="A", tags=["x", "y"])
    assert validate_form(form_of(name="A", tags="x"), Model).tags == ["x"]


def test_faults_of_a_form_are_listed_each() -> None:
    with pytest.raises(ValidationError) as caught:
        validate_form(form_of(age="x", since="never"), Signup)
    assert [fault["field"] for fault in caught.value.faults] == ["email", "age", "since"]


def test_an_optional_list_of_a_form_gets_all_its_values() -> None:
    class Filter(msgspec.Struct):
        tags: list[str] | None = None

    class PydanticFilter(pydantic.BaseModel):
        tags: list[str] | None = None

    assert validate_form(form_of(tags=["x", "y"]), Filter).tags == ["x", "y"]
    assert validate_form(form_of(tags=["x", "y"]), PydanticFilter).tags == ["x", "y"]
    assert validate_form(FormData(), Filter).tags is None


def test_a_mapping_of_ones_own_is_written() -> None:
    class Own(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return {"a": 1}[key]

        def __iter__(self) -> Iterator[str]:
            return iter(["a"])

        def __len__(self) -> int:
            return 1

    assert encode(Own()) == b'{"a":1}'


def test_a_future_is_named_as_not_awaited() -> None:
    async def main() -> None:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        with pytest.raises(TypeError, match="Future that was not awaited"):
            encode({"a": future})

    asyncio.run(main())


def test_a_ticked_checkbox_is_true() -> None:
    assert validate_form(form_of(email="a@b", age="7", news="on"), Signup).news is True


def test_the_faults_of_every_item_of_a_list_are_listed() -> None:
    class Order(msgspec.Struct):
        items: list[City]

    found = faults({"items": [{"name": 1, "zip": "x"}, {}]}, Order)
    assert [fault["field"] for fault in found] == ["items[0].name", "items[0].zip", "items[1].name"]


def test_a_form_is_gone_through_once_however_many_fields_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    form = form_of(email=["a@b", "c@d"], age="7", topics=["x", "y"], **{f"k{number}": "" for number in range(100)})

    def look_up(self: FormData, name: str, default: object = None) -> Any:
        raise AssertionError("looks through the whole form for one name")

    monkeypatch.setattr(FormData, "get", look_up)
    monkeypatch.setattr(FormData, "get_all", look_up)
    assert validate_form(form, Signup) == Signup("a@b", 7, topics=["x", "y"])
