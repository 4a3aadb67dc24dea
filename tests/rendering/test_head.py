"""Where tags go in a document, whoever has written its markup."""

from __future__ import annotations

import pytest
from htpy import body, head, html, title
from hypothesis import given
from hypothesis import strategies as st

from byway.rendering.head import with_head


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<!doctype html><html><head></head><body>", "<!doctype html><html><head>TAGS</head><body>"),
        ("<html><head><title>x</title></head>", "<html><head>TAGS<title>x</title></head>"),
        ('<html lang="en">\n  <head\n id="h">\n  <title>', '<html lang="en">\n  <head\n id="h">TAGS\n  <title>'),
        ("<HTML><HEAD>", "<HTML><HEAD>TAGS"),
        ("<html><head/>", "<html><head/>TAGS"),
    ],
)
def test_the_tags_are_the_first_in_the_head(document: str, expected: str) -> None:
    assert with_head(document, "TAGS") == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('<!doctype html><html lang="en"><body>', '<!doctype html><html lang="en"><head>TAGS</head><body>'),
        ("<html>\n<body>", "<html><head>TAGS</head>\n<body>"),
        ("<html><header>", "<html><head>TAGS</head><header>"),
        ("<html><heads>", "<html><head>TAGS</head><heads>"),
    ],
)
def test_a_head_that_is_missing_is_made_in_the_html_element(document: str, expected: str) -> None:
    assert with_head(document, "TAGS") == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<head><title>x</title></head>", "<head>TAGS<title>x</title></head>"),
        ("<!doctype html><main>x</main>", "<!doctype html><head>TAGS</head><main>x</main>"),
        ("<htmlx>", "<head>TAGS</head><htmlx>"),
        ("text", "<head>TAGS</head>text"),
        ("", "<head>TAGS</head>"),
    ],
)
def test_the_html_element_may_be_left_out(document: str, expected: str) -> None:
    assert with_head(document, "TAGS") == expected


@pytest.mark.parametrize(
    ("document", "before"),
    [
        ("<!-- <html><head> --><html><body>", "<!-- <html><head> --><html>"),
        ("<!--><html><head>", "<!--><html><head>"),
        ("<!---><html><head>", "<!---><html><head>"),
        ("<!-- a --!><html><head>", "<!-- a --!><html><head>"),
        ("<!-- a -- > <html> --><html><head>", "<!-- a -- > <html> --><html><head>"),
        ("<html><!-- <head> --><!-- --><head>", "<html><!-- <head> --><!-- --><head>"),
        (
            '<!DOCTYPE html SYSTEM "about:legacy-compat">\n<html><head>',
            '<!DOCTYPE html SYSTEM "about:legacy-compat">\n<html><head>',
        ),
        ("<?xml version='1.0'?><html><head>", "<?xml version='1.0'?><html><head>"),
        ("\ufeff<html><head>", "\ufeff<html><head>"),
        ('<html data-a="<head>"><body>', '<html data-a="<head>">'),
        ("<html data-a='>' data-b = \">\"><body>", "<html data-a='>' data-b = \">\">"),
        ('<html data-a=">"><head data-b=\'">\'>x', '<html data-a=">"><head data-b=\'">\'>'),
        ('<html it"s><body>', '<html it"s>'),
        ("<html><body><script>'<head>'</script></body>", "<html>"),
        ("<html><body><textarea><head></textarea>", "<html>"),
        ("<html><title><head></title>", "<html>"),
    ],
)
def test_what_only_looks_like_a_head_is_none(document: str, before: str) -> None:
    placed = with_head(document, "TAGS")
    assert placed.startswith((f"{before}TAGS", f"{before}<head>TAGS</head>"))


@pytest.mark.parametrize("document", ["<!-- never ends <html><head>", "<html lang='en", "<html", "<head", "<"])
def test_a_document_that_breaks_off_gets_its_tags_all_the_same(document: str) -> None:
    assert with_head(document, "TAGS").count("<head>TAGS</head>") == 1


def test_elements_of_htpy_are_as_good_as_text() -> None:
    assert with_head(str(html[body["x"]]), "TAGS") == "<!doctype html><html><head>TAGS</head><body>x</body></html>"
    with_title = str(html[head[title["x"]], body])
    assert with_head(with_title, "TAGS") == "<!doctype html><html><head>TAGS<title>x</title></head><body></body></html>"


PIECES = st.sampled_from(
    [
        "<html",
        "<head",
        ">",
        " ",
        "<!--",
        "-->",
        "--!>",
        "=",
        '"',
        "'",
        "<body>",
        "x",
        "</head>",
        "<?",
        "<!doctype html>",
    ]
)


@given(st.lists(PIECES).map("".join))
def test_nothing_of_a_document_is_lost(document: str) -> None:
    placed = with_head(document, "\0")
    assert placed.replace("<head>\0</head>", "", 1) == document or placed.replace("\0", "", 1) == document


@pytest.mark.parametrize("piece", ["<!--", "<!-- a -->", '<html a="', "<html a='=\"", "<!", " ", "<html =", "\n<?"])
def test_a_long_beginning_is_read_once(piece: str) -> None:
    # A way back over what was read would take hours here.
    document = piece * 20_000
    assert with_head(document, "TAGS").count("TAGS") == 1
