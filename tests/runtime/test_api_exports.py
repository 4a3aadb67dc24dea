"""What files of ``pages/api`` export, and what is said of mistakes in them and around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from byway.testing import Client

from ..support import problems_of, write_app

EXAMPLE = "Write async def handler(req: ApiRequest, res: ApiResponse) -> None: …"
NOTHING = "This file defines no function named handler, so nothing could answer at its path."
FINE = "def handler(req, res): res.json(req.query)"
DECORATED = """
import functools
def with_cors(function):
    @functools.wraps(function)
    async def inner(*arguments):
        await function(*arguments)
    return inner
@with_cors
async def handler(req, res):
    res.json(req.query)
"""


@pytest.mark.parametrize(
    ("text", "line", "what", "cure"),
    [
        ("", "", NOTHING, EXAMPLE),
        (
            "def helper(): ...",
            "",
            NOTHING,
            f"{EXAMPLE} A module that others import belongs outside of pages/api.",
        ),
        (
            "def GET(request): ...",
            "",
            NOTHING,
            f"{EXAMPLE} It gets every method, in req.method; GET is for an app/…/route.py.",
        ),
        ("handler = 5", ":1", "handler is int, not a function.", EXAMPLE),
        ("class handler: ...", ":1", "handler is the class handler, not a function.", EXAMPLE),
        (
            "def handler(req, res): yield",
            ":1",
            "handler is a generator, which does nothing when it is called.",
            EXAMPLE,
        ),
        (
            "async def handler(req, res): yield",
            ":1",
            "handler is a generator, which does nothing when it is called.",
            EXAMPLE,
        ),
        ("def handler(): ...", ":1", "handler takes no parameters; it is given two, req and res.", EXAMPLE),
        ("\ndef handler(req): ...", ":2", "handler takes 1 parameter; it is given two, req and res.", EXAMPLE),
        (
            "def handler(req, res, db): ...",
            ":1",
            "handler takes 3 parameters (req, res, db); a handler is given two, req and res.",
            f"{EXAMPLE} Route parameters are in req.query.",
        ),
        (
            "def handler(req, res, *, db): ...",
            ":1",
            "handler requires the keyword argument 'db'; a handler is given its arguments by position.",
            EXAMPLE,
        ),
        (
            f"{FINE}\nconfig = []",
            ":2",
            "config is list, not a dict.",
            'Write `config = {"api": {"body_parser": {"size_limit": "1mb"}}, "max_duration": 5}`.',
        ),
        (
            f"max_duration = 9\n{FINE}",
            ":1",
            "max_duration belongs into the config of a file in pages/api.",
            'Write `config = {"max_duration": 9}`.',
        ),
    ],
)
def test_a_mistake_is_told_with_place_and_cure(tmp_path: Path, text: str, line: str, what: str, cure: str) -> None:
    write_app(tmp_path, {"pages/api/x.py": text})
    assert problems_of(tmp_path) == [(f"pages/api/x.py{line}", what, cure)]


@pytest.mark.parametrize(
    "text",
    [
        FINE,
        "async def handler(req, res): res.json(req.query)",
        "def handler(*args): args[1].json(args[0].query)",
        "def handler(req, res, more=None): res.json(req.query)",
        "handler = lambda req, res: res.json(req.query)",
        "class Handler:\n    def __call__(self, req, res): res.json(req.query)\nhandler = Handler()",
        "class Handler:\n    async def __call__(self, req, res): res.json(req.query)\nhandler = Handler()",
        "import functools\ndef f(x, req, res): res.json(req.query)\nhandler = functools.partial(f, 1)",
        "async def f(req, res): res.json(req.query)\nhandler = lambda req, res: f(req, res)",
        DECORATED,
    ],
)
def test_whatever_takes_two_arguments_is_a_handler(tmp_path: Path, text: str) -> None:
    with Client(write_app(tmp_path, {"pages/api/x.py": text})) as client:
        assert client.get("/api/x?a=1").json() == {"a": "1"}


def test_all_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    files = {
        "byway_config.py": "from byway import Config\nconfig = Config(max_body_size='2mb')",
        "app/route.py": "",
        "pages/index.py": FINE,
        "pages/api/a.py": "handler = 1\nconfig = {'api': {'bodyParser': False}}",
        "pages/api/b.py": "import nothing_like_that",
        "pages/api/c.py": f"{FINE}\nconfig = {{'api': {{'body_parser': {{'size_limit': '3mb'}}}}}}",
    }
    assert [(file, what.partition("\n")[0]) for file, what, _ in problems_of(write_app(tmp_path, files))] == [
        ("app/route.py", "This file exports no HTTP method, so nothing could answer at its path."),
        ("pages/api/a.py:1", "handler is int, not a function."),
        ("pages/api/a.py:2", "config[\"api\"] has an unknown key 'bodyParser'."),
        ("pages/api/b.py:1", "This file does not import: ModuleNotFoundError: No module named 'nothing_like_that'"),
        ("pages/api/c.py:2", "size_limit is 3mb, but no body may be larger than 2,097,152 bytes."),
        ("pages/index.py", 'Of the folder "pages" only "pages/api" is served: this file would answer nowhere.'),
    ]


def test_the_same_path_in_app_and_pages_names_both_files(tmp_path: Path) -> None:
    files = {
        "app/api/[id]/route.py": "from byway import Response\ndef GET(): return Response()",
        "pages/api/[id].py": FINE,
    }
    assert problems_of(write_app(tmp_path, files)) == [
        (
            "app/api/[id]/route.py",
            'A route handler and an API route answer at the same path "/api/[id]":\n'
            "  app/api/[id]/route.py is a route handler\n"
            "  pages/api/[id].py is an API route",
            "Keep one of them, or move one to another folder.",
        )
    ]


def test_a_file_of_public_cannot_lie_where_an_api_route_answers(tmp_path: Path) -> None:
    files = {"pages/api/x.txt.py": FINE, "public/api/x.txt": "x"}
    assert problems_of(write_app(tmp_path, files)) == [
        (
            "pages/api/x.txt.py",
            'The file "public/api/x.txt" lies at the path "/api/x.txt", where this API route answers.',
            "Rename or remove one of them.",
        )
    ]


def test_a_package_and_a_file_of_one_name_hide_each_other(tmp_path: Path) -> None:
    files = {"pages/api/x.py": FINE, "pages/api/x/__init__.py": "", "pages/api/x/[id].py": FINE}
    assert problems_of(write_app(tmp_path, files)) == [
        (
            "pages/api/x.py",
            'This file and the folder "pages/api/x" have one name, so that imports cannot find both.',
            'Remove "pages/api/x/__init__.py": without it both are found.',
        )
    ]
