"""`ApiRequest`: the ``req`` of a handler in ``pages/api``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from byway.http.body import Body, BodyStream, BytesSource
from byway.http.first_cookies import first_cookies
from byway.http.headers import Headers
from byway.http.request import Request
from byway.pages_api.body import grouped


class ApiRequest:
    """A request, with its parts already parsed.

    ``body`` goes by the content type: JSON as Python values, a form as a dict, anything else as ``str``, None when
    there is none. Without the body parser (``config = {"api": {"body_parser": False}}``) it is None, and
    ``async for chunk in req`` gives the bytes as they come in. ``body`` and ``query`` can be assigned to.

    Implements ``NextApiRequest`` of the Next.js documents.
    """

    __slots__ = ("_cookies", "_is_draft", "_is_parsed", "_params", "_query", "_request", "body")

    body: Any

    def __init__(
        self,
        request: Request,
        params: Mapping[str, Any] | None,
        body: Any = None,
        *,
        is_parsed: bool,
        is_draft: Callable[[], bool],
    ) -> None:
        self.body = body
        self._request = request
        self._params = params
        self._is_parsed = is_parsed
        self._is_draft = is_draft
        self._query: dict[str, Any] | None = None
        self._cookies: dict[str, str] | None = None

    @property
    def method(self) -> str:
        """The method, in upper case; every method reaches the handler."""
        return self._request.method

    @property
    def url(self) -> str:
        """The path below the base path and the query, as rewrites leave them: ``"/api/items?page=2"``."""
        url = self._request.url
        return url.pathname + url.search

    @property
    def headers(self) -> Headers:
        """The headers: ``req.headers.get("user-agent")``."""
        return self._request.headers

    @property
    def query(self) -> dict[str, Any]:
        """The query and the parameters of the path, decoded: ``str``, or a list of ``str`` for a name that comes
        several times and for a catch-all. A parameter wins over a name of the query.
        """
        if self._query is None:
            self._query = {**grouped(self._request.url.search_params), **(self._params or {})}
        return self._query

    @query.setter
    def query(self, value: dict[str, Any]) -> None:
        self._query = value

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the client sent; of several of one name the first (``request.cookies`` has the last)."""
        if self._cookies is None:
            self._cookies = first_cookies(self._request.headers)
        return self._cookies

    @property
    def draft_mode(self) -> bool:
        """Whether the client is in draft mode: see ``res.set_draft_mode``."""
        return self._is_draft()

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body's bytes as they come in, at most ``Config(max_body_size=…)`` of them.

        Raises ``RuntimeError`` when the body parser has read them already.
        """
        if self._is_parsed:
            raise RuntimeError(
                "The body parser has read this request's body, which is in req.body. To read its bytes, write "
                '`config = {"api": {"body_parser": False}}` in this file.'
            )
        return self._request.body or BodyStream(Body(BytesSource(b"")))

    def __repr__(self) -> str:
        return f"<ApiRequest {self.method} {self._request.url.pathname}>"
