"""Files as endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from byway.http.response import Response
from byway.runtime.errors import answer_status
from byway.runtime.files import FileChunks, open_within, read_whole
from byway.runtime.public import ALLOW, Plan, PublicFile, plan
from byway.runtime.segment import DEFAULTS
from byway.runtime.work import Work

# Bytes that are read at once; what is larger goes out in chunks.
_SMALL = 64 * 1024


class PublicEndpoint:
    """One file within a folder, as a rule ``public``: GET and HEAD, with validators and ranges."""

    __slots__ = ("_file", "_folder", "pattern")

    allow = ALLOW
    config = DEFAULTS
    file = None

    def __init__(self, pattern: str, file: PublicFile, folder: Path) -> None:
        self.pattern = pattern
        self._file = file
        self._folder = folder

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The file, a part of it, or the news that the client's copy is still good; None for other methods."""
        request = work.request
        try:
            # Not in a thread: to open a file and read a little of it takes less time than the trip there. The chunks of
            # a large file are read in one.
            answer, body = self._look_up(request.method, request.headers.get)
        except FileNotFoundError:
            return answer_status(work, 404)
        if answer.status == 405:
            return None
        if answer.status in (412, 416):
            return answer_status(work, answer.status, headers=dict(answer.headers))
        return Response(body, status=answer.status, headers=answer.headers)

    def _look_up(self, method: str, header: Callable[[str], str | None]) -> tuple[Plan, bytes | FileChunks | None]:
        """What to answer, and the body. Raises ``FileNotFoundError`` when the file is gone."""
        file, state = open_within(self._folder, self._file.path)
        try:
            answer = plan(self._file, method, header, state)
            file.seek(answer.start)
            if answer.length > _SMALL:
                return answer, FileChunks(file, answer.length)
            body = read_whole(file, answer.length) if answer.length else None
        except BaseException:
            file.close()
            raise
        file.close()
        return answer, body
