"""How long cached values live: the profiles of `cache_life`, and the ``Cache-Control`` that follows.

Implements the pages "cacheLife" and "Cache profiles" of the Next.js documents. All times are seconds; ``inf`` is never.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias, cast

__all__ = ["OMITTED", "PRESETS", "Lifetime", "LifetimeBuilder", "Times", "cache_control", "read_profiles", "resolve"]

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_YEAR = 365 * _DAY
_PRIVATE = "private, no-cache, no-store, max-age=0, must-revalidate"


class Lifetime(NamedTuple):
    """How long a value lives, counted from the moment its computing began. ``revalidate`` is never above ``expire``."""

    stale: float
    """How long a browser may use it without asking."""

    revalidate: float
    """After this it is still served, while a new one is made."""

    expire: float
    """After this it is not served any more."""


Times: TypeAlias = Mapping[str, float]
"""Some of the fields of a `Lifetime`, by name: those that somebody has written down."""

PRESETS: Final[Mapping[str, Lifetime]] = MappingProxyType(
    {
        "default": Lifetime(5 * _MINUTE, 15 * _MINUTE, _YEAR),
        "seconds": Lifetime(30.0, 1.0, _MINUTE),
        "minutes": Lifetime(5 * _MINUTE, _MINUTE, _HOUR),
        "hours": Lifetime(5 * _MINUTE, _HOUR, _DAY),
        "days": Lifetime(5 * _MINUTE, _DAY, 7 * _DAY),
        "weeks": Lifetime(5 * _MINUTE, 7 * _DAY, 30 * _DAY),
        "max": Lifetime(5 * _MINUTE, 30 * _DAY, _YEAR),
    }
)
"""The documents' profiles, by name."""

_INSTEAD_OF_FALSE = {
    "stale": "if browsers may use the value for ever without asking",
    "static": "if browsers may use the value for ever without asking",
    "revalidate": "if the value is not to be made anew by time",
    "expire": "if the value is never to expire",
}


class _Omitted(Enum):
    OMITTED = 0


OMITTED: Final = _Omitted.OMITTED
"""What stands for an argument that was not given; None is one that was, and is refused."""


def read_profiles(custom: Mapping[str, Times], default_stale: float | None) -> Mapping[str, Lifetime]:
    """All profiles of an app: the presets, and over them ``custom``, which is ``Config(cache_life=…)``.

    What a profile leaves out comes from ``default``, which may itself be redefined; ``default_stale``, from
    ``Config(stale_times=…)``, is the ``stale`` of ``default`` unless that is redefined.
    Raises ``ValueError``, naming profile and field.
    """
    if not isinstance(custom, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f'Config(cache_life={custom!r}): write a dict such as {{"blog": {{"revalidate": 3600}}}}.')
    written = {name: _checked(times, f"Config(cache_life={{{name!r}: …}})") for name, times in custom.items()}
    default = PRESETS["default"]
    if default_stale is not None:
        default = default._replace(stale=_seconds(default_stale, "static", "Config(stale_times={…})"))
    default = _complete(written.get("default", {}), default)
    profiles = {**PRESETS, "default": default}
    profiles.update((name, _complete(times, default)) for name, times in written.items())
    return MappingProxyType(profiles)


def resolve(profiles: Mapping[str, Lifetime], profile: object = OMITTED, **times: object) -> Times:
    """What one call of `cache_life` says: the times that count as explicit.

    ``cache_life("hours")``, ``cache_life({"revalidate": 60})`` and ``cache_life(revalidate=60)`` are the three ways to
    write it; ``cache_life()`` and ``cache_life({})`` mean ``default``. Raises ``ValueError`` for an unknown profile and
    for times that make no sense, ``TypeError`` for anything that is neither a name nor times.
    """
    if profile is OMITTED:
        if not times:
            return profiles["default"]._asdict()
        for name in times:
            if name not in Lifetime._fields:
                raise TypeError(f"cache_life() has no parameter {name!r}. {_field_hint(name)}")
        return _checked(times, "cache_life(…)")
    if times:
        raise TypeError(f"cache_life({profile!r}, {next(iter(times))}=…): give a profile or times, not both.")
    if isinstance(profile, str):
        if profile not in profiles:
            raise ValueError(_unknown_profile(profile, profiles))
        return profiles[profile]._asdict()
    if not isinstance(profile, Mapping):
        raise TypeError(
            f'cache_life({profile!r}): give the name of a profile, such as cache_life("hours"), '
            "or times in seconds, such as cache_life(revalidate=60)."
        )
    return _checked(cast("Mapping[object, object]", profile), "cache_life({…})") or profiles["default"]._asdict()


