from __future__ import annotations

import asyncio
import dataclasses
import math
import sys
from collections import OrderedDict, namedtuple
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypedDict, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import htpy
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.caching.classes import types_of
from byway.caching.codec import DecodeError, Markup, NotCacheable, ValueCodec, buffered, encode_key, is_plain
from byway.http.request import Request
from byway.http.response import Response

if TYPE_CHECKING:
    from nowhere import Unknown

T = TypeVar("T")


class Color(Enum):
    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Rights(Flag):
    READ = 1
    WRITE = 2


@dataclass
class Author:
    name: str
    born: date | None = None


@dataclass(frozen=True, slots=True)
class Post:
    title: str
    author: Author
    tags: frozenset[str] = frozenset()
    length: int = field(default=0, compare=False)


@dataclass
class Doubling:
    number: int
    twice: int = field(init=False)

    def __post_init__(self) -> None:
        self.number += 1
        self.twice = 2 * self.number

    @cached_property
    def thrice(self) -> int:
        return 3 * self.number


@dataclass
class Page(Generic[T]):
    items: list[T]


class Point(NamedTuple):
    x: int
    y: Decimal


Pair = namedtuple("Pair", "left right")


class Item(msgspec.Struct, frozen=True, rename="camel"):
    item_id: UUID
    note: str | msgspec.UnsetType = msgspec.UNSET


class Counting(msgspec.Struct):
    number: int

    def __post_init__(self) -> None:
        self.number += 1


