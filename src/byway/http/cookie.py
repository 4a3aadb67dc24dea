"""One cookie: how the ``Cookie`` and ``Set-Cookie`` headers are read and written. Pure; the time is passed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal, NotRequired, TypeAlias, TypedDict
from urllib.parse import quote, unquote

import msgspec

SameSite: TypeAlias = Literal["strict", "lax", "none"]
Priority: TypeAlias = Literal["low", "medium", "high"]


class CookieOptions(TypedDict, total=False):
    """What ``set()`` takes beside a name and a value; all may be left out."""

    expires: datetime | float | None
    max_age: int | None
    domain: str | None
    path: str | None
    secure: bool
    http_only: bool
    same_site: SameSite | bool | None
    priority: Priority | None
    partitioned: bool


class CookieFields(CookieOptions):
    """A whole cookie as one mapping: what ``set()`` takes instead of its arguments."""

    name: str
    value: str


class CookieScope(TypedDict):
    """Which cookie ``delete()`` means: browsers tell cookies of one name apart by their path and domain."""

    name: str
    path: NotRequired[str | None]
    domain: NotRequired[str | None]


class Cookie(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cookie. One that a client sent has only ``name`` and ``value``; the rest is None or False.

    ``expires`` is a datetime in UTC, ``max_age`` is in seconds.
    """

    name: str
    value: str
    path: str | None = None
    expires: datetime | None = None
    max_age: int | None = None
    domain: str | None = None
    secure: bool = False
    http_only: bool = False
    same_site: SameSite | None = None
    partitioned: bool = False
    priority: Priority | None = None


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

_SAME_SITES: Mapping[str, SameSite] = {"strict": "strict", "lax": "lax", "none": "none"}
_PRIORITIES: Mapping[str, Priority] = {"low": "low", "medium": "medium", "high": "high"}

_FORBIDDEN_IN_NAME = re.compile(r"[^\x21-\x7e]|[;=,]")
_FORBIDDEN_IN_ATTRIBUTE = re.compile(r"[^\x20-\x7e]|;")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def encode_value(value: str) -> str:
    """``value`` as it stands in a header, encoded as JavaScript's ``encodeURIComponent`` does.

    Raises ``ValueError`` for a lone surrogate, which has no encoding.
    """
    try:
        return quote(value, safe="!*'()")
    except UnicodeEncodeError:
        raise ValueError("A cookie's value holds a lone surrogate, which cannot be encoded.") from None


def decode_value(value: str) -> str | None:
    """The reverse of `encode_value`; None when ``value`` has a bad escape or is no UTF-8."""
    if "%" not in value:
        return value
    if _BAD_ESCAPE.search(value):
        return None
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return None


def parse_cookie_header(header: str) -> dict[str, str]:
    """The names and decoded values of a ``Cookie`` header.

    Of several cookies of one name the last one counts, in the place of the first. A name without ``=`` has the value
    ``"true"``, quotes are part of a value, and a cookie that cannot be decoded is left out.
    """
    cookies: dict[str, str] = {}
    for piece in header.split(";"):
        pair = piece.lstrip(" ")
        if pair:
            name, equals, value = pair.partition("=")
            decoded = decode_value(value) if equals else "true"
            if decoded is not None:
                cookies[name] = decoded
    return cookies


def new_cookie(
    name: str,
    value: str,
    *,
    now: float,
    expires: datetime | float | None = None,
    max_age: int | None = None,
    domain: str | None = None,
    path: str | None = "/",
    secure: bool = False,
    http_only: bool = False,
    same_site: SameSite | bool | None = None,
    priority: Priority | None = None,
    partitioned: bool = False,
) -> Cookie:
    """A cookie to send, checked: nothing in it can break out of its header.

    ``expires`` is a datetime (a naive one is UTC) or Unix seconds. A ``max_age`` other than 0 sets ``expires`` too,
    counted from ``now`` in Unix seconds. ``path`` None is ``"/"``; an empty one leaves the attribute out.
    ``same_site`` True is ``strict``; False and None leave it out.

    Raises ``ValueError`` for what the header cannot hold or does not know, ``TypeError`` for a wrong type.
    """
    for what, text in (("name", name), ("value", value)):
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"The {what} of cookie {name!r} is {type(text).__name__}, not str: write str(…) around it.")
    if not name or _FORBIDDEN_IN_NAME.search(name):
        raise ValueError(
            f'Invalid cookie name {name!r}: use visible ASCII characters but for ";", "=" and ",", and at least one.'
        )
    encode_value(value)
    path = "/" if path is None else path
    for what, text in (("path", path), ("domain", domain or "")):
        if _FORBIDDEN_IN_ATTRIBUTE.search(text):
            raise ValueError(
                f'Invalid {what} {text!r} of cookie {name!r}: use ASCII without ";" and control characters.'
            )
    if max_age is not None and type(max_age) is not int:
        raise TypeError(f"max_age={max_age!r} of cookie {name!r}: give whole seconds, as an int.")
    return Cookie(
        name,
        value,
        path=path,
        expires=_moment(now + max_age if max_age else expires),
        max_age=max_age,
        domain=domain or None,
        secure=bool(secure),
        http_only=bool(http_only),
        same_site=_same_site(same_site, name),
        partitioned=bool(partitioned),
        priority=_priority(priority, name),
    )


