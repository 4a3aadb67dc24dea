"""`redirect()`, `not_found()` and their like: they leave the handler, and nothing that catches errors stops them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from byway import navigation
from byway.runtime.control_flow import ControlFlow, HTTPInterrupt, Redirect, as_control_flow
from byway.server import URL
from byway.testing import Client

from ..support import route, write_app

FORM = "application/x-www-form-urlencoded"

APP = {
    "app/do/[what]/route.py": """
        ACTIONS = {
            "redirect": lambda: redirect("/target?a=1#b"),
            "permanent": lambda: permanent_redirect("/target"),
            "push": lambda: redirect("/target", "push"),
            "missing": not_found,
            "forbidden": forbidden,
            "unauthorized": unauthorized,
        }

        async def GET(request: Request, ctx: RouteContext):
            cookies().set("a", "1")
            try:
                ACTIONS[ctx.params["what"]]()
            except Exception:
                return Response("swallowed")

        POST = PUT = GET

        def PATCH(request: Request, ctx: RouteContext):
            cookies().set("a", "1")
            ACTIONS[ctx.params["what"]]()
    """,
    "app/url/route.py": """
        async def GET(request: Request):
            target = request.url.clone()
            target.pathname = "/é"
            target.search = ""
            redirect(target)
    """,
    "app/group/route.py": """
        async def fail(): raise ValueError("a fault")
        async def leave(): not_found()
        async def go(): redirect("/first")

        async def GET():
            async with asyncio.TaskGroup() as group:
                group.create_task(go())

        async def POST():
            raise BaseExceptionGroup("nested", [BaseExceptionGroup("inner", [catch(go), catch(leave)])])

        async def PUT():
            raise BaseExceptionGroup("mixed", [catch(go), ValueError("a fault")])

        def catch(function):
            try:
                function().send(None)
            except BaseException as error:
                return error

        async def PATCH():
            await asyncio.gather(leave(), asyncio.sleep(0))
    """,
    "app/rethrow/route.py": """
        from byway.navigation import unstable_rethrow

        async def GET():
            try:
                redirect("/target")
            except BaseException as error:
                unstable_rethrow(error)
                return Response("swallowed")

        async def POST():
            try:
                try:
                    not_found()
                except BaseException as error:
                    raise ValueError from error
            except ValueError as error:
                unstable_rethrow(error)

        async def PUT():
            try:
                raise ValueError
            except ValueError as error:
                unstable_rethrow(error)
                return Response("went on")

        async def PATCH():
            try:
                redirect("/target")
            except BaseException:
                raise

        async def DELETE():
            try:
                redirect("/target")
            finally:
                cookies().set("finally", "1")
    """,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    root = write_app(tmp_path_factory.mktemp("app"), {name: route(text) for name, text in APP.items()})
    with Client(root) as client:
        yield client


@pytest.fixture(autouse=True)
def no_cookies(client: Client) -> None:
    client.cookies.clear()


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize(
    ("what", "status"),
    [("redirect", 307), ("permanent", 308), ("push", 307), ("missing", 404), ("forbidden", 403), ("unauthorized", 401)],
)
def test_each_has_its_status_and_no_body_though_except_exception_stands_around_it(
    client: Client, method: str, what: str, status: int
) -> None:
    answer = client.request(method, f"/do/{what}")
    assert (answer.status_code, answer.content) == (status, b"")
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("what", ["redirect", "permanent", "push"])
def test_cookies_set_before_a_redirect_are_sent(client: Client, what: str) -> None:
    assert client.get(f"/do/{what}").headers["set-cookie"].startswith("a=1;")


@pytest.mark.parametrize("what", ["missing", "forbidden", "unauthorized"])
def test_cookies_set_before_the_others_are_not(client: Client, what: str) -> None:
    assert "set-cookie" not in client.get(f"/do/{what}").headers


def test_a_location_goes_out_as_it_was_given(client: Client) -> None:
    assert client.get("/do/redirect").headers["location"] == "/target?a=1#b"
    assert client.get("/url?x=1").headers["location"] == "http://testserver/%C3%A9"


@pytest.mark.parametrize(
    ("method", "content_type", "status"),
    [
        ("POST", FORM, 303),
        ("POST", f"{FORM}; charset=UTF-8", 303),
        ("POST", f" {FORM.upper()} ;x", 303),
        ("POST", "multipart/form-data; boundary=B", 303),
        ("POST", "application/json", 307),
        ("POST", "text/plain", 307),
        ("POST", None, 307),
        ("PUT", FORM, 307),
        ("GET", FORM, 307),
    ],
)
def test_only_a_form_post_is_redirected_with_303(
    client: Client, method: str, content_type: str | None, status: int
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    assert client.request(method, "/do/redirect", headers=headers).status_code == status
    permanent = client.request(method, "/do/permanent", headers=headers)
    assert permanent.status_code == (303 if status == 303 else 308)


def test_a_group_whose_leaves_are_all_control_flow_acts_as_its_first(client: Client) -> None:
    answers = [client.get("/group"), client.post("/group")]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(307, "/first")] * 2
    assert client.patch("/group").status_code == 404


def test_a_group_with_a_fault_in_it_is_a_500(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.put("/group").status_code == 500
    assert "a fault" in caplog.text


def test_unstable_rethrow_raises_control_flow_and_nothing_else(client: Client) -> None:
    assert client.get("/rethrow").status_code == 307
    assert client.post("/rethrow").status_code == 404
    assert client.put("/rethrow").text == "went on"


def test_except_base_exception_with_a_bare_raise_and_finally_are_fine(client: Client) -> None:
    assert client.patch("/rethrow").status_code == 307
    answer = client.delete("/rethrow")
    assert (answer.status_code, answer.headers["set-cookie"].partition(";")[0]) == (307, "finally=1")


def test_control_flow_raises_and_is_no_exception() -> None:
    acts: list[Callable[[], Any]] = [
        lambda: navigation.redirect("/"),
        lambda: navigation.permanent_redirect(URL("http://a/")),
        navigation.not_found,
        navigation.forbidden,
        navigation.unauthorized,
    ]
    for act in acts:
        with pytest.raises(ControlFlow) as caught:
            act()
        assert not isinstance(caught.value, Exception)


def test_a_redirect_to_nothing_or_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError) as caught:
        navigation.redirect("")
    assert str(caught.value) == "A redirect needs a URL; got an empty one."
    with pytest.raises(ValueError) as caught:
        navigation.redirect("/", "back")  # type: ignore[arg-type]
    assert str(caught.value) == 'A redirect\'s type is "replace" or "push", not \'back\'.'


def test_as_control_flow_looks_into_groups() -> None:
    flow = HTTPInterrupt(404)
    other = Redirect("/", permanent=False)
    assert as_control_flow(flow) is flow
    assert as_control_flow(BaseExceptionGroup("", [flow, other])) is flow
    assert as_control_flow(BaseExceptionGroup("", [BaseExceptionGroup("", [other]), flow])) is other
    assert as_control_flow(BaseExceptionGroup("", [flow, ValueError()])) is None
    assert as_control_flow(ValueError()) is None
    assert as_control_flow(asyncio.CancelledError()) is None


def test_head_is_redirected_as_get_is(client: Client) -> None:
    answer = client.head("/do/redirect")
    assert (answer.status_code, answer.headers["location"]) == (307, "/target?a=1#b")


def test_unstable_rethrow_comes_to_an_end_when_causes_go_round() -> None:
    own, first, second = ValueError("own"), ValueError("first"), ValueError("second")
    own.__cause__ = own
    first.__cause__, second.__cause__ = second, first
    for error in (own, first):
        navigation.unstable_rethrow(error)
