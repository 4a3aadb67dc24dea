from __future__ import annotations

from pathlib import Path

import pytest

from tests.metadata.pictures import jpeg, png
from tests.support import problems_of, write_app

LAYOUT = "from htpy import body, html\n\ndef layout(children):\n    return html[body[children]]\n"


def problems(root: Path, file: str, text: str) -> list[tuple[str, str, str]]:
    write_app(root, {file: text})
    return problems_of(root)


@pytest.mark.parametrize(
    ("file", "text", "line", "what", "cure"),
    [
        (
            "robots.py",
            "def rules(): ...",
            0,
            "This file defines no function 'robots', so there is nothing to serve.",
            "Define `def robots()`.",
        ),
        (
            "icon1.py",
            "def icon(): ...",
            0,
            "This file defines no function 'icon1', so there is nothing to serve.",
            "Define `def icon1(params)`.",
        ),
        (
            "icon.py",
            "icon = dict.pop",
            1,
            "The parameters of icon cannot be read.",
            "Write `def icon(params): …`, which calls it.",
        ),
        (
            "sitemap.py",
            "sitemap = []",
            1,
            "sitemap is list, not a function.",
            "Write `def sitemap(params): …`, which returns it.",
        ),
        (
            "icon.py",
            "def icon(slug): ...",
            1,
            "icon has the parameter 'slug', for which there is no value.",
            "Props are given by name. The only one of an icon is params; leave out what is not needed.",
        ),
        (
            "robots.py",
            "def robots(params): ...",
            1,
            "robots has the parameter 'params', for which there is no value.",
            "Props are given by name. robots has none; leave out what is not needed.",
        ),
        (
            "icon.py",
            "def icon(id): ...",
            1,
            "icon has the parameter 'id', but nothing lists ids.",
            "Define generate_image_metadata, which lists them, or leave out the parameter.",
        ),
        (
            "sitemap.py",
            "async def sitemap(id): ...",
            1,
            "sitemap has the parameter 'id', but nothing lists ids.",
            "Define generate_sitemaps, which lists them, or leave out the parameter.",
        ),
        (
            "sitemap.py",
            "def generateSitemaps(): ...\ndef sitemap(): ...",
            1,
            "'generateSitemaps' is the name of the documents, which Python spells 'generate_sitemaps'.",
            "Rename it.",
        ),
        (
            "icon.py",
            "def icon(): ...\ndef generateImageMetadata(): ...",
            2,
            "'generateImageMetadata' is the name of the documents, which Python spells 'generate_image_metadata'.",
            "Rename it.",
        ),
        (
            "icon.py",
            "def generate_sitemaps(): ...\ndef icon(): ...",
            1,
            "generate_sitemaps is not possible here.",
            "Remove it; it belongs in a sitemap.py.",
        ),
        (
            "manifest.py",
            "def generate_image_metadata(): ...\ndef manifest(): ...",
            1,
            "generate_image_metadata is not possible here.",
            "Remove it; it belongs in the file of an image.",
        ),
        (
            "icon.py",
            "size = {'width': 0, 'height': 32}\ndef icon(): ...",
            1,
            "size.width is 0.",
            "Write a whole number above 0.",
        ),
        (
            "opengraph_image.py",
            "def opengraph_image(): ...\nalt = 3",
            2,
            "alt is 3.",
            "Write a str.",
        ),
        (
            "icon.py",
            "contentType = 'image/png'\ndef icon(): ...",
            1,
            "'contentType' is no option of a route, but nearly spells one.",
            "Did you mean 'content_type'? If not, give it another name, or one that begins with '_'.",
        ),
        (
            "sitemap.py",
            "revalidate = -1\ndef sitemap(): ...",
            1,
            "revalidate = -1 is not possible here.",
            "Write a number of seconds, 0, or False for never.",
        ),
        (
            "icon.py",
            "dynamic_params = False\ndef icon(): ...",
            1,
            "dynamic_params = False has only the listed paths answered, but none are listed.",
            "Define generate_static_params, which lists them.",
        ),
        (
            "icon.py",
            "runtime = 'edge'\ndef icon(): ...",
            2,
            'icon is a `def` function, which needs a thread: with runtime = "edge" there are none.',
            'Write `async def icon`, or runtime = "python".',
        ),
    ],
)
def test_a_mistake_in_a_metadata_file_is_named(
    tmp_path: Path, file: str, text: str, line: int, what: str, cure: str
) -> None:
    where = f"app/{file}:{line}" if line else f"app/{file}"
    assert problems(tmp_path, f"app/{file}", text) == [(where, what, cure)]


