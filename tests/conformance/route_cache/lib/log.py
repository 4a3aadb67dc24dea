"""A log by key, and switches by key, that all handlers of the process share."""

from __future__ import annotations

_logs: dict[str, list[str]] = {}
_flags: dict[str, str] = {}


def write(key: str, line: str) -> None:
    _logs.setdefault(key, []).append(line)


def drain(key: str) -> list[str]:
    return _logs.pop(key, [])


def set_flag(key: str, value: str) -> None:
    _flags[key] = value


def flag(key: str) -> str:
    return _flags.get(key, "")