class User(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    name: str
    seen: datetime | None = None
    friends: list[User] = []
    _secret: int = pydantic.PrivateAttr(default=0)

    @cached_property
    def loud(self) -> str:
        return self.name.upper()


class Box(pydantic.BaseModel, Generic[T]):
    content: T


class Numbers(pydantic.RootModel[list[int]]):
    pass


@pydantic.dataclasses.dataclass
class Checked:
    number: int


class Row(TypedDict):
    author: Author


ALL: tuple[type, ...] = (
    *(Color, Level, Rights, Author, Post, Doubling, Page, Point, Pair, Item, Counting, User),
    *(Box[int], Numbers, Checked),
)
CODEC = ValueCodec({f"{cls.__module__}:{cls.__qualname__}": cls for cls in ALL})


def again(value: Any) -> Any:
    return CODEC.decode(CODEC.encode(value))


def exact(value: Any) -> str:
    """What tells ``value`` from all others: the types within, too, but not the order of dicts and sets."""
    kind = type(value).__name__
    if isinstance(value, float):
        return f"{kind} {value.hex()}"
    if isinstance(value, dict):
        return f"{kind} {sorted((exact(key), exact(item)) for key, item in value.items())}"
    if isinstance(value, (list, tuple)):
        return f"{kind} {list(map(exact, value))}"
    if isinstance(value, (set, frozenset)):
        return f"{kind} {sorted(map(exact, value))}"
    if isinstance(value, (Author, Page)):
        return f"{kind} {exact(vars(value))}"
    return f"{kind} {value!r}"


zones: st.SearchStrategy[tzinfo | None] = st.one_of(
    st.none(),
    st.just(UTC),
    st.sampled_from(["Europe/Berlin", "UTC", "America/New_York"]).map(ZoneInfo),
    st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23))),
    st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)), st.text(max_size=5)),
)
json_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.floats(allow_nan=False), st.text()
)
plain_values = st.recursive(json_scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
hashables = st.recursive(
    st.one_of(
        json_scalars,
        st.floats(),
        st.integers(),
        st.text(st.characters()),
        st.binary(),
        st.builds(lambda at, fold, zone: at.replace(fold=fold, tzinfo=zone), st.datetimes(), st.integers(0, 1), zones),
        st.dates(),
        st.builds(lambda at, zone: at.replace(tzinfo=zone), st.times(), zones),
        st.timedeltas(),
        st.uuids(),
        st.decimals(allow_nan=False),
        st.sampled_from([*Color, *Level, *Rights, Rights.READ | Rights.WRITE, Rights(0), msgspec.UNSET]),
        st.builds(Point, st.integers(), st.decimals(allow_nan=False)),
        st.builds(Item, st.uuids()),
    ),
    lambda inner: st.one_of(st.lists(inner).map(tuple), st.frozensets(inner)),
    max_leaves=5,
)
values = st.recursive(
    st.one_of(hashables, st.binary().map(bytearray), st.sets(hashables)),
    lambda inner: st.one_of(
        st.lists(inner),
        st.dictionaries(hashables, inner),
        st.dictionaries(st.text(), inner),
        st.builds(Page, st.lists(inner)),
        st.builds(Author, inner, inner),
    ),
    max_leaves=8,
)


class TestRoundTrip:
    @given(plain_values)
    def test_json_values_are_plain_messagepack_and_come_back(self, value: Any) -> None:
        assert is_plain(value)
        data = CODEC.encode(value)
        assert data == msgspec.msgpack.encode(value)
        assert exact(CODEC.decode(data)) == exact(value)

    @given(values)
    def test_values_come_back_as_they_were(self, value: Any) -> None:
        assert exact(again(value)) == exact(value)

    @pytest.mark.parametrize(
        "value",
        [1 << 64, -(1 << 63) - 1, 10**1000, math.inf, -math.inf, -0.0, "\ud800", {"\udfff": [1 << 70]}, {}, [], ()],
    )
    def test_what_messagepack_cannot_hold_comes_back_too(self, value: Any) -> None:
        assert exact(again(value)) == exact(value)

    def test_nan_comes_back(self) -> None:
        assert math.isnan(again([math.nan])[0])
        assert str(again(Decimal("sNaN12"))) == "sNaN12"

    def test_types_that_msgspec_takes_for_one_another_stay_apart(self) -> None:
        value = [1, True, 1.0, "1", b"1", bytearray(b"1"), (1,), [1], {1}, frozenset({1}), Level.LOW, Decimal(1)]
        assert [type(item) for item in again(value)] == [type(item) for item in value]

    def test_fold_and_zone_of_a_datetime_are_kept(self) -> None:
        berlin = datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
        back = again(berlin)
        assert back.tzinfo is berlin.tzinfo
        assert back.utcoffset() == timedelta(hours=1)
        assert again(datetime(2024, 1, 1, tzinfo=UTC)).tzinfo is UTC

    def test_offset_that_pydantic_read_comes_back_as_a_timezone(self) -> None:
        user = User.model_validate({"name": "a", "seen": "2024-01-01T00:00:00+02:00"})
        back = again(user)
        assert back == user
        assert back.seen.tzinfo == timezone(timedelta(hours=2))

    def test_uuid_of_a_database_driver_comes_back_as_a_uuid(self) -> None:
        class DriverUUID(UUID):
            pass

        back = again([DriverUUID(int=7)])
        assert back == [UUID(int=7)]
        assert type(back[0]) is UUID

    def test_dataclasses_come_back_without_running_their_code_again(self) -> None:
        doubling = Doubling(1)
        assert doubling.thrice == 6
        back = again(doubling)
        assert (back.number, back.twice) == (2, 4)
        post = Post("t", Author("a", date(2000, 1, 2)), frozenset({"x"}), 3)
        assert again(post) == post
        assert again(post).length == 3

    def test_structs_come_back_even_if_their_code_changes_them(self) -> None:
        counting = Counting(1)
        assert counting.number == 2
        assert again(counting) == counting
        item = Item(UUID(int=1))
        assert again(item) == item
        assert again(item).note is msgspec.UNSET

    def test_named_tuples_come_back(self) -> None:
        point = Point(1, Decimal("1.50"))
        assert type(again(point)) is Point
        assert again(point) == point
        assert again(Pair([1], (2,))) == Pair([1], (2,))

    def test_models_come_back_with_extras_private_attributes_and_the_fields_that_were_set(self) -> None:
        user = User.model_validate({"name": "a", "extra": (1, 2), "friends": [{"name": "b"}]})
        user._secret = 7
        assert user.loud == "A"
        back = again(user)
        assert type(back) is User
        assert back == user
        assert back.model_fields_set == {"name", "extra", "friends"}
        assert back._secret == 7
        for value in (Box[int](content=1), Numbers([1]), Checked(1)):
            assert again(value) == value
            assert type(again(value)) is type(value)

    def test_value_that_occurs_twice_is_written_twice(self) -> None:
        author = Author("a")
        back = again([author, author])
        assert back == [author, author]
        assert back[0] is not back[1]

    def test_each_decoding_gives_a_new_value(self) -> None:
        data = CODEC.encode({"a": [1]})
        CODEC.decode(data)["a"].append(2)
        assert CODEC.decode(data) == {"a": [1]}


class TestMarkup:
    def test_markup_comes_back_as_markup(self) -> None:
        back = again({"html": htpy.p["a < b"]})
        assert back == {"html": "<p>a &lt; b</p>"}
        assert type(back["html"]) is Markup

    def test_markup_is_a_child_that_htpy_does_not_escape(self) -> None:
        assert str(htpy.div[again(htpy.p["a"])]) == "<div><p>a</p></div>"
        assert again(Markup("<b>")).__html__() == "<b>"

    def test_what_renders_in_chunks_is_buffered_wherever_it_is(self) -> None:
        class Slow:
            async def aiter_chunks(self) -> AsyncIterator[str]:
                yield "<i>"
                yield "</i>"

        found: Any = asyncio.run(buffered({"a": [Slow(), 1], "b": (Slow(), Author("x")), "c": Slow()}))
        assert found == {"a": ["<i></i>", 1], "b": ("<i></i>", Author("x")), "c": "<i></i>"}
        assert type(found["c"]) is type(found["a"][0]) is type(found["b"][0]) is Markup

    def test_what_does_not_render_in_chunks_comes_back_as_it_is(self) -> None:
        for value in ([1, [2], ({"a": ["b"]}, Author("x"))], {"a": 1}, cyclic(), htpy):
            assert asyncio.run(buffered(value)) is value

    def test_dataclass_that_renders_itself_is_kept_as_markup_unless_its_class_is_named(self) -> None:
        @dataclass
        class Badge:
            text: str

            def __html__(self) -> str:
                return f"<b>{self.text}</b>"

        def function() -> Any: ...

        function.__annotations__["return"] = Badge
        assert again(Badge("a")) == "<b>a</b>"
        codec = ValueCodec(types_of(function))
        assert codec.decode(codec.encode(Badge("a"))) == Badge("a")


class TestResponse:
    def test_response_comes_back_whole(self) -> None:
        response = Response("é", status=201, status_text="Made", headers=[("x-a", "1"), ("x-a", "2")])
        back = again([response])[0]
        assert type(back) is Response
        assert (back.status, back.status_text) == (201, "Made")
        assert back.raw_headers() == response.raw_headers()
        assert asyncio.run(back.text()) == "é"

    def test_response_without_a_body_has_none_again(self) -> None:
        back = again(Response(status=204))
        assert back.payload() == (None, None)
        assert back.raw_headers() == []

    def test_response_can_be_read_after_it_was_cached(self) -> None:
        response = Response.json([1])
        CODEC.encode(response)
        assert asyncio.run(response.json()) == [1]

    def test_cookies_are_not_kept(self) -> None:
        response = Response("a", headers={"x-a": "1"})
        response.cookies.set("session", "secret")
        back = again(response)
        assert not back.headers.has("set-cookie")
        assert back.headers.get("x-a") == "1"
        assert response.headers.has("set-cookie")

    def test_response_that_streams_is_refused(self) -> None:
        with pytest.raises(NotCacheable) as caught:
            CODEC.encode({"x": Response(iter(["a"]))})
        assert str(caught.value) == (
            "the returned value['x'] is a Response that streams. Give it a body that is complete: str or bytes."
        )

    def test_response_that_was_read_is_refused(self) -> None:
        response = Response("a")
        asyncio.run(response.text())
        with pytest.raises(NotCacheable) as caught:
            CODEC.encode(response)
        assert str(caught.value) == (
            "the returned value is a Response whose body was already read. Return what was read of it."
        )

    def test_answer_of_the_proxy_is_refused(self) -> None:
        with pytest.raises(NotCacheable, match="the returned value is an Onward, which cannot be cached"):
            CODEC.encode(Response.next())


class Slug(str):
    __slots__ = ()


class Zone(tzinfo):
    def __repr__(self) -> str:
        return "Zone()"


@dataclass
class Unlisted:
    x: int


def cyclic() -> list[Any]:
    value: list[Any] = [1, {}]
    value[1]["self"] = value
    return value


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


def with_attribute() -> Author:
    author = Author("a")
    author.nick = "b"  # type: ignore[attr-defined]
    return author


def without_field() -> Author:
    author = Author("a", date(2000, 1, 1))
    del author.name
    return author


class TestRefusals:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (
                {"user": {"friends": [1, 2, Request("http://a/")]}},
                "the returned value['user']['friends'][2] is a Request, which cannot be cached. Return JSON types, "
                "bytes, tuples, sets, datetimes, UUIDs, decimals, enums, dataclasses, msgspec structs, pydantic "
                "models, markup or a Response.",
            ),
            (
                [Unlisted(1)],
                "the returned value[0] is a Unlisted, a class that the function does not name. Name it in the return "
                "annotation, such as `-> Unlisted` or `-> list[Unlisted]`, and import it where the annotation can be "
                "resolved at run time.",
            ),
            (
                Page([Author(Slug("a"))]),
                "the returned value.items[0].name is a Slug, a subclass of str: write str(…) around it.",
            ),
            (OrderedDict(a=1), "the returned value is an OrderedDict, a subclass of dict: write dict(…) around it."),
            (cyclic(), "the returned value[1]['self'] holds itself, so it has no end."),
            (deep(), "the value is nested too deeply to be cached."),
            (
                with_attribute(),
                "the returned value has the attribute 'nick', which is not among its class's fields: it would be lost.",
            ),
            (without_field(), "the returned value has no value for its field 'name'."),
            (User.model_construct(), "the returned value has no value for its field 'name'."),
            (
                [time(1, tzinfo=Zone())],
                "the returned value[0] has the time zone Zone(), which cannot be cached. Use zoneinfo.ZoneInfo or "
                "datetime.timezone.",
            ),
        ],
    )
    def test_refusal_names_the_place_and_the_cure(self, value: object, message: str) -> None:
        with pytest.raises(NotCacheable) as caught:
            CODEC.encode(value)
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("value", "place"),
        [
            ({object(): 1}, "the returned value (a key) is an object"),
            ({object()}, "the returned value (an item) is an object"),
            ({1: (2, object())}, "the returned value[1][1] is an object"),
            (lambda: 1, "the returned value is the function <lambda>()"),
            (again, "the returned value is the function again()"),
            (Author, "the returned value is the class Author"),
            (User(name="a", x=object()), "the returned value.__pydantic_extra__['x'] is an object"),  # type: ignore[call-arg]
        ],
    )
    def test_refusal_names_what_it_met(self, value: object, place: str) -> None:
        with pytest.raises(NotCacheable) as caught:
            CODEC.encode(value)
        assert str(caught.value).startswith(place + ", which cannot be cached.")

    def test_value_that_was_not_awaited_is_named_and_closed(self) -> None:
        async def later() -> None: ...

        with pytest.raises(NotCacheable) as caught:
            CODEC.encode([later()])
        assert str(caught.value) == "the returned value[0] is a coroutine that was not awaited: write await before it."

    def test_other_class_of_a_listed_name_is_refused(self) -> None:
        codec = ValueCodec({f"{__name__}:Author": Post})
        with pytest.raises(NotCacheable, match="is an Author, a class that the function does not name"):
            codec.encode(Author("a"))