class LifetimeBuilder:
    """Collects what shortens the life of one value while it is computed.

    Of several `cache_life` calls the shortest time counts, field by field; what none of them names comes from
    ``default``. Values made from other cached values live no longer than those.
    """

    __slots__ = ("_default", "_explicit", "_nested")

    def __init__(self, default: Lifetime) -> None:
        self._default = default
        self._explicit: dict[str, float] = {}
        self._nested: Lifetime | None = None

    def limit(self, times: Times) -> None:
        """Take what one call of `cache_life` says, see `resolve`."""
        explicit = self._explicit
        for name, seconds in times.items():
            explicit[name] = min(explicit.get(name, math.inf), seconds)

    def nest(self, lifetime: Lifetime) -> None:
        """Take the life of a cached value that is used inside."""
        self._nested = lifetime if self._nested is None else _shorter(self._nested, lifetime)

    def build(self) -> Lifetime:
        """The life of the value, from what was collected so far."""
        lifetime = _complete(self._explicit, self._default)
        return lifetime if self._nested is None else _shorter(lifetime, self._nested)


def cache_control(revalidate: float, expire: float, expire_time: float) -> str:
    """The ``Cache-Control`` of an answer that a shared cache may keep.

    It may be served as it is for ``revalidate`` seconds, and while a new one is made until ``expire``; an ``expire``
    without limit is told as ``expire_time``, which is ``Config(expire_time=…)``. Fractions are rounded down, but never
    to nothing.
    """
    if expire < math.inf:
        revalidate = min(revalidate, expire)
    elif revalidate < math.inf:
        expire = min(expire_time, max(_YEAR, revalidate))
    if revalidate <= 0:
        return _PRIVATE
    if revalidate == math.inf:
        return f"s-maxage={_YEAR:.0f}"
    fresh = max(1, math.floor(revalidate))
    window = math.floor(expire) - fresh
    return f"s-maxage={fresh}, stale-while-revalidate={window}" if window > 0 else f"s-maxage={fresh}"


def _shorter(one: Lifetime, other: Lifetime) -> Lifetime:
    # Each has its revalidate within its expire, so their minima do, too.
    return Lifetime(*map(min, one, other))


def _complete(times: Times, default: Lifetime) -> Lifetime:
    """``times``, and what they leave out from ``default``; a `revalidate` beyond `expire` never comes into play."""
    stale, revalidate, expire = default._replace(**times)
    return Lifetime(stale, min(revalidate, expire), expire)


def _checked(times: object, where: str) -> dict[str, float]:
    """``times`` as floats. Raises ``ValueError``, naming ``where`` and the field."""
    if not isinstance(times, Mapping):
        raise ValueError(f'{where}: {times!r} is no mapping of times: write {{"revalidate": 60}}, for example.')
    checked: dict[str, float] = {}
    for name, seconds in cast("Mapping[object, object]", times).items():
        if not isinstance(name, str) or name not in Lifetime._fields:
            raise ValueError(f"{where} has no field {name!r}. {_field_hint(str(name))}")
        checked[name] = _seconds(seconds, name, where)
    if "revalidate" in checked and "expire" in checked and checked["revalidate"] > checked["expire"]:
        raise ValueError(
            f"{where}: revalidate ({checked['revalidate']:.15g}) is above expire ({checked['expire']:.15g}). "
            "Both count from the moment the value is made, so expire must be the longer one."
        )
    return checked


def _seconds(value: object, name: str, where: str) -> float:
    if value is False:
        raise ValueError(f"{where}: {name} is False. Pass math.inf instead of False {_INSTEAD_OF_FALSE[name]}.")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{where}: {name} is {value!r}; it must be a number of seconds, or math.inf.")
    if not value >= 0:  # NaN is not
        raise ValueError(f"{where}: {name} is {value!r}; it must be 0 seconds or more, or math.inf.")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _field_hint(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
    # Each word is tried, for `staleTime`, `revalidate_after` and `expires` all begin with the field's name.
    found = [close[0] for word in words if (close := difflib.get_close_matches(word, Lifetime._fields, n=1))]
    return f"Did you mean {found[0]!r}?" if found else "The fields are 'stale', 'revalidate' and 'expire'."


def _unknown_profile(name: str, profiles: Mapping[str, Lifetime]) -> str:
    stripped = name.strip()
    if stripped in profiles:
        return f"cache_life({name!r}): there is no such profile. Did you mean {stripped!r}, without the spaces?"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stripped).lower()
    close = difflib.get_close_matches(words, profiles, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return (
        f"cache_life({name!r}): there is no such profile. {hint}The profiles are: {', '.join(profiles)}; "
        f"Config(cache_life={{{name!r}: {{…}}}}) adds one."
    )
