"""Replays recorded HTTP cases and tells where a server's answers differ from the recording.

A suite is a folder: an app, ``cases.json`` and ``recorded.json``, the whole answers of the original to the cases::

    {"suite": "name", "cases": [{"name": "…", "why": "what the case shows", "steps": [STEP, …]}]}

    STEP = {"id": "first",                 optional, to refer to the step from a later one
            "method": "GET", "path": "/api/x?y=1",
            "headers": [["Cookie", "a=1"]],
            "body": "text" | "body_b64": "…",
            "sleep": 0.5,                  seconds to wait before the request
            "timeout": 20,                 seconds to wait for the answer
            "save": {"bypass": "set-cookie:__prerender_bypass"},  a header's or cookie's value, ${bypass} from then on
            "same_body_as": "first", "other_body_than": "first",  bodies within one run
            "streams": true,               the first bytes arrive well before the last
            "max_seconds": 1.0,            the whole answer arrives within this time
            "compare": {"headers": ["content-type", "allow"],     their values are equal (absent = absent)
                        "body": "exact" | "json" | "html" | "head" | "empty" | "ignore",
                        "mask": [["regex", "replacement"], …],    applied to both bodies and to header values
                        "status": [405, 501]}}                    accepted instead of the recorded status

The status is always compared; of headers and body only what a step names. Header names are compared in lower case, and
``x-nextjs-`` is read as ``x-byway-``. ``set-cookie`` is compared as a sorted list, a cookie's attributes in any order
and case; ``vary`` and ``allow`` as sets. A body compared as "html" is its outline: without white space between tags,
comments, scripts and preloads; "head" ignores the order of the elements, too.

``deliberate.toml`` lists the cases whose answer is better than the recorded one, on purpose: see `Better`.
"""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Protocol, TypeAlias

Step: TypeAlias = Mapping[str, Any]
Mask: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent. ``timeout`` is in seconds."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    timeout: float = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``spread`` is the time in seconds from the first bytes of the body to its last, ``seconds`` the
    time from the request to the end."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    spread: float = 0
    seconds: float = 0

    @property
    def content(self) -> str:
        """The body as text; in Base64 when it is none."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            return base64.b64encode(self.body).decode()

    @property
    def streamed(self) -> bool:
        """Whether the first bytes came well before the last."""
        return self.spread > 0.1

    @classmethod
    def recorded(cls, raw: Mapping[str, Any]) -> Answer:
        """An answer as ``recorded.json`` holds it."""
        body = base64.b64decode(raw["body_b64"]) if "body_b64" in raw else raw["body"].encode()
        return cls(raw["status"], tuple((name, value) for name, value in raw["headers"]), body)


class Transport(Protocol):
    """The way to a server."""

    def send(self, request: Request) -> Answer:
        """Send ``request``, wait for the whole answer."""
        ...

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass, in which the server may go on with what it does on its own."""
        ...