class TestDecoding:
    @given(st.binary())
    def test_garbage_raises_nothing_but_a_decode_error(self, data: bytes) -> None:
        with suppress(DecodeError):
            CODEC.decode(data)

    @given(values, st.data())
    def test_damaged_bytes_raise_nothing_but_a_decode_error(self, value: Any, data: st.DataObject) -> None:
        written = bytearray(CODEC.encode(value))
        written[data.draw(st.integers(0, len(written) - 1))] ^= data.draw(st.integers(1, 255))
        with suppress(DecodeError):
            CODEC.decode(bytes(written))

    @given(values)
    def test_torn_bytes_are_a_decode_error(self, value: Any) -> None:
        data = CODEC.encode(value)
        with pytest.raises(DecodeError):
            CODEC.decode(data[:-1])

    @pytest.mark.parametrize("value", [Author("a"), Color.RED, Point(1, Decimal(2)), [User(name="a")]])
    def test_class_that_is_not_listed_is_not_made(self, value: object) -> None:
        data = CODEC.encode(value)
        with pytest.raises(DecodeError, match="KeyError"):
            ValueCodec({}).decode(data)

    def test_class_whose_fields_have_changed_is_not_made(self) -> None:
        name = f"{__name__}:Author"
        changed = dataclasses.make_dataclass("Author", ["name", "born", "died"])
        with pytest.raises(DecodeError, match="Author has other fields now"):
            ValueCodec({name: changed}).decode(CODEC.encode(Author("a")))

    def test_class_of_another_kind_is_not_made(self) -> None:
        with pytest.raises(DecodeError, match="Color is no enum now"):
            ValueCodec({f"{__name__}:Color": Author}).decode(CODEC.encode(Color.RED))
        with pytest.raises(DecodeError, match="Author has other fields now"):
            ValueCodec({f"{__name__}:Author": Color}).decode(CODEC.encode(Author("a")))

    def test_member_that_is_gone_is_not_made(self) -> None:
        with pytest.raises(DecodeError):
            ValueCodec({f"{__name__}:Color": Level}).decode(CODEC.encode(Color.RED))

    def test_extension_that_nobody_wrote_is_not_read(self) -> None:
        with pytest.raises(DecodeError):
            CODEC.decode(msgspec.msgpack.encode(msgspec.msgpack.Ext(100, b"\xc0")))


