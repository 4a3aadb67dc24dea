from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from byway.http.blob import Blob, File, Spool

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


async def chunks(blob: Blob) -> list[bytes]:
    return [chunk async for chunk in blob]


async def spooled(data: bytes, *, limit: int, step: int = 1000) -> File:
    spool = Spool(limit)
    for start in range(0, len(data), step):
        await spool.write(data[start : start + step])
    return File.of(await spool.finish(), "a.bin", "application/octet-stream")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")


class TestBlob:
    @pytest.mark.parametrize(
        ("data", "content"),
        [
            (b"abc", b"abc"),
            ("é", b"\xc3\xa9"),
            (bytearray(b"abc"), b"abc"),
            (memoryview(b"abc"), b"abc"),
            ([b"a", "b", bytearray(b"c")], b"abc"),
            ([], b""),
        ],
    )
    def test_what_it_is_made_of(self, data: Any, content: bytes) -> None:
        blob = Blob(data)
        assert run(blob.bytes()) == content
        assert blob.size == len(content)

    def test_another_type_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"^A Blob is made of bytes, str, or a list of those, not int\.$"):
            Blob(5)  # type: ignore[arg-type]

    @pytest.mark.parametrize(("given", "kept"), [("Text/HTML", "text/html"), ("a\r\nb: c", ""), ("é", ""), ("", "")])
    def test_the_type_is_lower_case_and_fit_for_a_header(self, given: str, kept: str) -> None:
        assert Blob(b"", given).type == kept

    def test_text_is_utf_8_without_a_byte_order_mark(self) -> None:
        assert run(Blob(b"\xef\xbb\xbf\xc3\xa9\xff").text()) == "é\ufffd"

    def test_it_can_be_read_often_and_in_chunks(self) -> None:
        blob = Blob(b"x" * 100_000)
        assert [len(chunk) for chunk in run(chunks(blob))] == [65_536, 34_464]
        assert len(run(blob.bytes())) == len(run(blob.bytes())) == 100_000
        assert run(chunks(Blob())) == []

    def test_repr(self) -> None:
        assert repr(Blob(b"abc", "text/plain")) == "<Blob text/plain, 3 bytes>"
        assert repr(File(b"abc", "a b.txt")) == "<File 'a b.txt' untyped, 3 bytes>"


class TestFile:
    def test_it_has_a_name(self) -> None:
        file = File("abc", "../a.txt", type="text/plain")
        assert (file.name, file.type, file.size, run(file.text())) == ("../a.txt", "text/plain", 3, "abc")

    def test_closing_one_in_memory_does_nothing(self) -> None:
        file = File("abc", "a.txt")
        file.close()
        assert run(file.text()) == "abc"


class TestSpool:
    data = bytes(range(256)) * 4000

    @pytest.mark.parametrize("limit", [0, 1000, 500_000, 10**7])
    @pytest.mark.parametrize("step", [700, 10**7])
    def test_content_is_the_same_in_memory_and_on_disk(self, limit: int, step: int) -> None:
        async def main() -> None:
            file = await spooled(self.data, limit=limit, step=step)
            assert file.size == len(self.data)
            assert await file.bytes() == self.data
            assert b"".join(await chunks(file)) == self.data
            several = await asyncio.gather(file.bytes(), chunks(file), file.bytes())
            assert several[0] == b"".join(several[1]) == several[2] == self.data
            file.close()

        run(main())

    @needs_proc
    def test_only_what_is_too_large_for_memory_goes_to_a_file(self) -> None:
        before = open_files()
        small = run(spooled(self.data[:1000], limit=1000))
        assert open_files() == before
        large = run(spooled(self.data[:1001], limit=1000))
        assert open_files() == before + 1
        assert (small.size, large.size) == (1000, 1001)
        large.close()
        assert open_files() == before

    @needs_proc
    def test_the_file_vanishes_with_its_last_reader(self) -> None:
        before = open_files()
        file = run(spooled(self.data, limit=1000))
        other = File.of(file, "b.bin", file.type)
        del file
        gc.collect()
        assert run(other.bytes()) == self.data
        del other
        gc.collect()
        assert open_files() == before

    def test_a_closed_file_says_so(self) -> None:
        file = run(spooled(self.data, limit=1000))
        file.close()
        file.close()
        with pytest.raises(ValueError, match=r"^This file was closed with its form; read it before\.$"):
            run(file.bytes())

    def test_a_spool_that_was_never_written_can_be_closed(self) -> None:
        Spool(0).close()
