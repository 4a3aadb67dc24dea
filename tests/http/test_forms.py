from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byway.http.errors import BodyError, BodyTooLarge
from byway.http.forms import Blob, File, FormData, new_boundary, parse_multipart, stream_multipart


def body(*parts: str, end: str = "--B--\r\n") -> bytes:
    return "".join([*(f"--B\r\n{part}\r\n" for part in parts), end]).encode()


def field(name: str, value: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'


def upload(name: str, filename: str, value: str, kind: str | None = "text/css") -> str:
    content_type = f"Content-Type: {kind}\r\n" if kind else ""
    return f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n{content_type}\r\n{value}'


async def stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def parse(*chunks: bytes, boundary: str = "B", max_parts: int = 100, spool_size: int = 1000) -> FormData:
    return asyncio.run(parse_multipart(stream(chunks), boundary, max_parts=max_parts, spool_size=spool_size))


def serialise(form: FormData, boundary: str = "B") -> bytes:
    async def main() -> bytes:
        return b"".join([chunk async for chunk in stream_multipart(form, boundary)])

    return asyncio.run(main())


def file_of(form: FormData, name: str) -> File:
    file = form.get(name)
    assert isinstance(file, File)
    return file


def content(form: FormData) -> list[tuple[str, str | tuple[str, str, bytes]]]:
    async def main() -> list[tuple[str, str | tuple[str, str, bytes]]]:
        return [
            (name, value if isinstance(value, str) else (value.name, value.type, await value.bytes()))
            for name, value in form
        ]

    return asyncio.run(main())


class TestFormData:
    def test_reading(self) -> None:
        form = FormData()
        form.append("a", "1")
        form.append("b", "2")
        form.append("a", "3")
        assert form.get("a") == "1"
        assert form.get("c") is None
        assert form.get("c", "x") == "x"
        assert form.get_all("a") == ["1", "3"]
        assert form.has("b")
        assert "b" in form
        assert "c" not in form
        assert (form.keys(), form.values()) == (["a", "b", "a"], ["1", "2", "3"])
        assert form.items() == list(form) == [("a", "1"), ("b", "2"), ("a", "3")]
        assert len(form) == 3
        assert repr(form) == "FormData([('a', '1'), ('b', '2'), ('a', '3')])"

    def test_changing(self) -> None:
        form = FormData()
        for name, value in [("a", "1"), ("b", "2"), ("a", "3")]:
            form.append(name, value)
        form.set("a", "x")
        form.set("c", "y")
        form.delete("b")
        assert form.items() == [("a", "x"), ("c", "y")]

    def test_a_blob_becomes_a_file(self) -> None:
        form = FormData()
        file = File(b"1", "a.txt", "text/plain")
        form.set("kept", file)
        form.set("renamed", file, "b.txt")
        form.append("blob", Blob(b"2", "text/css"))
        form.append("named", Blob(b"3"), filename="c")
        assert form.get("kept") is file
        assert content(form)[1:] == [
            ("renamed", ("b.txt", "text/plain", b"1")),
            ("blob", ("blob", "text/css", b"2")),
            ("named", ("c", "", b"3")),
        ]

    def test_other_types_are_refused(self) -> None:
        with pytest.raises(TypeError, match=r"^Form field 'a' is int: give str, Blob or File\.$"):
            FormData().set("a", 1)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"^Form field 'a' is a str, which has no filename: give Blob"):
            FormData().append("a", "1", "x.txt")


