"""The pages of the development server: an unhandled exception, and an app that cannot be loaded.

A browser gets a page with the source around each frame, an API client an RFC 9457 problem document with the same
facts. A page told where the server's events come from reloads itself when the server says so; it needs JavaScript for
that and for copying, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from byway.dev.traces import Failure, Frame, SourceLine, describe
from byway.http.json import encode
from byway.problems import Problem
from byway.runtime.status_pages import HTML, html_page, prefers_json, status_answer

_STYLE = """
body{border-top:4px solid var(--accent)}
main{max-width:62rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
header{display:flex;flex-wrap:wrap;gap:.35rem 1rem;align-items:baseline;color:var(--muted);font-size:.875rem;
padding-bottom:1rem;margin-bottom:1.75rem;border-bottom:1px solid var(--line)}
header code{color:var(--fg);overflow-wrap:anywhere}
button{margin-left:auto;font:inherit;color:var(--fg);background:var(--card);border:1px solid var(--line);
border-radius:.4rem;padding:.2rem .7rem;cursor:pointer}
button:hover{border-color:var(--muted)}
h1,h2,h3{margin:0;font-weight:600;overflow-wrap:anywhere}
h1{font-size:1.5rem;letter-spacing:-.01em}
h2{font-size:1.2rem}h3{font-size:1.05rem}
.type{color:var(--accent);font-family:var(--mono);font-weight:600}
.message{margin:.5rem 0 0;font:inherit;font-size:1.0625rem;white-space:pre-wrap;overflow-wrap:anywhere}
.note{margin:.75rem 0 0;padding:.1rem 0 .1rem .9rem;border-left:3px solid var(--line);color:var(--muted);
white-space:pre-wrap;overflow-wrap:anywhere}
.label{margin:0 0 .35rem;color:var(--muted);font-size:.8125rem}
article{margin-top:2.5rem;padding-top:2rem;border-top:1px solid var(--line)}
article:first-of-type{margin-top:0;padding-top:0;border:0}
.frames{margin-top:1.25rem}
.frame,.problem,details{margin-top:.75rem;background:var(--card);border:1px solid var(--line);border-radius:.6rem;
overflow:hidden}
.where{padding:.55rem 1rem;font-size:.875rem;color:var(--muted);overflow-wrap:anywhere}
.where b{font-family:var(--mono);font-weight:500;color:var(--fg)}
.code{margin:0;padding:.5rem 0;border-top:1px solid var(--line);overflow-x:auto;line-height:1.6;font-size:.8125rem;
tab-size:4}
.code>span{display:block;width:max-content;min-width:100%;padding-right:1rem}
.code i{display:inline-block;width:4.25rem;padding-right:1.1rem;text-align:right;font-style:normal;color:var(--muted);
user-select:none;opacity:.75}
.code .hit{background:var(--mark);box-shadow:inset 3px 0 var(--accent)}
mark{color:inherit;background:none;text-decoration:underline wavy var(--accent) 1.5px;text-underline-offset:.25em;
text-decoration-skip-ink:none}
summary{padding:.55rem 1rem;font-size:.875rem;color:var(--muted);cursor:pointer}
details ol{margin:0;padding:0 0 .4rem;list-style:none;border-top:1px solid var(--line)}
details li{padding:.3rem 1rem}
details .where{padding:0}details pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.omitted{margin:.75rem 1rem 0;color:var(--muted);font-size:.875rem}
.group{margin-top:1.25rem;padding-left:1.25rem;border-left:3px solid var(--line)}
.group article{margin-top:1.75rem;padding:0;border:0}
.problem{padding:1rem 1.25rem;border-left:3px solid var(--accent)}
.problem code{color:var(--muted);overflow-wrap:anywhere}
.problem p{margin:.35rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.problem .cure{color:var(--muted)}.cure::before{content:"→ "}
"""

_COPY_SCRIPT = """
const button=document.getElementById("copy");
if(navigator.clipboard){button.hidden=false;button.onclick=async()=>{
await navigator.clipboard.writeText(document.getElementById("text").textContent);button.textContent="Copied"}}
"""

# A connection that was lost and is back means that the server has restarted: what it said meanwhile was not heard.
_RELOAD_SCRIPT = """
const events=new EventSource(%s);let lost=false;
events.addEventListener("reload",()=>location.reload());
events.onerror=()=>{lost=true};
events.onopen=()=>{if(lost)location.reload()};
"""


def error_answer(
    error: BaseException,
    *,
    accept: str | None,
    request_line: str,
    route: str | None,
    root: Path,
    request_id: str | None = None,
    events_url: str | None = None,
) -> tuple[bytes, str]:
    """The body and the content type of the 500 for an unhandled ``error``, to be sent by the development server only.

    ``request_line`` is the method and URL, ``route`` the file of the route that was called (None before one was
    found). Files are shown relative to ``root``, the project's folder. ``events_url`` is the URL of the server's
    events; the page listens there for ``reload``.

    The problem document has ``exception``, ``message``, ``notes``, ``frames`` (newest first, each with ``file``,
    ``line``, ``function``, ``code``), and, where there are such, ``exceptions`` (a group's leaves) and ``causes``.
    """
    chain = describe(error, root)
    if prefers_json(accept):
        first, *causes = map(_members, chain)
        if causes:
            first["causes"] = causes
        return status_answer(500, accept=accept, request_id=request_id, extra=first)
    header = [f"<code>{escape(request_line)}</code>"]
    if route:
        header.append(f"<span>{escape(route)}</span>")
    if request_id:
        header.append(f"<span>request {escape(request_id)}</span>")
    text = f"{request_line}\n\n{_chain_text(chain)}"
    return _page(_title(chain[0]), header, _chain_html(chain), text, events_url), HTML


def problems_answer(
    problems: Sequence[Problem],
    *,
    accept: str | None,
    root: Path,
    error: BaseException | None = None,
    events_url: str | None = None,
) -> tuple[bytes, str]:
    """The body and the content type of the 500 for an app that cannot be loaded.

    Each of ``problems`` is shown with its file, what is wrong, and the cure; below them ``error``, the exception
    behind one of them (a module that does not import, say). For ``root`` and ``events_url`` see :func:`error_answer`.
    The problem document has ``problems``, each with ``file``, ``what`` and ``cure``, and ``error`` when given.
    """
    title = "This app has a problem" if len(problems) == 1 else f"This app has {len(problems)} problems"
    chain = describe(error, root) if error is not None else ()
    if prefers_json(accept):
        extra: dict[str, object] = {"problems": [{"file": p.file, "what": p.what, "cure": p.cure} for p in problems]}
        if chain:
            extra["error"] = _members(chain[0])
        return status_answer(500, accept=accept, detail=f"{title}.", extra=extra)
    cards = [
        f'<section class="problem"><code>{escape(problem.file)}</code><p>{escape(problem.what)}</p>'
        f'<p class="cure">{escape(problem.cure)}</p></section>'
        for problem in problems
    ]
    text = "\n\n".join([*map(str, problems), *([_chain_text(chain)] if chain else [])])
    body = f"<article><h1>{title}</h1>{''.join(cards)}</article>{_chain_html(chain)}"
    return _page(title, ["<span>byway dev</span>"], body, text, events_url), HTML


def _page(title: str, header: list[str], body: str, text: str, events_url: str | None) -> bytes:
    script = _COPY_SCRIPT
    if events_url is not None:
        # "</script>" in a URL would end the element early.
        script += _RELOAD_SCRIPT % encode(events_url).decode().replace("<", "\\u003c")
    return html_page(
        title,
        f'<main><header>{"".join(header)}<button type="button" id="copy" hidden>Copy as text</button></header>{body}'
        f'</main><pre id="text" hidden>\n{escape(text)}</pre><script>{script}</script>',
        style=_STYLE,
    )


def _title(failure: Failure) -> str:
    first_line, _, rest = failure.message.partition("\n")
    return f"{failure.type}: {first_line}{' …' if rest else ''}" if first_line else failure.type


def _members(failure: Failure) -> dict[str, object]:
    members: dict[str, object] = {"relation": failure.relation} if failure.relation else {}
    members |= {
        "exception": failure.type,
        "message": failure.message,
        "notes": failure.notes,
        "frames": [{"file": f.file, "line": f.line, "function": f.function, "code": f.code} for f in failure.frames],
    }
    if failure.leaves:
        members["exceptions"] = [_members(chain[0]) for chain in failure.leaves]
    return members


def _chain_text(chain: Iterable[Failure], indent: str = "") -> str:
    lines: list[str] = []
    for failure in chain:
        if failure.relation:
            lines += ["", f"{failure.relation.capitalize()}:", ""]
        lines += [f"{failure.type}: {failure.message}" if failure.message else failure.type, *failure.notes]
        for frame in failure.frames:
            lines += [f"  {frame.file}:{frame.line}{_in(frame)}{_times(frame)}", f"    {frame.code}"]
            if frame.omitted:
                lines.append(f"  … {frame.omitted} frames …")
        for leaf in failure.leaves:
            lines += ["", _chain_text(leaf, "  | ")]
    return "\n".join(indent + line for line in "\n".join(lines).split("\n"))


def _in(frame: Frame) -> str:
    return f" in {frame.function}" if frame.function else ""


def _times(frame: Frame) -> str:
    return f" ({frame.repeats} times)" if frame.repeats > 1 else ""


def _chain_html(chain: Iterable[Failure], level: int = 1) -> str:
    """Each exception of ``chain`` as an article. ``level`` is 1 for the page's own, 2 for those in a group."""
    return "".join(_failure_html(failure, level) for failure in chain)


def _failure_html(failure: Failure, level: int) -> str:
    heading = f"h{level + 1 if failure.relation else level}"
    parts = ["<article>"]
    if failure.relation:
        parts.append(f'<p class="label">{failure.relation.capitalize()}</p>')
    parts.append(f'<{heading} class="type">{escape(failure.type)}</{heading}>')
    if failure.message:
        parts.append(f'<p class="message">{escape(failure.message)}</p>')
    parts += [f'<p class="note">{escape(note)}</p>' for note in failure.notes]
    parts.append(_frames_html(failure.frames))
    if failure.leaves:
        parts.append('<div class="group">')
        parts += [_chain_html(leaf, level + 1) for leaf in failure.leaves]
        if failure.more_leaves:
            parts.append(f'<p class="omitted">… and {failure.more_leaves} more exceptions in this group</p>')
        parts.append("</div>")
    parts.append("</article>")
    return "".join(parts)


def _frames_html(frames: tuple[Frame, ...]) -> str:
    """The frames newest first: the app's open, runs of library frames folded.

    Where none is the app's, the newest is open: some source is better than none.
    """
    if not frames:
        return ""
    none_is_app = not any(frame.is_app for frame in frames)
    parts = ['<div class="frames">']
    for is_open, run in groupby(frames, lambda frame: frame.is_app or (none_is_app and frame is frames[0])):
        frames_of_run = list(run)
        parts += map(_open_frame, frames_of_run) if is_open else [_folded_frames(frames_of_run)]
    parts.append("</div>")
    return "".join(parts)


def _open_frame(frame: Frame) -> str:
    code = f'<pre class="code">{"".join(map(_source_line, frame.source))}</pre>' if frame.source else ""
    return f'<section class="frame">{_where(frame)}{code}</section>{_omitted(frame)}'


def _folded_frames(frames: list[Frame]) -> str:
    count = "1 library frame" if len(frames) == 1 else f"{len(frames)} library frames"
    rows = "".join(
        f"<li>{_where(frame)}<pre><code>{escape(frame.code)}</code></pre>{_omitted(frame)}</li>" for frame in frames
    )
    return f"<details><summary>{count}</summary><ol>{rows}</ol></details>"


def _where(frame: Frame) -> str:
    function = f" in <b>{escape(frame.function)}</b>" if frame.function else ""
    return f'<div class="where"><b>{escape(frame.file)}:{frame.line}</b>{function}{_times(frame)}</div>'


def _omitted(frame: Frame) -> str:
    return f'<p class="omitted">… {frame.omitted} frames left out …</p>' if frame.omitted else ""


def _source_line(line: SourceLine) -> str:
    if line.mark is None:
        return f"<span><i>{line.number}</i>{escape(line.text)}\n</span>"
    start, end = line.mark
    marked = f"<mark>{escape(line.text[start:end])}</mark>" if start < end else ""
    text = f"{escape(line.text[:start])}{marked}{escape(line.text[max(start, end) :])}"
    return f'<span class="hit"><i>{line.number}</i>{text}\n</span>'
