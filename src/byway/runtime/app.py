"""An app, loaded: its configuration, its routes, and what runs beside its requests."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hmac import compare_digest
from typing import TYPE_CHECKING, Literal, TypeAlias

from byway.caching.engine import Cache
from byway.caching.lifetimes import read_profiles
from byway.caching.memory import MemoryStore
from byway.caching.store import CacheStore
from byway.config import Config, parse_size
from byway.http.body import Limits
from byway.http.request import Request
from byway.routing.matcher import Matcher
from byway.routing.route import Route
from byway.routing.scan import Project
from byway.routing.segments import Segment
from byway.runtime.after import Background
from byway.runtime.api_routes import ApiEndpoint
from byway.runtime.dispatch import Endpoint, RouteEndpoint
from byway.runtime.draft import DRAFT_COOKIE
from byway.runtime.env import LoadedEnv
from byway.runtime.fetch import Transport
from byway.runtime.importer import Importer
from byway.runtime.instrumentation import Instrumentation
from byway.runtime.metadata_endpoint import MadeMetadata, StaticMetadata
from byway.runtime.metadata_exports import LoadedMetadata
from byway.runtime.pages import PageEndpoint
from byway.runtime.paths import PathForm
from byway.runtime.pipeline import Answerer
from byway.runtime.prerendered import Built
from byway.runtime.process_env import ConfigEnv, leave_config_env, leave_env
from byway.runtime.proxy import Proxy
from byway.runtime.reverse_proxy import ReverseProxy
from byway.runtime.route_cache import StaticRoute
from byway.runtime.threads import Threads
from byway.runtime.work import Params, Work

if TYPE_CHECKING:
    from byway.runtime.telemetry import Telemetry

log = logging.getLogger("byway.app")

Mode: TypeAlias = Literal["development", "production", "test"]
ErrorPage: TypeAlias = Callable[[Work, BaseException], tuple[bytes, str]]
LoadedEndpoint: TypeAlias = RouteEndpoint | StaticRoute | PageEndpoint | ApiEndpoint | MadeMetadata | StaticMetadata
Places: TypeAlias = Sequence[tuple[Sequence[Segment], Endpoint]]


@dataclass(frozen=True, slots=True)
class LoadedRoute:
    """A route and the endpoint that answers for it."""

    route: Route
    endpoint: LoadedEndpoint


class App:
    """One app in one process, as `load_app` makes it; `start` it on the loop that serves it, `stop` it there too."""

    loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        project: Project,
        config: Config,
        importer: Importer,
        env: LoadedEnv,
        routes: Sequence[LoadedRoute],
        pipeline: Answerer,
        instrumentation: Instrumentation,
        error_page: ErrorPage | None,
        proxy: Proxy | None = None,
        *,
        metadata: Sequence[LoadedMetadata] = (),
        mode: Mode = "production",
        store: CacheStore | None = None,
        upstream: ReverseProxy | None = None,
        config_env: ConfigEnv | None = None,
    ) -> None:
        self.project = project
        self.root = project.root
        self.source_dir = project.source_dir
        self.app_dir = project.app_dir or project.root / "app"
        self.warnings = project.warnings
        self.config = config
        self.importer = importer
        self.env = env
        self.routes = tuple(routes)
        self.metadata = tuple(metadata)
        self.instrumentation = instrumentation
        self.error_page = error_page
        self.proxy = proxy
        self.pipeline = pipeline
        self.path_form = PathForm(config)
        self.upstream = upstream
        self.config_env = config_env
        self.limits = Limits(
            max_body_size=parse_size(config.max_body_size),
            max_form_parts=config.max_form_parts,
            upload_spool_size=parse_size(config.upload_spool_size),
            body_timeout=config.body_timeout,
        )
        self.threads = Threads(config.threads)
        self.background = Background()
        #: Makes spans, once the app is started, if somebody collects them.
        self.telemetry: Telemetry | None = None
        #: What sends the requests of `fetch` instead of the network.
        self.transport: Transport | None = None
        self.is_development = mode == "development"
        self.profiles = read_profiles(config.cache_life, config.stale_times.get("static"))
        # A build gives both to all its workers; without one they are this process's own.
        self.build_id = secrets.token_hex(8)
        self.draft_id = secrets.token_hex(16)
        self.cache = Cache(
            store or MemoryStore(parse_size(config.cache_max_memory_size)),
            memory_size=parse_size(config.cache_max_memory_size),
            spawn=self.background.start,
        )

    def serve_build(self, built: Built) -> None:
        """Keep the answers of static routes from now on, beginning with those that ``built`` has made ahead."""
        self.build_id, self.draft_id = built.build_id, built.draft_id
        self.cache.seed = built.entry
        for route in self.routes:
            endpoint = route.endpoint
            if isinstance(endpoint, StaticRoute):
                paths = built.paths.get(endpoint.pattern, ())
                if (why := built.dynamic.get(endpoint.pattern)) is None:
                    endpoint.keep(built.build_id, paths)
                else:
                    endpoint.answer_anew(why, paths)

    @cached_property
    def matcher(self) -> Matcher[Endpoint]:
        """Finds the routes of the app's own files by their paths."""
        return Matcher([(one.route.segments, one.endpoint) for one in self.routes], Params)

    def is_draft_cookie(self, request: Request) -> bool:
        """Whether ``request`` bears the cookie of `draft_mode`, with the secret of this build."""
        if not request.names_cookie(DRAFT_COOKIE):
            return False
        cookie = request.cookies.get(DRAFT_COOKIE)
        return cookie is not None and compare_digest(cookie.value.encode(), self.draft_id.encode())

    async def start(self) -> None:
        """Run the app's ``register()``. Raises what it raises."""
        self.loop = asyncio.get_running_loop()
        self.threads = Threads(self.config.threads)
        await self.cache.open()
        await self.instrumentation.start()
        if "opentelemetry.trace" in sys.modules:
            # Who sets a tracer provider has imported it. Without OpenTelemetry nothing of it is looked for.
            from byway.runtime.telemetry import find_telemetry

            self.telemetry = find_telemetry()

    async def stop(self, timeout: float) -> None:
        """Let `after()` work end within ``timeout`` seconds, then shut down."""
        left = await self.background.drain(timeout)
        if left:
            log.warning("Stopped %d after() task(s) that did not end within shutdown_timeout.", left)
        await self.instrumentation.stop()
        if self.upstream is not None:
            await self.upstream.aclose()
        await self.cache.close()

    def close(self) -> None:
        """Forget the app's modules and the environment variables of its ``.env`` files."""
        self.importer.close()
        leave_config_env(self.config_env)
        leave_env(self.env)
