"""Byway, the App Router for Python: the file system is the router.

Every public name can be imported from here; the modules `byway.server`, `byway.headers` and `byway.navigation` hold the
same names in the groups that the Next.js documents know.
"""

from byway import headers as _headers_module
from byway.app import create_app as create_app
from byway.config import Config as Config
from byway.headers import cookies as cookies
from byway.headers import headers as headers
from byway.navigation import forbidden as forbidden
from byway.navigation import not_found as not_found
from byway.navigation import permanent_redirect as permanent_redirect
from byway.navigation import redirect as redirect
from byway.navigation import unauthorized as unauthorized
from byway.navigation import unstable_rethrow as unstable_rethrow
from byway.problems import AppError as AppError
from byway.problems import Problem as Problem
from byway.runtime.threads import run as run
from byway.server import URL as URL
from byway.server import AbortSignal as AbortSignal
from byway.server import Blob as Blob
from byway.server import BodyError as BodyError
from byway.server import BodyTooLarge as BodyTooLarge
from byway.server import Disconnected as Disconnected
from byway.server import File as File
from byway.server import FormData as FormData
from byway.server import Headers as Headers
from byway.server import Request as Request
from byway.server import Response as Response
from byway.server import RouteContext as RouteContext
from byway.server import URLSearchParams as URLSearchParams
from byway.server import UserAgent as UserAgent
from byway.server import ValidationError as ValidationError
from byway.server import after as after
from byway.server import connection as connection
from byway.server import user_agent as user_agent
from byway.version import VERSION

__version__ = VERSION

# `byway.headers` is a function and a module, as `next/headers` and its `headers` are. `from byway import headers` gives
# the function and `from byway.headers import …` reads the module; `import byway.headers as h` would give the function
# as well, so it carries the module's names.
vars(headers).update((name, getattr(_headers_module, name)) for name in _headers_module.__all__)
del _headers_module
