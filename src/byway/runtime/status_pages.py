"""The built-in answers for error statuses: a small page for people, a problem document for programs.

The texts for 401, 403, 404 and 500 are the documented ones. Nothing here needs JavaScript or another file. The HTML
shell (:func:`html_page`) is shared with the pages of the development server.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from http import HTTPStatus

from byway.http.json import encode

HTML = "text/html; charset=utf-8"
PROBLEM_JSON = "application/problem+json"

# HTTPStatus renames some phrases between Python versions; these are RFC 9110's.
_TITLES = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}

# What a person reads below the number. A status without a line here shows its title.
_MESSAGES = {
    401: "You're not authorized to access this page.",
    403: "This page could not be accessed.",
    404: "This page could not be found.",
}

# Accept headers repeat: each client has its own few. A long one is cut, so that the cache stays small in bytes too.
_ACCEPT_CACHE_SIZE = 256
_ACCEPT_MAX_LENGTH = 1024

_BASE_STYLE = """
:root{color-scheme:light dark;--bg:#fcfcfb;--card:#fff;--fg:#1b1b1f;--muted:#65656f;--line:#e5e5e1;--accent:#c4342d;
--mark:#fdeceb;--sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root{--bg:#111113;--card:#19191c;--fg:#ededef;--muted:#a0a0ab;--line:#2c2c31;
--accent:#ff8078;--mark:#3a1e1f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--bg);color:var(--fg);font:16px/1.55 var(--sans);
-webkit-text-size-adjust:100%;-webkit-font-smoothing:antialiased}
code,pre{font-family:var(--mono);font-size:.875em}
"""

_STATUS_STYLE = """
body{display:grid;place-items:center;padding:2rem 1.5rem}
main{max-width:36rem;text-align:center}
h1{margin:0;font-size:clamp(5.5rem,24vw,11rem);font-weight:200;line-height:1;letter-spacing:-.05em;
font-variant-numeric:tabular-nums}
h1::after{content:"";display:block;width:4.5rem;height:0;margin:1.75rem auto;border-top:3px dashed var(--accent)}
h2{margin:0;font-size:1.25rem;font-weight:500;text-wrap:balance}
p{margin:.75rem 0 0;color:var(--muted);overflow-wrap:anywhere;white-space:pre-line;text-wrap:balance}
.id{margin-top:2.25rem;font-size:.875rem}
.id code{color:var(--fg);user-select:all}
"""


def status_answer(
    status: int,
    *,
    accept: str | None,
    detail: str | None = None,
    request_id: str | None = None,
    extra: Mapping[str, object] | None = None,
) -> tuple[bytes, str]:
    """The body and the content type of the built-in answer for ``status``.

    A client that prefers JSON (see :func:`prefers_json`) gets an RFC 9457 problem document with ``type``, ``title``,
    ``status``, and, when given, ``detail``, ``request_id`` and the members of ``extra``; a member of the standard is
    never replaced by one of ``extra``. Any other client gets an HTML page, which shows ``detail`` as well and the
    ``request_id`` for a person to quote; ``extra`` is for programs only.

    Raises ``TypeError`` when ``extra`` holds what cannot be written as JSON and the client wants JSON.
    """
    if prefers_json(accept):
        return _problem(status, detail, request_id, extra or {}), PROBLEM_JSON
    return _page(status, detail, request_id), HTML


def status_title(status: int) -> str:
    """The standard phrase of ``status``, as in ``Not Found``; for an unregistered number, that of its class."""
    if status in _TITLES:
        return _TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Error" if 400 <= status < 500 else "Server Error"


def html_page(title: str, body: str, *, style: str = "", head: str = "") -> bytes:
    """A whole HTML document around ``body``, with the colours and fonts that the built-in pages share.

    ``title`` is plain text and escaped here; ``body``, ``style`` and ``head`` are markup and must be safe already.
    The page stands alone, follows the reader's light or dark preference, and keeps search engines away.
    """
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_BASE_STYLE}{style}</style>{head}</head><body>{body}</body></html>"
    ).encode("utf-8", "replace")


def prefers_json(accept: str | None) -> bool:
    """Whether a client with this ``Accept`` header would rather have JSON than HTML.

    JSON must have the higher q-value. As RFC 9110 has it, the most specific range that fits a type decides its
    q-value, and ``*/*`` fits both. At equal q-values JSON wins only where it is named and HTML is not, as in
    ``application/json, */*``; else HTML does. No header, or one that admits neither, means HTML.
    """
    return accept is not None and _prefers_json(accept[:_ACCEPT_MAX_LENGTH])


@lru_cache(maxsize=_ACCEPT_CACHE_SIZE)
def _prefers_json(accept: str) -> bool:
    # (specificity, q) of the ranges that fit. Between ranges of one specificity the higher q counts.
    json = html = (0, 0.0)
    for item in accept.lower().split(","):
        media_range, *parameters = (part.strip() for part in item.split(";"))
        quality = _quality(parameters)
        json = max(json, (_json_specificity(media_range), quality))
        html = max(html, (_html_specificity(media_range), quality))
    # The q-value speaks first, then how clearly it was said.
    return json[1] > 0 and json[::-1] > html[::-1]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.rstrip() == "q":
            try:
                return min(max(0.0, float(value)), 1.0)  # in this order NaN becomes 0
            except ValueError:
                return 0.0
    return 1.0


def _json_specificity(media_range: str) -> int:
    """3 for a JSON type, 2 for a range of its family, 1 for anything, 0 when JSON is not meant."""
    if media_range == "application/json" or (media_range.startswith("application/") and media_range.endswith("+json")):
        return 3
    return {"application/*": 2, "*/*": 1}.get(media_range, 0)


def _html_specificity(media_range: str) -> int:
    return {"text/html": 3, "text/*": 2, "*/*": 1}.get(media_range, 0)


def _problem(status: int, detail: str | None, request_id: str | None, extra: Mapping[str, object]) -> bytes:
    members: dict[str, object] = {"type": "about:blank", "title": status_title(status), "status": status}
    if detail is not None:
        members["detail"] = detail
    if request_id is not None:
        members["request_id"] = request_id
    return encode(members | {name: value for name, value in extra.items() if name not in members})


def status_fragment(status: int, request_id: str | None = None) -> str:
    """The built-in page for ``status`` as markup that may stand in the body of any document."""
    return f"<style>{_BASE_STYLE}{_STATUS_STYLE}</style>{_main(status, None, request_id)}"


def _page(status: int, detail: str | None, request_id: str | None) -> bytes:
    main = _main(status, detail, request_id)
    return html_page(f"{status}: {_message(status)}", main, style=_STATUS_STYLE)


def _message(status: int) -> str:
    return _MESSAGES.get(status) or status_title(status)


def _main(status: int, detail: str | None, request_id: str | None) -> str:
    message = _message(status)
    parts = [f"<main><h1>{status}</h1><h2>{escape(message)}</h2>"]
    if detail:
        parts.append(f"<p>{escape(detail)}</p>")
    if request_id:
        parts.append(f'<p class="id">Request ID <code>{escape(request_id)}</code></p>')
    parts.append("</main>")
    return "".join(parts)
