"""Whether the answer to a `fetch` is kept, and for how long: a function of its options and of its route's.

Theory of operation
-------------------
A fetch says for itself what it wants: ``cache="force-cache"`` or ``revalidate`` have it kept, ``cache="no-store"`` or
``revalidate=0`` have it asked anew, and nothing at all leaves it unset. The route's ``fetch_cache`` then has its say:

===================  =============  ============================  =============================
``fetch_cache``      unset          wants to be kept              wants to be asked anew
===================  =============  ============================  =============================
auto                 asked anew     kept                          asked anew
default-cache        kept           kept                          asked anew
only-cache           kept           kept                          an error
force-cache          kept           kept                          kept
default-no-store     asked anew     kept                          asked anew
only-no-store        asked anew     an error with force-cache,    asked anew
                                    else asked anew
force-no-store       asked anew     asked anew                    asked anew
===================  =============  ============================  =============================

``dynamic = "force-dynamic"`` is ``force-no-store``, and ``dynamic = "error"`` is ``only-cache``. In ``auto`` an unset
fetch does not make its route dynamic, while one that wants to be asked anew does.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from byway.runtime.segment import FetchCache, SegmentConfig

FetchCacheOption: TypeAlias = Literal["default", "force-cache", "no-store", "no-cache", "reload"]

_OPTIONS: Final = ("force-cache", "no-store", "default", "no-cache", "reload")


class Policy(NamedTuple):
    """What is done with an answer.

    It is kept for ``keep`` seconds, until it is made anew; None for not at all. ``is_uncached`` tells that it was said
    in so many words that it is not to be kept: a route made ahead cannot have that in it. ``warning`` is for the log.
    """

    keep: float | None
    is_uncached: bool = False
    warning: str | None = None


def fetch_policy(
    label: str, cache: object, revalidate: object, config: SegmentConfig, *, within_unstable_cache: bool = False
) -> Policy:
    """The policy of a fetch with the options ``cache`` and ``revalidate`` in a route with ``config``.

    ``label`` names the fetch. What is fetched within `unstable_cache` is kept as a part of its result only. Raises
    ``ValueError`` for options that make no sense, and for those that the route's ``fetch_cache`` forbids.
    """
    if cache is not None and cache not in _OPTIONS:
        raise ValueError(f'fetch(cache={cache!r}): write "force-cache" or "no-store". ({label})')
    seconds = _seconds(revalidate, label)
    warning = None
    wants_store, wants_none = cache == "force-cache", cache in ("no-store", "no-cache", "reload")
    if (wants_store and seconds == 0) or (wants_none and seconds is not None and seconds > 0):
        warning = (
            f"fetch(cache={cache!r}, revalidate={revalidate!r}): the two contradict each other, and neither counts; "
            f"write only one. ({label})"
        )
        wants_store = wants_none = False
        seconds = None
    if seconds == 0:
        wants_none, seconds = True, None
    kept = math.inf if seconds is None else seconds
    match "force-no-store" if within_unstable_cache else _mode(config):
        case "force-no-store":
            return Policy(None, not within_unstable_cache, warning)
        case "only-no-store":
            if wants_store:
                raise ValueError(_forbidden(label, 'cache="force-cache"', "only-no-store"))
            return Policy(None, True, warning)
        case "default-no-store" if not wants_store and seconds is None:
            return Policy(None, True, warning)
        case "only-cache" if wants_none:
            option = "revalidate=0" if cache is None else f"cache={cache!r}"
            raise ValueError(_forbidden(label, option, "only-cache"))
        case "force-cache" | "only-cache":
            return Policy(kept, False, warning)
        case "default-cache" if not wants_none:
            return Policy(kept, False, warning)
        case _:
            pass
    if wants_none:
        return Policy(None, True, warning)
    return Policy(kept if wants_store or seconds is not None else None, False, warning)


def _mode(config: SegmentConfig) -> FetchCache:
    if config.fetch_cache != "auto":
        return config.fetch_cache
    return {"force-dynamic": "force-no-store", "error": "only-cache"}.get(config.dynamic, "auto")  # type: ignore[return-value]


def _seconds(revalidate: Any, label: str) -> float | None:
    if revalidate is None:
        return None
    if revalidate is False:
        return math.inf
    if isinstance(revalidate, bool) or not isinstance(revalidate, (int, float)) or not revalidate >= 0:
        raise ValueError(
            f"fetch(revalidate={revalidate!r}): write a number of seconds, 0 to ask each time, or False to keep the "
            f"answer for ever. ({label})"
        )
    return float(revalidate)


def _forbidden(label: str, option: str, mode: str) -> str:
    return f'{label} was fetched with {option}, which fetch_cache = "{mode}" of its route forbids.'