@dataclass(frozen=True, slots=True)
class Better:
    """An answer that is deliberately better than the recorded one: an entry of ``deliberate.toml``. ::

        [suite.case-name]
        reason = "why it is better"
        status = 400                                  # instead of the recorded one
        headers = { allow = "GET, HEAD" }             # what these headers must be, besides what the case compares
        body = '{"has":false}'                        # the exact body, instead of what the case compares
        absent = ["x-byway-cache"]                    # headers that must not be there
        compare = { headers = ["vary"] }              # what is compared, instead of what the case names
        same_body_as = "first"                        # instead of how the case relates the body to others
        steps.first = { status = 401 }                # the same for one step only, by its id or number (from 0)

    A case whose app the build refuses has these instead; the files join the suite's app, and each text must stand in
    the error::

        problem = ["app/x/route.py", "GET"]
        files."app/x/route.py" = "…"
    """

    reason: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str | None = None
    absent: Sequence[str] = ()
    compare: Mapping[str, Any] | None = None
    same_body_as: str | None = None
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    problem: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict[str, str])

    def of_step(self, name: str) -> Better:
        """What holds for the step ``name``."""
        own = self.steps.get(name, {})
        return Better(
            self.reason,
            own.get("status", self.status),
            {**self.headers, **own.get("headers", {})},
            own.get("body", self.body),
            own.get("absent", self.absent),
            own.get("compare", self.compare),
            own.get("same_body_as", self.same_body_as),
        )

    def amend(self, step: Step) -> Step:
        """``step`` with what it compares and relates replaced by what does here."""
        amended = dict(step)
        if self.compare is not None:
            amended["compare"] = self.compare
        if self.same_body_as is not None:
            amended.pop("other_body_than", None)
            amended["same_body_as"] = self.same_body_as
        return amended


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a suite, the recorded answers to its steps, and what is deliberately better."""

    suite: str
    name: str
    why: str
    steps: Sequence[Step]
    answers: Sequence[Answer]
    better: Better | None

    def __str__(self) -> str:
        return f"{self.suite}/{self.name}"


def load_deliberate(file: Path) -> dict[tuple[str, str], Better]:
    """The entries of ``deliberate.toml`` by suite and case."""
    suites = tomllib.loads(file.read_text())
    return {(suite, name): Better(**entry) for suite, entries in suites.items() for name, entry in entries.items()}


def load_suite(directory: Path, deliberate: Mapping[tuple[str, str], Better]) -> list[Case]:
    """The cases of the suite in ``directory``, in their order."""
    answers = json.loads((directory / "recorded.json").read_text())["answers"]
    return [
        Case(
            directory.name,
            case["name"],
            case.get("why", ""),
            case["steps"],
            [Answer.recorded(answer) for answer in answers[case["name"]]],
            deliberate.get((directory.name, case["name"])),
        )
        for case in json.loads((directory / "cases.json").read_text())["cases"]
    ]


def replay(case: Case, transport: Transport) -> list[str]:
    """Send the steps of ``case`` and tell every difference from what they should answer."""
    saved: dict[str, str] = {}
    seen: dict[str, Answer] = {}
    faults: list[str] = []
    for number, (step, wanted) in enumerate(zip(case.steps, case.answers, strict=True)):
        if "sleep" in step:
            transport.wait(step["sleep"])
        answer = transport.send(make_request(step, saved))
        saved.update({key: _pick(answer, source) for key, source in step.get("save", {}).items()})
        name = step.get("id", str(number))
        seen[name] = answer
        better = case.better.of_step(name) if case.better else None
        if better:
            step = better.amend(step)
        found = [*_relations(step, answer, seen), *_differences(step, wanted, answer, better)]
        faults += [f"step {name}, {step.get('method', 'GET')} {step['path']}: {fault}" for fault in found]
    return faults


def make_request(step: Step, saved: Mapping[str, str]) -> Request:
    """The request of ``step``, with the values that earlier steps saved."""

    def fill(text: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda found: saved.get(found[1], found[0]), text)

    body: bytes | None = None
    if "body_b64" in step:
        body = base64.b64decode(step["body_b64"])
    elif "body" in step:
        body = fill(step["body"]).encode()
    headers = tuple((name, fill(value)) for name, value in step.get("headers", []))
    return Request(step.get("method", "GET"), fill(step["path"]), headers, body, step.get("timeout", 20))


def _pick(answer: Answer, source: str) -> str:
    """The value of a header, or, of ``set-cookie:name``, of a cookie; empty when there is none."""
    header, _, cookie = source.partition(":")
    for name, value in answer.headers:
        if name == header and value.startswith(f"{cookie}=" if cookie else ""):
            return value.removeprefix(f"{cookie}=").partition(";")[0] if cookie else value
    return ""


def _relations(step: Step, answer: Answer, seen: Mapping[str, Answer]) -> list[str]:
    """What a step must show within one run, whoever serves it."""
    faults: list[str] = []
    if (other := step.get("same_body_as")) and answer.body != seen[other].body:
        faults.append(f"the body is {answer.content[:120]!r}, that of step {other} was {seen[other].content[:120]!r}")
    if (other := step.get("other_body_than")) and answer.body == seen[other].body:
        faults.append(f"the body is that of step {other}: {answer.content[:120]!r}")
    if step.get("streams") and not answer.streamed:
        faults.append(f"the body came within {answer.spread:.3f} s, it should stream")
    if answer.seconds > step.get("max_seconds", float("inf")):
        faults.append(f"the answer took {answer.seconds:.3f} s, at most {step['max_seconds']} s are allowed")
    return faults


def _differences(step: Step, wanted: Answer, answer: Answer, better: Better | None) -> list[str]:
    """Where ``answer`` is neither as recorded nor as it is better."""
    rules = step.get("compare", {})
    mask: Mask = rules.get("mask", ())
    faults: list[str] = []

    statuses: list[int] = rules.get("status", [wanted.status])
    if better and better.status is not None:
        statuses = [better.status]
    if answer.status not in statuses:
        faults.append(f"the status is {answer.status}, not {' or '.join(map(str, statuses))}")

    headers = {name: _header(wanted, name, mask) for name in rules.get("headers", ())}
    if better:
        for name, value in better.headers.items():
            headers[name] = _header(Answer(0, ((name, value),), b""), name, mask)
        faults += [f"the header {name} is there" for name in better.absent if _header(answer, name, mask)]
    for name, expected in headers.items():
        if (actual := _header(answer, name, mask)) != expected:
            faults.append(f"the header {name} is {actual}, not {expected}")

    how = rules.get("body", "ignore")
    if better and better.body is not None:
        wanted, how = Answer(0, (), better.body.encode()), "exact"
    expected_body, actual_body = _body(wanted, how, mask), _body(answer, how, mask)
    if actual_body != expected_body:
        faults.append(f"the body ({how}) is\n  {str(actual_body)[:600]!r}, not\n  {str(expected_body)[:600]!r}")
    return faults


def _masked(text: str, mask: Mask) -> str:
    for pattern, replacement in mask:
        text = re.sub(pattern, replacement, text)
    return text


def _header(answer: Answer, name: str, mask: Mask) -> list[str]:
    """The values of a header in the form in which they are compared."""
    name = _own_prefix(name)
    values = [value for known, value in answer.headers if _own_prefix(known) == name]
    match name:
        case "set-cookie":
            values = sorted(_cookie(value) for value in values)
        case "vary" | "allow" if values:
            values = [", ".join(sorted(item.strip().lower() for item in ",".join(values).split(",")))]
        case _:
            pass
    return [_masked(value, mask) for value in values]


def _own_prefix(name: str) -> str:
    return re.sub("^x-nextjs-", "x-byway-", name.lower())


def _cookie(line: str) -> str:
    pair, *attributes = (part.strip() for part in line.split(";"))
    return "; ".join([pair, *sorted(attribute.lower() for attribute in attributes)])


def _body(answer: Answer, how: str, mask: Mask) -> object:
    """The body in the form in which it is compared."""
    text = _masked(answer.content, mask)
    match how:
        case "exact" | "empty":
            return text
        case "json":
            try:
                return json.loads(text)
            except ValueError:
                return f"no JSON: {text}"
        case "html":
            return "\n".join(outline(text))
        case "head":
            return "\n".join(sorted(outline(text)))
        case "ignore":
            return None
        case _:
            raise ValueError(f"A step compares bodies as {how!r}, which is no way to compare.")


def outline(html: str) -> list[str]:
    """The tags and texts of a page, without what may differ: scripts, preloads, comments, white space."""
    return _Outline(html).parts


class _Outline(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._scripts = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self._scripts += 1
        attributes = {name: value or "" for name, value in attrs}
        preloads = tag == "link" and attributes.get("rel") in ("preload", "stylesheet", "modulepreload")
        if not self._scripts and not preloads:
            pairs = [f'{name}="{attributes[name]}"' for name in sorted(attributes)]
            self.parts.append(f"<{' '.join([tag, *pairs])}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._scripts -= 1
        elif not self._scripts:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._scripts and data.strip():
            self.parts.append(" ".join(data.split()))