def test_what_ids_a_file_lists_makes_dynamic_params_a_choice(tmp_path: Path) -> None:
    text = "dynamic_params = False\ndef generate_image_metadata(): ...\ndef icon(id): ..."
    assert problems(tmp_path, "app/icon.py", text) == []


def test_a_name_that_is_imported_is_no_option(tmp_path: Path) -> None:
    write_app(tmp_path, {"lib.py": "size = alt = 'other things'\ndef generate_image_metadata(): ..."})
    assert problems(tmp_path, "app/icon.py", "from lib import alt, size\ndef icon(): ...") == []


def test_a_lister_may_be_imported(tmp_path: Path) -> None:
    write_app(tmp_path, {"lib.py": "def generate_image_metadata(): ..."})
    assert problems(tmp_path, "app/icon.py", "from lib import generate_image_metadata\ndef icon(id): ...") == []


def test_a_metadata_file_and_a_handler_at_one_path_are_refused(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/robots.txt/route.py": "def GET(): ..."})
    assert problems(tmp_path, "app/robots.py", "def robots(): ...") == [
        (
            "app/robots.py",
            'A metadata file and a route handler answer at the same path "/robots.txt":\n'
            "  app/robots.py is a metadata file\n"
            "  app/robots.txt/route.py is a route handler",
            "Keep one of them, or move one to another folder.",
        )
    ]


def test_a_metadata_file_and_a_public_file_at_one_path_are_refused(tmp_path: Path) -> None:
    write_app(tmp_path, {"public/robots.txt": ""})
    [(file, what, _)] = problems(tmp_path, "app/robots.py", "def robots(): ...")
    assert file == "app/robots.py"
    assert what == 'The file "public/robots.txt" lies at the path "/robots.txt", where this metadata file answers.'


def test_two_files_at_one_path_are_refused(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/sitemap.xml": ""})
    assert problems(tmp_path, "app/sitemap.py", "def sitemap(): ...") == [
        ("app/sitemap.xml", 'It is served at "/sitemap.xml", and so is "app/sitemap.py".', "Keep one of them.")
    ]


def test_a_parameter_has_one_name_whether_a_page_or_an_image_lies_in_its_folder(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/layout.py": LAYOUT, "app/shop/[slug]/page.py": "def page(): ..."})
    [(_, what, _)] = problems(tmp_path, "app/shop/[id]/opengraph_image.py", "def opengraph_image(): ...")
    assert what.startswith("Different parameter names stand for the same dynamic segment:")


def test_a_static_image_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/icon.png").write_bytes(jpeg(8, 8))
    (tmp_path / "app/twitter-image.png").write_bytes(png(8, 8) + bytes(5 * 1024 * 1024))
    assert problems_of(tmp_path) == [
        (
            "app/icon.png",
            "The file is named .png, but it is a .jpg.",
            'Name it "icon.jpg", or save it as .png.',
        ),
        (
            "app/twitter-image.png",
            "This Twitter image has 5.00 MB; it must not exceed 5 MB.",
            "Make it smaller: fewer pixels, or a stronger compression.",
        ),
    ]


def test_a_file_that_does_not_import_is_told_once(tmp_path: Path) -> None:
    [(file, what, _)] = problems(tmp_path, "app/icon.py", "1 / 0\n")
    assert (file, what) == ("app/icon.py:1", "This file does not import: ZeroDivisionError: division by zero")