class TestParsing:
    def test_fields_and_files(self) -> None:
        form = parse(body(field("a", "1"), field("a", "ü"), upload("f", "a b.css", "p {}\r\n"), field("empty", "")))
        assert content(form) == [
            ("a", "1"),
            ("a", "ü"),
            ("f", ("a b.css", "text/css", b"p {}\r\n")),
            ("empty", ""),
        ]

    def test_an_empty_form(self) -> None:
        assert content(parse(b"--B--\r\n")) == []

    def test_a_file_field_left_empty_is_a_file_without_name(self) -> None:
        file = file_of(parse(body(upload("f", "", "", "application/octet-stream"))), "f")
        assert (file.name, file.size) == ("", 0)

    @pytest.mark.parametrize(
        ("sent", "name"),
        [("a%22b%0D%0A.txt", 'a"b\r\n.txt'), ("../ü 🌈", "../ü 🌈"), ("a%20b", "a%20b"), ("a;b=c", "a;b=c")],
    )
    def test_names_are_quoted_as_browsers_do(self, sent: str, name: str) -> None:
        form = parse(body(upload(sent, sent, "")))
        assert form.keys() == [name]
        assert file_of(form, name).name == name

    @pytest.mark.parametrize(
        ("sent", "kind"),
        [(None, "text/plain"), ("Text/HTML; charset=utf-8", "text/html; charset=utf-8"), ("image/png", "image/png")],
    )
    def test_the_type_of_a_file(self, sent: str | None, kind: str) -> None:
        assert file_of(parse(body(upload("f", "x", "", sent))), "f").type == kind

    def test_text_that_is_no_utf_8_is_replaced(self) -> None:
        assert parse(body(field("a", "x")).replace(b"x", b"\xff")).get("a") == "\ufffd"

    def test_a_large_file_leaves_memory_and_is_cleaned_up(self) -> None:
        data = "x" * 300_000
        form = parse(body(upload("f", "big", data), field("after", "1")), spool_size=1000)
        file = file_of(form, "f")
        assert (file.size, asyncio.run(file.text())) == (300_000, data)
        form.close()
        with pytest.raises(ValueError, match="closed"):
            asyncio.run(file.bytes())

    @pytest.mark.parametrize(
        "malformed",
        [
            b"",
            b"nonsense",
            b"--B\r\n",
            body(field("a", "1"), end=""),
            body(field("a", "1"), end="--B"),
            body(upload("f", "x", "y" * 5000), end=""),
            b"--B\nContent-Disposition: form-data; name=a\n\n1\n--B--\n",
            body("X: y\r\n\r\n1"),
            body("Content-Disposition: attachment; name=a\r\n\r\n1"),
            body("no header\r\n\r\n1"),
            body(field("a", "1")).replace(b'"a"', b'"\xff"'),
        ],
    )
    def test_a_malformed_body_is_a_400(self, malformed: bytes) -> None:
        with pytest.raises(BodyError, match=r"^The body is no well-formed multipart/form-data: ") as error:
            parse(malformed)
        assert error.value.status == 400
        assert not isinstance(error.value, BodyTooLarge)

    @pytest.mark.parametrize("part", ["X: " + "y" * 5000 + "\r\n\r\n", "X: y\r\n" * 20 + "\r\n"])
    def test_a_parts_headers_are_bounded(self, part: str) -> None:
        with pytest.raises(BodyError, match=r"^The form has a part with too many or too long headers") as error:
            parse(body(part))
        assert error.value.status == 400

    def test_too_many_parts_are_a_413_that_names_the_setting(self) -> None:
        parts = [field("a", "1"), upload("f", "x", "y")]
        assert len(parse(body(*parts), max_parts=2)) == 2
        with pytest.raises(BodyTooLarge) as error:
            parse(body(*parts, field("b", "2")), max_parts=2)
        assert error.value.status == 413
        assert str(error.value) == (
            "The form has more than 2 fields and files; Config(max_form_parts=…) sets this limit."
        )

    def test_a_text_is_bounded(self) -> None:
        assert len(str(parse(body(field("a", "x" * 2**20))).get("a"))) == 2**20
        with pytest.raises(BodyTooLarge) as error:
            parse(body(field("a", "x" * (2**20 + 1))))
        assert str(error.value) == (
            "The form's field 'a' has more than 1,048,576 bytes of text: "
            "send it as a file, or raise Config(upload_spool_size=…)."
        )
        assert len(str(parse(body(field("a", "x" * 2**21)), spool_size=2**21).get("a"))) == 2**21

    def test_what_the_source_raises_passes_through_and_leaves_no_file(self) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield body(upload("done", "x", "y" * 5000), upload("f", "x", "y" * 5000), end="")
            raise ConnectionError("gone")

        fds = Path("/proc/self/fd")
        before = len(list(fds.iterdir())) if fds.exists() else 0
        with pytest.raises(ConnectionError, match="gone"):
            asyncio.run(parse_multipart(broken(), "B", max_parts=9, spool_size=10))
        gc.collect()
        assert (len(list(fds.iterdir())) if fds.exists() else 0) == before