class TestKeys:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"a": 1, "b": [{"x": 1, "y": 2}]}, {"b": [{"y": 2, "x": 1}], "a": 1}),
            ({1: "a", (2,): "b"}, {(2,): "b", 1: "a"}),
            ({"a": (1, {"x": 1, "y": 2})}, {"a": (1, {"y": 2, "x": 1})}),
            ({"a", "b", "c", "d"}, {"d", "c", "b", "a"}),
            ({"big": 1 << 70, "a": {"y": 1, "x": 2}}, {"a": {"x": 2, "y": 1}, "big": 1 << 70}),
            (math.nan, float("nan")),
            (Author("a"), Author("a")),
            (User(name="a", friends=[]), User(name="a", friends=[])),
        ],
    )
    def test_equal_values_have_equal_keys(self, one: object, other: object) -> None:
        assert encode_key({"value": one}) == encode_key({"value": other})

    def test_order_of_the_arguments_does_not_matter(self) -> None:
        assert encode_key({"a": 1, "b": (2,)}) == encode_key({"b": (2,), "a": 1})

    def test_values_of_different_types_have_different_keys(self) -> None:
        different: list[object] = [
            *(1, True, 1.0, "1", b"1", Decimal(1), Level.LOW, [1], (1,), {1}, frozenset({1}), {"1": 1}, {1: 1}),
            *(None, "", [], (), {}, 0, False, 0.0, -0.0, math.inf, math.nan, bytearray(b"1"), Markup("1")),
            *(Author("a"), {"name": "a", "born": None}, Point(1, Decimal(1)), Pair(1, Decimal(1)), Color.RED, "red"),
            *(date(2024, 1, 1), datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01", time(0)),
            *(1 << 64, 1 << 65, -(1 << 64), str(1 << 64), UUID(int=1), str(UUID(int=1)), timedelta(1)),
            datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC")),
        ]
        assert len({encode_key({"x": value}) for value in different}) == len(different)

    def test_names_of_the_arguments_count(self) -> None:
        assert encode_key({"a": 1}) != encode_key({"b": 1})

    @given(values)
    def test_key_holds_all_of_the_value_so_different_values_have_different_keys(self, value: Any) -> None:
        assert exact(CODEC.decode(encode_key({"x": value}))["x"]) == exact(value)

    @given(st.dictionaries(st.text() | st.integers() | st.dates(), st.integers() | st.uuids()), st.randoms())
    def test_order_of_a_dict_does_not_matter(self, value: dict[Any, Any], random: Random) -> None:
        items = list(value.items())
        random.shuffle(items)
        assert encode_key({"x": value}) == encode_key({"x": dict(items)})

    def test_any_class_may_be_in_a_key(self) -> None:
        assert encode_key({"x": Unlisted(1)}) != encode_key({"x": Unlisted(2)})

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                {"user": {"friends": ["a", "b", Request("http://a/")]}},
                "argument 'user'['friends'][2] is a Request, which cannot be part of a cache key. Pass what is needed "
                "of it: JSON types, bytes, tuples, sets, datetimes, UUIDs, decimals, enums, dataclasses, msgspec "
                "structs or pydantic models.",
            ),
            ({"a": 1, "b": again}, None),
            ({"b": Response("a")}, None),
            ({"b": htpy.p}, None),
            ({"b": cyclic()}, "argument 'b'[1]['self'] holds itself, so it has no end."),
        ],
    )
    def test_refusal_names_the_argument(self, arguments: Mapping[str, object], message: str | None) -> None:
        with pytest.raises(NotCacheable) as caught:
            encode_key(arguments)
        assert str(caught.value) == message or (message is None and str(caught.value).startswith("argument 'b' is "))

    def test_refusal_begins_with_what_the_values_are(self) -> None:
        with pytest.raises(NotCacheable, match="closed-over value 'db' is an object"):
            encode_key({"db": object()}, "closed-over value")


