"""The server that the apps of the suites fetch from: it counts how often each path is asked.

A cached answer is told from a fresh one by its count. Every path counts for itself, whatever query, method, headers and
body; the answer is ``{"n": the count, "method": …, "body": …}``:

* ``/count/NAME`` with status 200,
* ``/status/CODE/NAME`` with the status ``CODE``,
* ``/head/NAME`` with status 200 and headers of its own,
* ``/bytes/NAME`` with status 200 and three bytes instead: 0, 255 and the count.

Below ``/echo/`` and ``/legacy/`` the answer describes the request instead, as requests that are passed on are compared
by it; its status is 418 for a path with ``teapot`` in it, 200 for all others.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


@contextmanager
def run_upstream() -> Generator[str]:
    """Serve on a free port; gives the address, such as ``http://127.0.0.1:8000``."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._counts = Counter[str]()
        self._lock = threading.Lock()

    def count(self, path: str) -> int:
        with self._lock:
            self._counts[path] += 1
            return self._counts[path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        path = self.path.partition("?")[0]
        kind, *names = path.removeprefix("/").split("/")
        n = cast(_Server, self.server).count(path)
        status, headers = 200, {"content-type": "application/json"}
        data = json.dumps({"n": n, "method": self.command, "body": body}).encode()
        match kind:
            case "status":
                status = int(names[0])
            case "head":
                headers = {"content-type": "application/vnd.count+json", "x-upstream": "yes"}
            case "bytes":
                headers, data = {"content-type": "application/octet-stream"}, bytes([0, 255, n])
            case "echo" | "legacy":
                status, headers = 418 if "teapot" in path else 200, {**headers, "x-upstream": "yes"}
                data = json.dumps(
                    {
                        "upstream": True,
                        "method": self.command,
                        "url": self.path,
                        "body": body,
                        "custom": self.headers.get("x-custom"),
                        "forwarded": self.headers.get("x-forwarded-host") is not None,
                    }
                ).encode()
            case _:
                assert kind == "count", f"The upstream does not know {path}."
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass
