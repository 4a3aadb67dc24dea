"""The things the benchmarks need: a virtual environment with every peer, a built Next.js app, and wrk.

Everything is made once, below ``.work/``, and made again when the file that describes it has changed. The network is
used here only; the measurements themselves need none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
PROJECT: Final = HERE.parent
APPS: Final = HERE / "apps"
WORK: Final = HERE / ".work"
VENV: Final = WORK / "venv"
BIN: Final = VENV / ("Scripts" if os.name == "nt" else "bin")
NEXT: Final = WORK / "next"

QUIET: Final[Mapping[str, str]] = {"NEXT_TELEMETRY_DISABLED": "1", "NO_COLOR": "1"}


class Missing(SystemExit):
    """Something that only the machine's owner can install; the message says how."""


def enter_venv() -> None:
    """Continue in the benchmarks' own environment, making it first when it is not there or out of date."""
    described_by = [HERE / "requirements.txt", PROJECT / "pyproject.toml"]
    if _is_stale(VENV, described_by):
        print("benchmarks: setting up .work/venv", file=sys.stderr)
        if not BIN.exists():
            venv.create(VENV, with_pip=True)
        run([BIN / "python", "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt", "-e", PROJECT])
        _stamp(VENV, described_by)
    if Path(sys.prefix).resolve() != VENV:
        os.execv(BIN / "python", [str(BIN / "python"), *sys.argv])


def prepare_next() -> Path:
    """The built Next.js app."""
    source = APPS / "next"
    described_by = [path for path in sorted(source.rglob("*")) if path.is_file()]
    if _is_stale(NEXT, described_by):
        if not shutil.which("npm"):
            raise Missing("Next.js needs Node.js 20.9 or newer with npm; leave it out with --only.")
        print("benchmarks: setting up .work/next", file=sys.stderr)
        shutil.rmtree(NEXT, ignore_errors=True)
        shutil.copytree(source, NEXT)
        run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"], cwd=NEXT)
        run(next_command("build"), cwd=NEXT)
        _stamp(NEXT, described_by)
    return NEXT


def next_command(*arguments: str) -> list[str]:
    """Next.js without npm's process around it, so that only the server is measured and signalled."""
    return ["node", "node_modules/next/dist/bin/next", *arguments]


def prepare_byway(*more: str) -> Path:
    """A built copy of the Byway app, with the routes of ``more`` apps, so that nothing is written beside its source."""
    apps = ("byway", *more)
    copy = WORK / apps[-1]
    shutil.rmtree(copy, ignore_errors=True)
    for name in apps:
        unwanted = shutil.ignore_patterns(".byway", "__pycache__")
        shutil.copytree(APPS / name, copy, ignore=unwanted, dirs_exist_ok=True)
    run([BIN / "byway", "build", copy])
    return copy


def require_wrk() -> None:
    if not shutil.which("wrk"):
        raise Missing(
            "The load generator wrk is missing. Install it with: sudo apt-get install wrk (or: brew install wrk)"
        )


def run(command: Sequence[str | Path], cwd: Path | None = None) -> None:
    """Run a preparing step; its output is shown only when it fails."""
    step = [str(part) for part in command]
    done = subprocess.run(step, cwd=cwd, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(step)} failed:\n{done.stdout}{done.stderr}")


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def _is_stale(directory: Path, described_by: Sequence[Path]) -> bool:
    stamp = directory / ".stamp"
    return not stamp.exists() or stamp.read_text() != _digest(described_by)


def _stamp(directory: Path, described_by: Sequence[Path]) -> None:
    (directory / ".stamp").write_text(_digest(described_by))