def names_of(function: Callable[..., Any]) -> set[str]:
    return {cls.__name__ for cls in types_of(function).values()}


class TestTypesOf:
    def test_return_annotation_is_named(self) -> None:
        def function() -> list[Post] | None: ...

        assert types_of(function) == {f"{__name__}:Post": Post, f"{__name__}:Author": Author}

    def test_parameters_are_named(self) -> None:
        def function(a: Color, *b: Point, **c: Item) -> None: ...

        assert names_of(function) == {"Color", "Point", "Item"}

    def test_fields_are_named_however_deep(self) -> None:
        def function() -> dict[str, tuple[User, ...]]: ...

        assert names_of(function) == {"User"}

        def other() -> Page[Box[Post]]: ...

        assert names_of(other) == {"Page", "Box[Post]", "Post", "Author"}

    @pytest.mark.parametrize(
        "annotation",
        [
            Author,
            "Author",
            Optional["Author"],
            Annotated[Author, Point(1, Decimal(1)), Color],
            NewType("NewAuthor", Author),
            TypeVar("Bound", bound=Author),
            Callable[[], Author],
            Row,
            list[Row],
        ],
    )
    def test_annotation_is_looked_through(self, annotation: Any) -> None:
        def function() -> Any: ...

        function.__annotations__["return"] = annotation
        assert names_of(function) == {"Author"}

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are newer syntax")
    @pytest.mark.parametrize("first_line", ["", "from __future__ import annotations"])
    def test_what_a_type_parameter_is_bound_to_is_named(self, first_line: str) -> None:
        made = {"Author": Author}
        source = f"{first_line}\ndef function[T: Author](one: T) -> list[T]: ..."
        exec(compile(source, "generic.py", "exec", dont_inherit=True), made)
        assert names_of(made["function"]) == {"Author"}

    def test_enum_of_a_literal_is_named(self) -> None:
        def function() -> Literal[Color.RED, "x"]: ...

        assert names_of(function) == {"Color"}

    def test_what_cannot_be_resolved_is_left_out(self) -> None:
        def function(a: Unknown, b: Post) -> Unknown | Color: ...

        assert names_of(function) == {"Post", "Author"}

    def test_classes_that_the_function_closes_over_are_found(self) -> None:
        @dataclass
        class Local:
            x: list[Local]

        def function() -> Local:
            return Local([])

        codec = ValueCodec(types_of(function))
        assert codec.decode(codec.encode(Local([Local([])]))) == Local([Local([])])

    def test_generic_base_names_its_arguments(self) -> None:
        @dataclass
        class Posts(Page[Post]):
            pass

        def function() -> Any: ...

        function.__annotations__["return"] = Posts
        assert names_of(function) == {"Posts", "Page", "Post", "Author"}

    def test_methods_and_wrapped_functions_are_looked_through(self) -> None:
        class Store:
            def read(self) -> Author: ...

        assert names_of(Store().read) == {"Author"}

    def test_what_has_no_annotations_names_nothing(self) -> None:
        assert types_of(len) == {}
        assert types_of(lambda: 1) == {}