class TestSerialising:
    def test_it_is_written_as_browsers_do(self) -> None:
        form = FormData()
        form.append('a"b\nc', "x\ny\rz\r\n")
        form.append("f", File(b"\n1", 'ü"\r\n.txt', "text/plain"))
        form.append("g", Blob(b"2"))
        assert serialise(form).decode() == (
            '--B\r\nContent-Disposition: form-data; name="a%22b%0D%0Ac"\r\n\r\nx\r\ny\r\nz\r\n\r\n'
            '--B\r\nContent-Disposition: form-data; name="f"; filename="ü%22%0D%0A.txt"\r\n'
            "Content-Type: text/plain\r\n\r\n\n1\r\n"
            '--B\r\nContent-Disposition: form-data; name="g"; filename="blob"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n2\r\n"
            "--B--\r\n"
        )

    def test_an_empty_form(self) -> None:
        assert serialise(FormData()) == b"--B--\r\n"

    def test_boundaries_differ_and_are_valid(self) -> None:
        first, second = new_boundary(), new_boundary()
        assert first != second
        assert re.fullmatch(r"[A-Za-z0-9-]{27,70}", first)

    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    # The format itself cannot tell "%22" from a quoted quote, nor a backslash from an old browser's escape.
    names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="%\\"), max_size=20)

    @settings(max_examples=60)
    @given(
        st.lists(st.tuples(names, texts | st.tuples(names, st.binary(max_size=3000)))),
        st.integers(1, 400),
        st.sampled_from([0, 100, 10_000]),
    )
    def test_what_was_written_is_read_back_in_any_pieces(
        self, fields: list[tuple[str, str | tuple[str, bytes]]], step: int, spool_size: int
    ) -> None:
        form = FormData()
        for name, value in fields:
            if isinstance(value, str):
                form.append(name, value)
            else:
                form.append(name, File(value[1], value[0], "image/png"))
        boundary = new_boundary()
        written = serialise(form, boundary)
        pieces = [written[start : start + step] for start in range(0, len(written), step)]
        read = parse(*pieces, b"", boundary=boundary, max_parts=1000, spool_size=spool_size)

        def browser_spelling(text: str) -> str:
            return re.sub(r"\r\n|\r|\n", "\r\n", text)

        expected = [
            (browser_spelling(name), browser_spelling(value) if isinstance(value, str) else value)
            for name, value in content(form)
        ]
        got = content(read)
        read.close()
        assert got == expected


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("form-data; name=f; filename*=UTF-8''%C3%BC.txt", "ü.txt"),
        ("form-data; name=f; FileName*=iso-8859-1'en'%FC.txt", "ü.txt"),
        ("form-data; name=f; filename*=nonsense", "nonsense"),
        ("form-data; name=f; filename=plain.txt; filename*=UTF-8''other.txt", "plain.txt"),
    ],
)
def test_a_part_with_an_encoded_filename_is_a_file(disposition: str, name: str) -> None:
    file = parse(body(f"Content-Disposition: {disposition}\r\n\r\nx")).get("f")
    assert isinstance(file, File)
    assert (file.name, asyncio.run(file.bytes())) == (name, b"x")


def test_the_text_of_a_form_is_urlencoded_and_names_its_files() -> None:
    form = FormData()
    assert str(form) == ""
    form.append("a b", "1&\n2")
    form.append("f", File(b"content", "ü.txt"))
    assert str(form) == "a+b=1%26%0D%0A2&f=%C3%BC.txt"
