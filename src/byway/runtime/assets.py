"""The files of ``public/`` as endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from byway.http.response import Response
from byway.runtime.errors import answer_status
from byway.runtime.public import ALLOW, PublicFile, plan, read_chunks
from byway.runtime.work import Work


class PublicEndpoint:
    """One file of ``public/``: GET and HEAD, with validators and ranges."""

    __slots__ = ("_file", "pattern")

    allow = ALLOW
    max_duration = None

    def __init__(self, pattern: str, path: Path) -> None:
        self.pattern = pattern
        self._file = PublicFile.at(path)

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The file, a part of it, or the news that the client's copy is still good; None for other methods."""
        request = work.request
        try:
            stat = await asyncio.to_thread(self._file.path.stat)
        except FileNotFoundError:
            return answer_status(work, 404)
        answer = plan(self._file, request.method, request.headers.get, stat)
        if answer.status == 405:
            return None
        if answer.status in (412, 416):
            return answer_status(work, answer.status, headers=dict(answer.headers))
        body: AsyncIterator[bytes] | None = None
        if answer.length:
            body = read_chunks(self._file.path, answer.start, answer.length)
        return Response(body, status=answer.status, headers=answer.headers)
