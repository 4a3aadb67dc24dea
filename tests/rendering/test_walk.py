"""What components return: parts stand in it as marks, what takes time begins at once and ends with the document."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import htpy
import markupsafe
import pytest

from byway.caching.codec import Markup
from byway.rendering.parts import Boundary, Flow, Given, Hole, Part, Rendered
from byway.rendering.walk import Embedded

from .documents import Late, after, applied, document, inside, never, rendered, run, turns

# --- Marks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["\0", "\x001\0", "\x000:0\0", "\x00deadbeef:0:0\0", "\0:0:0\0"])
def test_text_that_looks_like_a_mark_is_none(text: str) -> None:
    async def main() -> None:
        async with document() as flow:
            assert await flow.shell(inside(flow, text, rendered("part"), Markup(text))) == f"{text}part{text}"

    run(main())


def test_markup_that_could_be_awaited_as_well_is_taken_for_markup() -> None:
    class Both:
        def __html__(self) -> str:
            return "<p>markup</p>"

        def __await__(self) -> Any:
            raise AssertionError("it is not awaited")

    async def main() -> None:
        async with document() as flow:
            assert await flow.shell(rendered(Both())) == "<p>markup</p>"

    run(main())


def test_two_documents_have_different_marks() -> None:
    async def main() -> None:
        async with document() as one, document() as other:
            kept = one.embed(rendered("children"))
            assert kept != other.embed(rendered("children"))
            with pytest.raises(RuntimeError, match="Do not keep it"):
                await other.shell(rendered(kept))

    run(main())


def test_a_mark_that_was_made_in_a_thread_stands_for_its_part() -> None:
    async def main() -> None:
        async with document() as flow:
            hole = Hole(rendered("content"), rendered("wait"))
            mark = await asyncio.to_thread(flow.mark, hole)
            assert await flow.shell(rendered(Markup(f"<p>{mark}</p>"))) == "<p>content</p>"

    run(main())


def test_what_marks_stand_for_begins_at_once() -> None:
    async def main() -> None:
        barrier = asyncio.Barrier(2)
        async with document() as flow:
            marks = [flow.mark(Rendered(lambda: met(barrier, "x"), "a component")) for _ in range(2)]
            assert await flow.shell(rendered(Markup("".join(marks)))) == "xx"

    run(main())


class Later(Embedded):
    """Stands for a hole, as a `Suspense` does."""

    def __init__(self, flow: Flow, node: object, fallback: object = "wait") -> None:
        self._flow = flow
        self._node = node
        self._fallback = fallback

    def part(self) -> Part:
        return Hole(Given(self._node, "Later"), Given(self._fallback, "The fallback"))

    def __html__(self) -> str:
        return self._flow.mark(self.part())


class Own:
    """An object of an HTML library that knows ``__html__`` alone."""

    def __init__(self, *children: object) -> None:
        self._children = children

    def __html__(self) -> str:
        return f"<x>{''.join(str(markupsafe.escape(child)) for child in self._children)}</x>"


@pytest.mark.parametrize(
    ("put", "html"),
    [
        (lambda later: later, "content"),
        (lambda later: ["<", later], "&lt;content"),
        (lambda later: htpy.p[later, "!"], "<p>content!</p>"),
        (lambda later: htpy.p[htpy.b[[later]]], "<p><b>content</b></p>"),
        (lambda later: htpy.fragment[htpy.b[later]], "<b>content</b>"),
        (lambda later: htpy.p[(one for one in [later])], "<p>content</p>"),
        (lambda later: htpy.p[lambda: later], "<p>content</p>"),
        (lambda later: lambda: [later], "content"),
        (lambda later: markupsafe.Markup("<p>{}</p>").format(later), "<p>content</p>"),
        (lambda later: Own(later, "<"), "<x>content&lt;</x>"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_what_stands_for_a_hole_may_stand_anywhere(put: Callable[[Any], object], html: str, is_late: bool) -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            if not is_late:
                event.set()
            shell = await flow.shell(rendered(put(Later(flow, after(event, "content")))))
            assert flow.is_waiting is is_late
            late = Late(flow)
            event.set()
            assert applied(shell, await late()) == html

    run(main())


# --- What is begun ----------------------------------------------------------------------------------------------------


async def met(barrier: asyncio.Barrier, node: object) -> Any:
    """``node``, once as many as the barrier wants are here."""
    await barrier.wait()
    return node


@pytest.mark.parametrize(
    "tree",
    [
        lambda a, b, c: htpy.p[a(), b(), c()],
        lambda a, b, c: [a(), b(), c()],
        lambda a, b, c: (a, b, c),
        lambda a, b, c: htpy.p[a, [b(), htpy.i[c]]],
        lambda a, b, c: htpy.p[htpy.b[htpy.b[a()]], htpy.i[htpy.i[b()]], c],
        lambda a, b, c: htpy.fragment[a(), htpy.fragment[b()], [c()]],
        lambda a, b, c: htpy.p[(one() for one in (a, b, c))],
        lambda a, b, c: htpy.p[a(), (htpy.b[one()] for one in (b, c))],
        lambda a, b, c: htpy.p[asyncio.ensure_future(a()), b(), c()],
    ],
)
def test_awaitables_that_stand_side_by_side_begin_at_once(tree: Callable[..., object]) -> None:
    async def main() -> None:
        barrier = asyncio.Barrier(3)

        def one(text: str) -> Callable[[], Awaitable[object]]:
            async def component() -> object:
                return await met(barrier, text)

            return component

        async with document() as flow:
            html = await flow.shell(rendered(tree(*map(one, "abc"))))
            assert re.sub("<.*?>", "", html) == "abc"

    run(main())


def test_what_an_awaitable_gives_begins_at_once_as_well() -> None:
    async def main() -> None:
        barrier = asyncio.Barrier(3)

        async def nested() -> object:
            return htpy.p[met(barrier, "a"), met(barrier, "b")]

        async with document() as flow:
            assert await flow.shell(rendered([nested(), met(barrier, "c")])) == "<p>ab</p>c"

    run(main())


def test_components_side_by_side_begin_at_once() -> None:
    async def main() -> None:
        barrier = asyncio.Barrier(4)

        def component(node: object) -> Part:
            return Rendered(lambda: met(barrier, node), "layout()")

        async with document() as flow:
            hole = Hole(component("hole"), rendered("wait"))
            page = Boundary(inside(flow, component("page "), hole), never)
            root = inside(flow, component("layout "), Later(flow, met(barrier, "never")).part(), page)
            assert applied(await flow.shell(root), await Late(flow)()) == "layout neverpage hole"

    run(main())


@pytest.mark.parametrize(
    ("node", "html"),
    [
        (htpy.ul[(htpy.li[text] for text in "ab")], "<ul><li>a</li><li>b</li></ul>"),
        (htpy.ul[{"a": 1, "b": 2}.keys()], "<ul>ab</ul>"),
        (htpy.ul[map(str, range(3))], "<ul>012</ul>"),
        (htpy.p[lambda: "called"], "<p>called</p>"),
        (htpy.p[lambda: lambda: htpy.b["called"]], "<p><b>called</b></p>"),
        (htpy.p[7, None, True, False, "<"], "<p>7&lt;</p>"),
        (htpy.input(name="x"), '<input name="x">'),
        (htpy.html[htpy.body], "<!doctype html><html><body></body></html>"),
        (htpy.p[Own("<")], "<p><x>&lt;</x></p>"),
        ([None, "", ()], ""),
    ],
)
def test_other_nodes_are_rendered_as_their_library_does(node: object, html: str) -> None:
    async def main() -> None:
        async with document() as flow:
            assert await flow.shell(rendered(node)) == html

    run(main())


def test_async_iterables_and_contexts_of_htpy_work_beside_awaitables() -> None:
    async def numbers() -> AsyncGenerator[str]:
        yield "1"
        yield "2"

    theme: htpy.Context[str] = htpy.Context("theme", default="light")

    @theme.consumer
    def themed(theme: str) -> str:
        return theme

    async def main() -> None:
        async def late() -> str:
            return "late"

        async with document() as flow:
            node = htpy.p[numbers(), late(), theme.provider("dark", htpy.b[themed(), late()])]
            assert await flow.shell(rendered(node)) == "<p>12late<b>darklate</b></p>"

    run(main())


def test_what_others_may_hold_is_not_changed() -> None:
    async def item() -> str:
        return "item"

    items = [item]
    shared = htpy.ul[htpy.li[item], items, htpy.fragment[item]]

    async def main() -> None:
        for _ in range(2):
            async with document() as flow:
                assert await flow.shell(rendered(shared)) == "<ul><li>item</li>itemitem</ul>"

    run(main())
    assert items == [item]


def test_libraries_that_know_html_alone_need_no_htpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "htpy")

    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            hole = Later(flow, [after(event, Own("late"))])
            children = flow.embed(rendered([markupsafe.Markup("<b>"), "<", Own(hole)]))
            shell = await flow.shell(rendered(Own(children)))
            late = Late(flow)
            event.set()
            assert applied(shell, await late()) == "<x><b>&lt;<x><x>late</x></x></x>"

    run(main())
    assert "htpy" not in sys.modules


# --- The end ----------------------------------------------------------------------------------------------------------


def test_closing_ends_everything_that_was_begun() -> None:
    async def main() -> None:
        ended: list[str] = []

        async def forever(name: str) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        flow = Flow(is_whole=False)
        children = flow.embed(Rendered(lambda: forever("page"), "page()"))
        node = [htpy.p[forever("child")], Later(flow, forever("content"), fallback=["wait", forever("fallback")])]
        shell = asyncio.create_task(flow.shell(rendered([node, children])))
        await turns()
        shell.cancel()
        with pytest.raises(asyncio.CancelledError):
            await shell
        await flow.close()
        assert sorted(ended) == ["child", "content", "fallback", "page"]
        assert flow.is_closed

    run(main())


def test_closing_ends_what_is_begun_while_it_ends() -> None:
    async def main() -> None:
        ended: list[str] = []
        flow = Flow(is_whole=False)

        async def forever() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("begun late")

        async def stubborn() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                flow.spawn(forever())
                await asyncio.sleep(0)

        flow.spawn(stubborn())
        await turns()
        await flow.close()
        assert ended == ["begun late"]

    run(main())


def test_what_is_stopped_before_it_begins_leaves_no_coroutine_alone() -> None:
    async def item() -> str:
        return "never"

    async def main() -> None:
        flow = Flow(is_whole=False)
        node = [htpy.p[item()], Later(flow, [item(), htpy.b[item()]], fallback=item())]
        Given(node, "page()").begin(flow)
        await flow.close()

    run(main())


def test_a_fallback_that_is_not_needed_leaves_no_coroutine_alone() -> None:
    async def item(text: str) -> str:
        return text

    async def main() -> None:
        for is_whole in (False, True):
            async with document(is_whole=is_whole) as flow:
                assert await flow.shell(rendered(Later(flow, item("content"), fallback=item("wait")))) == "content"

    run(main())


def test_what_a_layout_leaves_out_may_fail_unseen() -> None:
    async def main() -> None:
        async with document() as flow:
            flow.embed(rendered(ValueError("nobody sees it")))
            assert await flow.shell(rendered("no children")) == "no children"

    run(main())


def test_who_leaves_the_shell_leaves_what_is_rendered_alone() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            part = rendered("content", event)
            part.begin(flow)
            shell = asyncio.create_task(flow.shell(part))
            await turns()
            shell.cancel()
            await asyncio.wait([shell])
            event.set()
            assert await flow.shell(part) == "content"

    run(main())


def test_a_closed_answer_takes_no_more_of_what_is_late() -> None:
    async def main() -> None:
        events = [asyncio.Event(), asyncio.Event()]
        async with document() as flow:
            await flow.shell(inside(flow, *[Hole(rendered("x", event), rendered("wait")) for event in events]))
            late = flow.late()
            events[0].set()
            await anext(late)
            await late.aclose()

    run(main())
