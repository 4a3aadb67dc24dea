"""Which layouts wrap a page, and the parameters that each of them sees."""

from __future__ import annotations

from byway.routing.layouts import Layout, folders_of, layouts_of


def test_every_layout_from_the_apps_root_down_to_the_page_wraps_it_root_first() -> None:
    files = ["app/layout.py", "app/blog/layout.py", "app/blog/[slug]/page.py", "app/shop/layout.py"]
    assert [one.file for one in layouts_of("app/blog/[slug]/page.py", files)] == files[:2]


def test_a_layout_in_the_pages_own_folder_wraps_it() -> None:
    assert [one.file for one in layouts_of("app/a/page.py", {"app/a/layout.py"})] == ["app/a/layout.py"]


def test_route_groups_have_layouts() -> None:
    files = {"app/(site)/layout.py", "app/(admin)/layout.py"}
    assert [one.file for one in layouts_of("app/(site)/about/page.py", files)] == ["app/(site)/layout.py"]


def test_a_layout_sees_the_parameters_down_to_its_own_folder() -> None:
    files = [
        "src/app/layout.py",
        "src/app/[team]/layout.py",
        "src/app/[team]/(g)/layout.py",
        "src/app/[team]/(g)/x/[...rest]/layout.py",
    ]
    assert layouts_of("src/app/[team]/(g)/x/[...rest]/page.py", files) == (
        Layout(files[0], ()),
        Layout(files[1], ("team",)),
        Layout(files[2], ("team",)),
        Layout(files[3], ("team", "rest")),
    )


def test_the_layout_beside_the_app_folder_is_none_of_the_apps() -> None:
    assert layouts_of("src/app/page.py", {"src/layout.py", "layout.py"}) == ()


def test_the_folders_of_a_page_are_all_those_from_the_apps_down_with_their_parameters() -> None:
    assert folders_of("src/app/[team]/(g)/x/[...rest]/page.py") == (
        ("src/app", ()),
        ("src/app/[team]", ("team",)),
        ("src/app/[team]/(g)", ("team",)),
        ("src/app/[team]/(g)/x", ("team",)),
        ("src/app/[team]/(g)/x/[...rest]", ("team", "rest")),
    )
    assert folders_of("app/page.py") == (("app", ()),)
