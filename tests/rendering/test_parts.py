"""A document's parts: sent when they are ready, replaced when they fail, the same in the end in whatever order."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import htpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byway.rendering.parts import SCRIPT, Boundary, Flow, Given, Hole, Part, Rendered

from .documents import Late, after, always, applied, document, inside, marked, never, rendered, run, turns

# --- Holes ------------------------------------------------------------------------------------------------------------


def test_a_document_without_holes_is_its_markup() -> None:
    async def main() -> None:
        async with document() as flow:
            assert await flow.shell(inside(flow, "a", rendered(htpy.b["<"]), "c")) == "a<b>&lt;</b>c"
            assert not flow.is_waiting
            assert await Late(flow)() == []

    run(main())


def test_content_that_needs_no_waiting_is_filled_in_at_once() -> None:
    async def main() -> None:
        async with document() as flow:
            inner = Hole(rendered("inner"), rendered("never shown"))
            outer = Hole(inside(flow, "[", inner, "]"), rendered("never shown"))
            assert await flow.shell(inside(flow, outer)) == "[inner]"
            assert not flow.is_waiting

    run(main())


def test_content_deep_inside_others_needs_no_waiting_either() -> None:
    async def main() -> None:
        async with document() as flow:

            async def component(depth: int) -> str:
                return flow.embed(hole(depth - 1)) if depth else "content"

            def hole(depth: int) -> Part:
                return Hole(Rendered(lambda: component(depth), "a component"), rendered("never shown"))

            assert await flow.shell(hole(4)) == "content"

    run(main())


def test_the_fallback_stands_between_marks_until_the_content_comes() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            hole = Hole(rendered(htpy.b["content"], event), rendered(htpy.i["wait"]))
            assert await flow.shell(inside(flow, "a", hole, "z")) == f"a{marked(1, '<i>wait</i>')}z"
            assert flow.is_waiting
            late = Late(flow)
            await turns()
            assert late.chunks == []
            event.set()
            assert await late() == [
                f'<template id="byway-1-late"><b>content</b></template><script>{SCRIPT};$byway(1)</script>'
            ]
            assert not flow.is_waiting

    run(main())


def test_the_script_that_fills_holes_is_sent_once() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            holes = [Hole(rendered(str(number), event), rendered("")) for number in range(3)]
            await flow.shell(inside(flow, *holes))
            late = Late(flow)
            event.set()
            assert "".join(await late()).count("function") == 1

    run(main())


def test_contents_come_in_the_order_in_which_they_get_ready() -> None:
    async def main() -> None:
        events = [asyncio.Event() for _ in range(3)]
        async with document() as flow:
            shell = await flow.shell(
                inside(flow, *[Hole(rendered(str(n), events[n]), rendered("-")) for n in range(3)])
            )
            late = Late(flow)
            for number in (1, 0, 2):
                events[number].set()
                await turns()
            assert late.numbers == [2, 1, 3]
            assert applied(shell, await late()) == "012"

    run(main())


def test_a_hole_in_content_that_came_late_has_a_fallback_of_its_own() -> None:
    async def main() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            inner = Hole(rendered("inner", second), rendered("inner wait"))
            outer = Hole(rendered([flow.embed(inner), "!"], first), rendered("wait"))
            shell = await flow.shell(inside(flow, outer))
            late = Late(flow)
            first.set()
            await turns()
            assert applied(shell, late.chunks) == marked(2, "inner wait") + "!"
            second.set()
            assert applied(shell, await late()) == "inner!"

    run(main())


def test_a_hole_in_content_that_came_late_is_filled_with_it_when_it_is_ready() -> None:
    async def main() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            inner = Hole(rendered("inner", second), rendered("inner wait"))
            await flow.shell(inside(flow, Hole(rendered(flow.embed(inner), first), rendered("wait"))))
            late = Late(flow)
            second.set()
            await turns()
            first.set()
            assert len(await late()) == 1
            assert '<template id="byway-1-late">inner</template>' in late.chunks[0]

    run(main())


def test_a_hole_in_a_fallback_is_filled_while_that_is_shown() -> None:
    async def main() -> None:
        content, within = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            fallback = inside(flow, "wait ", Hole(rendered("in it", within), rendered("...")))
            shell = await flow.shell(inside(flow, Hole(rendered("content", content), fallback)))
            late = Late(flow)
            within.set()
            await turns()
            assert applied(shell, late.chunks) == marked(1, "wait in it")
            content.set()
            assert applied(shell, await late()) == "content"

    run(main())


@pytest.mark.parametrize("node", ["in it", ValueError("nobody sees it")])
def test_a_hole_in_a_fallback_is_dropped_with_it(node: object) -> None:
    async def main() -> None:
        content, within, other = asyncio.Event(), asyncio.Event(), asyncio.Event()
        async with document() as flow:
            fallback = inside(flow, Hole(rendered(node, within), rendered("...")))
            hole = Hole(rendered("content", content), fallback)
            root = Boundary(inside(flow, hole, Hole(rendered("other", other), rendered("-"))), always("failed"))
            shell = await flow.shell(root)
            late = Late(flow)
            content.set()
            await turns()
            within.set()
            await turns()
            other.set()
            assert len(await late()) == 2
            assert applied(shell, late.chunks) == marked(4, "contentother")

    run(main())


def test_a_failure_in_a_fallback_that_is_shown_is_one_of_the_region_around() -> None:
    async def main() -> None:
        content, within = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            fallback = inside(flow, Hole(rendered(ValueError(), within), rendered("...")))
            region = Boundary(Hole(rendered("content", content), fallback), always("sorry"))
            shell = await flow.shell(inside(flow, "kept ", region))
            late = Late(flow)
            within.set()
            assert applied(shell, await late()) == "kept sorry"

    run(main())


def test_a_whole_document_waits_for_every_hole() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document(is_whole=True) as flow:
            inner = Hole(rendered("inner", event), rendered("never shown"))
            outer = Boundary(Hole(inside(flow, inner, "!"), rendered("never shown")), never)
            shell = asyncio.create_task(flow.shell(inside(flow, outer)))
            await turns()
            assert not shell.done()
            event.set()
            assert await shell == "inner!"
            assert not flow.is_waiting

    run(main())


def test_the_shell_waits_for_what_comes_with_it_once_it_is_ready() -> None:
    async def main() -> None:
        event, other = asyncio.Event(), asyncio.Event()
        asked: list[int] = []

        async def also() -> None:
            asked.append(1)
            await other.wait()

        async with document() as flow:
            shell = asyncio.create_task(flow.shell(rendered(after(event, "text")), also))
            await turns()
            assert not asked
            event.set()
            await turns()
            assert asked
            assert not shell.done()
            other.set()
            assert await shell == "text"

    run(main())


def test_a_part_that_stands_twice_is_rendered_once_and_both_its_places_are_filled() -> None:
    async def main() -> None:
        event = asyncio.Event()
        times: list[int] = []

        async def component() -> str:
            times.append(1)
            await event.wait()
            return "content"

        async with document() as flow:
            hole = Hole(Rendered(component, "page()"), Given([after(event, "x"), "wait"], "a fallback"))
            mark = flow.embed(hole)
            root = asyncio.create_task(flow.shell(rendered(["a", mark, "b", mark])))
            await turns()
            event.set()
            shell = await root
            assert applied(shell, await Late(flow)()) == "acontentbcontent"
            assert len(times) == 1

    run(main())


# --- Boundaries -------------------------------------------------------------------------------------------------------


def test_what_fails_before_the_flush_is_replaced_by_the_nearest_boundary_that_handles_it() -> None:
    async def main() -> None:
        error = ValueError("broken")
        seen: list[tuple[str, BaseException]] = []

        def told(name: str, part: Part | None) -> Callable[[BaseException], Part | None]:
            def handle(error: BaseException) -> Part | None:
                seen.append((name, error))
                return part

            return handle

        async with document() as flow:
            part: Part = Boundary(rendered(error), told("inner", None))
            part = Boundary(inside(flow, "lost", part), told("middle", rendered(htpy.b["sorry"])))
            part = Boundary(inside(flow, "kept ", part), told("outer", rendered("never shown")))
            assert await flow.shell(part) == "kept <b>sorry</b>"
        assert seen == [("inner", error), ("middle", error)]

    run(main())


def test_what_nobody_handles_before_the_flush_is_raised() -> None:
    async def main() -> None:
        for part in (rendered(KeyError("x")), Hole(rendered(KeyError("x")), rendered("wait"))):
            async with document() as flow:
                with pytest.raises(KeyError):
                    await flow.shell(Boundary(inside(flow, Boundary(part, never)), never))

    run(main())


@pytest.mark.parametrize("is_whole", [False, True])
def test_content_that_failed_before_the_flush_takes_its_boundary_along(is_whole: bool) -> None:
    async def main() -> None:
        async with document(is_whole=is_whole) as flow:
            region = Boundary(inside(flow, "lost ", Hole(rendered(ValueError()), rendered("wait"))), always("sorry"))
            assert await flow.shell(inside(flow, "kept ", region)) == "kept sorry"
            assert not flow.is_waiting

    run(main())


def test_other_holes_of_a_region_that_failed_before_the_flush_are_dropped() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            holes = Hole(rendered("x", event), rendered("wait")), Hole(rendered(ValueError()), rendered("wait"))
            assert await flow.shell(Boundary(inside(flow, *holes), always("sorry"))) == "sorry"
            assert not flow.is_waiting

    run(main())


def test_a_failure_inside_a_hole_is_handled_there() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            hole = Hole(Boundary(rendered(ValueError(), event), always("sorry")), rendered("wait"))
            shell = await flow.shell(Boundary(inside(flow, "kept ", hole), always("never shown")))
            late = Late(flow)
            event.set()
            assert applied(shell, await late()) == marked(2, "kept sorry")

    run(main())


def test_a_late_failure_replaces_the_region_and_drops_the_other_holes_in_it() -> None:
    async def main() -> None:
        event, never_set = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            fails, lost = (
                Hole(rendered(ValueError(), event), rendered("1")),
                Hole(rendered("", never_set), rendered("2")),
            )
            region = Boundary(inside(flow, fails, lost), always("sorry"))
            shell = await flow.shell(inside(flow, "kept ", region))
            assert shell == "kept " + marked(3, marked(1, "1") + marked(2, "2"))
            late = Late(flow)
            event.set()
            assert applied(shell, await late()) == "kept sorry"

    run(main())


def test_a_late_failure_goes_outwards_until_it_is_handled() -> None:
    async def main() -> None:
        event, other = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            inner = Boundary(Hole(rendered(ValueError(), event), rendered("wait")), never)
            outer = Boundary(inside(flow, "lost ", inner), always("sorry"))
            shell = await flow.shell(inside(flow, outer, Hole(rendered(" other", other), rendered("-"))))
            late = Late(flow)
            event.set()
            await turns()
            other.set()
            assert applied(shell, await late()) == "sorry other"

    run(main())


def test_a_late_failure_that_nobody_handles_is_raised() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            await flow.shell(Boundary(Hole(rendered(ValueError("broken"), event), rendered("wait")), never))
            late = Late(flow)
            event.set()
            with pytest.raises(ValueError, match="broken"):
                await late()

    run(main())


@pytest.mark.parametrize("is_late", [False, True])
def test_a_replacement_that_fails_is_a_failure_for_the_boundary_outside(is_late: bool) -> None:
    async def main() -> None:
        event = asyncio.Event()
        seen: list[str] = []

        def handle(error: BaseException) -> Part:
            seen.append(str(error))
            return rendered("sorry")

        def raises(error: BaseException) -> Part:
            raise LookupError(f"{error}, and its handler")

        async with document() as flow:
            part: Part = Hole(rendered(ValueError("content"), event), rendered("wait"))
            part = Boundary(part, always(ValueError("its replacement")))
            part = Boundary(inside(flow, part), raises)
            part = Boundary(inside(flow, part), handle)
            if not is_late:
                event.set()
            shell = await flow.shell(part)
            late = Late(flow)
            event.set()
            assert applied(shell, await late()) == "sorry"
        assert seen == ["its replacement, and its handler"]

    run(main())


def test_a_replacement_may_have_holes() -> None:
    async def main() -> None:
        event, second = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            instead = inside(flow, "sorry ", Hole(rendered("more", second), rendered("wait")))
            shell = await flow.shell(Boundary(Hole(rendered(ValueError(), event), rendered("wait")), lambda _: instead))
            late = Late(flow)
            event.set()
            await turns()
            assert applied(shell, late.chunks) == "sorry " + marked(3, "wait")
            second.set()
            assert applied(shell, await late()) == "sorry more"

    run(main())


def test_a_fallback_that_fails_is_a_failure_of_the_region_around() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document() as flow:
            region = Boundary(Hole(rendered("content", event), rendered(ValueError())), always("sorry"))
            assert await flow.shell(inside(flow, "kept ", region)) == "kept sorry"
            assert not flow.is_waiting

    run(main())


def test_a_region_that_came_late_is_replaced_when_what_is_inside_fails_later() -> None:
    async def main() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            region = Boundary(Hole(rendered(ValueError(), second), rendered("inner wait")), always("sorry"))
            shell = await flow.shell(
                inside(flow, Hole(rendered(["kept ", flow.embed(region)], first), rendered("wait")))
            )
            late = Late(flow)
            first.set()
            await turns()
            second.set()
            assert applied(shell, await late()) == "kept sorry"

    run(main())


def test_each_place_of_a_region_that_stands_twice_is_replaced() -> None:
    async def main() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        async with document() as flow:
            region = Boundary(Hole(rendered(ValueError(), second), rendered("inner wait")), always("sorry"))
            mark = flow.embed(Hole(rendered(flow.embed(region), first), rendered("wait")))
            shell = await flow.shell(rendered([mark, " and ", mark]))
            late = Late(flow)
            first.set()
            await turns()
            second.set()
            assert applied(shell, await late()) == "sorry and sorry"

    run(main())


# --- Any document, whole and in parts ---------------------------------------------------------------------------------

# What a tree is made of: a text, a failure (None), parts side by side (a list), a hole and a boundary (tuples).
LEAVES: st.SearchStrategy[Any] = st.sampled_from(["a", "b", "c", "d", None])
TREES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.lists(trees, min_size=1, max_size=3),
        st.tuples(st.just("hole"), trees),
        st.tuples(st.just("boundary"), trees),
    ),
    max_leaves=10,
)


class Unhandled(Exception):
    pass


def expected(tree: Any) -> str:
    """What ``tree`` looks like in the end."""
    match tree:
        case str():
            return tree
        case None:
            raise Unhandled
        case ("hole", inner):
            return expected(inner)
        case ("boundary", inner):
            try:
                return expected(inner)
            except Unhandled:
                return "sorry"
        case _:
            return "".join([expected(inner) for inner in tree])


def planted(flow: Flow, tree: Any, events: list[asyncio.Event]) -> Part:
    match tree:
        case str() | None:
            events.append(asyncio.Event())
            return rendered(Unhandled() if tree is None else tree, events[-1])
        case ("hole", inner):
            return Hole(planted(flow, inner, events), rendered("wait"))
        case ("boundary", inner):
            return Boundary(planted(flow, inner, events), always("sorry"))
        case _:
            return inside(flow, *[planted(flow, inner, events) for inner in tree])


@settings(deadline=None)
@given(TREES, st.randoms(use_true_random=False), st.booleans())
def test_in_whatever_order_parts_get_ready_the_document_becomes_what_it_is(
    tree: Any, random: Any, is_whole: bool
) -> None:
    async def rendering(flow: Flow, root: Part) -> str:
        shell = await flow.shell(root)
        return applied(shell, [chunk async for chunk in flow.late()])

    async def main() -> None:
        async with document(is_whole=is_whole) as flow:
            events: list[asyncio.Event] = []
            root = planted(flow, tree, events)
            task = asyncio.create_task(rendering(flow, root))
            random.shuffle(events)
            for event in events:
                event.set()
                for _ in range(random.randrange(30)):
                    await asyncio.sleep(0)
            try:
                html = re.sub(r'<template id="byway-\d+"></template>|<!--/byway-\d+-->', "", await task)
            except Unhandled:
                html = "failed"
        try:
            assert html == expected(tree)
        except Unhandled:
            assert html == "failed"

    asyncio.run(main())  # far quicker, many times over, than what `run` looks at


# --- Scripts ----------------------------------------------------------------------------------------------------------


def test_every_script_has_the_nonce_of_the_page() -> None:
    async def main() -> None:
        event = asyncio.Event()
        async with document(nonce="r4nd0m=") as flow:
            await flow.shell(inside(flow, *[Hole(rendered("x", event), rendered("wait")) for _ in range(2)]))
            late = Late(flow)
            event.set()
            html = "".join(await late()) + flow.instead("<p>sorry</p>")
            assert html.count("<script") == html.count('<script nonce="r4nd0m=">') == 3

    run(main())


def test_a_body_may_be_replaced_as_a_whole() -> None:
    html = Flow(is_whole=False).instead("<p>sorry</p>")
    assert html.startswith('<template id="byway-instead"><p>sorry</p></template><script>')
    assert "document.body.replaceChildren" in html


def test_the_shell_waits_for_what_is_shown_instead_of_something_that_has_failed_already() -> None:
    async def main() -> None:
        event = asyncio.Event()

        def handle(error: BaseException) -> Part | None:
            return rendered(after(event, "sorry")) if isinstance(error, LookupError) else None

        async with document() as flow:
            hole = Hole(Boundary(rendered(LookupError()), handle), rendered("wait"))
            shell = asyncio.create_task(flow.shell(hole))
            await turns()
            assert not shell.done()
            event.set()
            assert await shell == "sorry"

    run(main())