def _moment(when: datetime | float | None) -> datetime | None:
    if when is None:
        return None
    if isinstance(when, datetime):
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    # A clock that has run over would break the answer; no browser keeps a cookie that long anyway.
    return datetime.fromtimestamp(min(max(when, 0), _END_OF_TIME.timestamp()), UTC)


def _same_site(given: str | bool | None, name: str) -> SameSite | None:
    if given is None or isinstance(given, bool):
        return "strict" if given else None
    if (known := _SAME_SITES.get(given.lower())) is None:
        raise ValueError(
            f'same_site={given!r} of cookie {name!r}: use "strict", "lax", "none", True (strict) or False.'
        )
    return known


def _priority(given: str | None, name: str) -> Priority | None:
    if given is None:
        return None
    if (known := _PRIORITIES.get(given.lower())) is None:
        raise ValueError(f'priority={given!r} of cookie {name!r}: use "low", "medium" or "high".')
    return known


def serialize_set_cookie(cookie: Cookie) -> str:
    """``cookie`` as the value of a ``Set-Cookie`` header."""
    line = f"{cookie.name}={encode_value(cookie.value)}"
    if cookie.path:
        line += f"; Path={cookie.path}"
    if cookie.expires is not None:
        line += f"; Expires={format_datetime(cookie.expires, usegmt=True)}"
    if cookie.max_age is not None:
        line += f"; Max-Age={cookie.max_age}"
    if cookie.domain:
        line += f"; Domain={cookie.domain}"
    if cookie.secure:
        line += "; Secure"
    if cookie.http_only:
        line += "; HttpOnly"
    if cookie.same_site:
        line += f"; SameSite={cookie.same_site}"
    if cookie.partitioned:
        line += "; Partitioned"
    if cookie.priority:
        line += f"; Priority={cookie.priority}"
    return line


def set_cookie_name(line: str) -> str:
    """The name of the cookie that a ``Set-Cookie`` value sets."""
    return line.partition(";")[0].partition("=")[0].strip()


def parse_set_cookie(line: str) -> Cookie:
    """The cookie that a ``Set-Cookie`` value sets.

    Attributes that are unknown or malformed are left out; a value that cannot be decoded is kept as it is.
    """
    pair, *attributes = line.split(";")
    name, _, value = pair.partition("=")
    decoded = decode_value(value.strip())
    known: dict[str, str] = {}
    for attribute in attributes:
        key, _, text = attribute.partition("=")
        known[key.strip().lower()] = text.strip()
    max_age = known.get("max-age", "")
    return Cookie(
        name.strip(),
        value.strip() if decoded is None else decoded,
        path=known.get("path") or None,
        expires=_parse_date(known.get("expires", "")),
        max_age=int(max_age) if re.fullmatch(r"-?[0-9]{1,18}", max_age) else None,
        domain=known.get("domain") or None,
        secure="secure" in known,
        http_only="httponly" in known,
        same_site=_SAME_SITES.get(known.get("samesite", "").lower()),
        partitioned="partitioned" in known,
        priority=_PRIORITIES.get(known.get("priority", "").lower()),
    )


def _parse_date(text: str) -> datetime | None:
    try:
        return _moment(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def merge_set_cookies(own: list[str], store: list[str]) -> list[str]:
    """The ``Set-Cookie`` values of an answer: a response's ``own``, as they are, then those of ``cookies()``.

    A response's own cookie wins over one of the same name from ``store``.
    """
    names = {set_cookie_name(line) for line in own}
    return [*own, *(line for line in store if set_cookie_name(line) not in names)]
