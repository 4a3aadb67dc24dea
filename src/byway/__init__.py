"""Byway, the App Router for Python: the file system is the router.

Every public name can be imported from here; the modules `byway.server`, `byway.headers`, `byway.navigation`,
`byway.cache` and `byway.fetch` hold the same names in the groups that the Next.js documents know.
"""

from byway import fetch as _fetch_module
from byway import headers as _headers_module
from byway.app import create_app
from byway.cache import (
    NotCacheable,
    cache_life,
    cache_tag,
    refresh,
    revalidate_path,
    revalidate_tag,
    unstable_cache,
    unstable_no_store,
    update_tag,
    use_cache,
)
from byway.config import Config
from byway.fetch import FetchError, FetchTimeout, fetch
from byway.headers import DraftMode, cookies, draft_mode, headers
from byway.navigation import forbidden, not_found, permanent_redirect, redirect, unauthorized, unstable_rethrow
from byway.problems import AppError, Problem
from byway.runtime.suspense import Suspense
from byway.runtime.threads import run
from byway.server import (
    URL,
    AbortSignal,
    ApiRequest,
    ApiResponse,
    Blob,
    BodyError,
    BodyTimeout,
    BodyTooLarge,
    Disconnected,
    FetchEvent,
    File,
    FormData,
    Headers,
    LayoutProps,
    PageProps,
    RenderError,
    Request,
    Response,
    RouteContext,
    URLSearchParams,
    UserAgent,
    ValidationError,
    after,
    connection,
    same_origin,
    user_agent,
)
from byway.version import VERSION

# Without it `from byway import *` would bring this package's modules along.
__all__ = [
    "URL",
    "AbortSignal",
    "ApiRequest",
    "ApiResponse",
    "AppError",
    "Blob",
    "BodyError",
    "BodyTimeout",
    "BodyTooLarge",
    "Config",
    "Disconnected",
    "DraftMode",
    "FetchError",
    "FetchEvent",
    "FetchTimeout",
    "File",
    "FormData",
    "Headers",
    "LayoutProps",
    "NotCacheable",
    "PageProps",
    "Problem",
    "RenderError",
    "Request",
    "Response",
    "RouteContext",
    "Suspense",
    "URLSearchParams",
    "UserAgent",
    "ValidationError",
    "after",
    "cache_life",
    "cache_tag",
    "connection",
    "cookies",
    "create_app",
    "draft_mode",
    "fetch",
    "forbidden",
    "headers",
    "not_found",
    "permanent_redirect",
    "redirect",
    "refresh",
    "revalidate_path",
    "revalidate_tag",
    "run",
    "same_origin",
    "unauthorized",
    "unstable_cache",
    "unstable_no_store",
    "unstable_rethrow",
    "update_tag",
    "use_cache",
    "user_agent",
]

__version__ = VERSION

# `byway.headers` is a function and a module, as `next/headers` and its `headers` are, and so is `byway.fetch`.
# `from byway import headers` gives the function and `from byway.headers import …` reads the module;
# `import byway.headers as h` would give the function as well, so it carries the module's names.
vars(headers).update((name, getattr(_headers_module, name)) for name in _headers_module.__all__)
vars(fetch).update((name, getattr(_fetch_module, name)) for name in _fetch_module.__all__)
del _fetch_module, _headers_module
