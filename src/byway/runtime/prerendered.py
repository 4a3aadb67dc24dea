"""What a build has made ahead: a file for each kept answer, read when somebody asks for it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from byway.caching.store import Entry

log = logging.getLogger("byway.cache")

_DECODER = msgspec.msgpack.Decoder(Entry)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build has found out about an app that is loaded again to be served.

    ``folder`` holds the answers that were made ahead. ``paths`` has those that were listed, by the patterns of their
    routes; ``dynamic`` the patterns of the routes whose answers are not kept, each with the reason.
    """

    build_id: str
    draft_id: str
    folder: Path
    paths: Mapping[str, Sequence[str]]
    dynamic: Mapping[str, str]

    def entry(self, key: str) -> Entry | None:
        """The answer made ahead for the cache key ``key``; None when there is none, or when it cannot be read."""
        path = self.folder / file_name(key)
        try:
            return _DECODER.decode(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("An answer of the build cannot be read and is made anew: %s", error)
            return None


def file_name(key: str) -> str:
    """The name of the file that holds the entry at ``key``."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def write_entry(folder: Path, key: str, entry: Entry) -> None:
    """Write ``entry`` where `Built.entry` finds it. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file_name(key)).write_bytes(msgspec.msgpack.encode(entry))
