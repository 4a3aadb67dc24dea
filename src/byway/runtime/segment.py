"""The segment config of a file: ``dynamic``, ``revalidate`` and their like, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from byway.runtime.scope import Dynamic

FetchCache: TypeAlias = Literal[
    "auto", "default-cache", "only-cache", "force-cache", "force-no-store", "default-no-store", "only-no-store"
]


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """The options of one file; None where it does not set one. Times are seconds.

    Implements the documents' Route Segment Config.
    """

    dynamic: Dynamic = "auto"
    dynamic_params: bool = True
    revalidate: float | Literal[False] | None = None
    fetch_cache: FetchCache = "auto"
    runtime: str = "python"
    preferred_region: str | tuple[str, ...] | None = None
    max_duration: float | None = None
    generate_static_params: Callable[..., Any] | None = None
    is_kept: bool = False
    """Whether answers are kept although the file does not say so, as those of metadata files are."""
    lister: str = "generate_static_params"
    """The name of the function in the file that lists the paths."""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> SegmentConfig:
        """The config of a file that sets ``options``, which were checked."""
        region: str | Sequence[str] | None = options.get("preferred_region")
        values = {name: value for name, value in options.items() if name != "preferred_region"}
        return cls(**values, preferred_region=region if region is None or isinstance(region, str) else tuple(region))

    def why_dynamic(self, *, has_params: bool) -> str | None:
        """Why a GET handler with this config is answered anew for each request; None when it may be made ahead.

        ``has_params`` tells whether its path has dynamic segments.
        """
        if self.dynamic == "force-dynamic":
            return 'dynamic = "force-dynamic"'
        if self.revalidate == 0 and self.revalidate is not False:
            return "revalidate = 0"
        if self.dynamic in ("force-static", "error") or self.generate_static_params is not None:
            return None
        if self.revalidate is None and not self.is_kept:
            return "not cached unless its file says so"
        if has_params:
            asks = "no" if self.revalidate is None else "revalidate without"
            return f"{asks} generate_static_params, in a dynamic segment"
        return None

    @property
    def lifetime(self) -> float:
        """The seconds after which an answer is stale, before anything that it is made of lowers them."""
        return math.inf if self.revalidate is None or self.revalidate is False else float(self.revalidate)


#: The config of a file that sets no option.
DEFAULTS = SegmentConfig()
