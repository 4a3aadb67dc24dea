from __future__ import annotations

from pathlib import Path

import pytest

from byway.problems import Problem
from byway.routing.scan import find_app_dir, scan, scan_project, scan_public


def write(root: Path, *files: str) -> None:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_app_at_the_root_is_the_app(tmp_path: Path) -> None:
    write(tmp_path, "app/route.py")
    project = find_app_dir(tmp_path)
    assert (project.app_dir, project.source_dir) == (tmp_path / "app", tmp_path)
    assert (project.warnings, project.problems) == ((), ())


def test_app_below_src_is_the_app_when_the_root_has_none(tmp_path: Path) -> None:
    write(tmp_path, "src/app/route.py", "src/pages/api/x.py", "app.py")
    project = find_app_dir(tmp_path)
    assert (project.app_dir, project.source_dir) == (tmp_path / "src" / "app", tmp_path / "src")
    assert (project.warnings, project.problems) == ((), ())


def test_app_at_the_root_makes_src_ignored_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "app/route.py", "src/app/route.py", "src/pages/api/x.py")
    project = find_app_dir(tmp_path)
    assert project.app_dir == tmp_path / "app"
    assert project.warnings == (
        '"src/app" is ignored because "app" exists at the root of the project. Keep one of them.',
        '"src/pages" is ignored because "app" exists at the root of the project. Keep one of them.',
    )


def test_pages_at_the_root_makes_src_app_ignored_too(tmp_path: Path) -> None:
    write(tmp_path, "pages/api/x.py", "src/app/route.py")
    project = find_app_dir(tmp_path)
    assert (project.app_dir, project.source_dir) == (None, tmp_path)
    assert project.warnings == (
        '"src/app" is ignored because "pages" exists at the root of the project. Keep one of them.',
    )


def test_a_project_without_app_folder_is_told_what_to_create(tmp_path: Path) -> None:
    assert find_app_dir(tmp_path).problems == (
        Problem(
            "app",
            'The project has no "app" folder.',
            'Create the folder, with a first route in "app/route.py".',
        ),
    )


def test_an_app_folder_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/route.py", "project/x")
    link(tmp_path / "project/app", tmp_path / "elsewhere")
    project = find_app_dir(tmp_path / "project")
    assert project.app_dir is None
    assert project.problems == (
        Problem(
            "app",
            'The folder "app" is a symbolic link that leads out of the project.',
            "Put the folder itself into the project.",
        ),
    )


def test_a_relative_root_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "app/a/route.py")
    monkeypatch.chdir(tmp_path)
    project = find_app_dir(Path())
    assert project.app_dir == tmp_path / "app"
    assert scan(Path("app"), Path()) == ("app/a/route.py",)


def test_files_are_listed_below_the_root_in_order(tmp_path: Path) -> None:
    write(tmp_path, "src/app/b/[id]/route.py", "src/app/a/page.py", "src/app/icon.png", "src/lib/x.py", "other.py")
    assert scan(tmp_path / "src/app", tmp_path) == (
        "src/app/a/page.py",
        "src/app/b/[id]/route.py",
        "src/app/icon.png",
    )


def test_caches_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "app/route.py", "app/__pycache__/route.cpython-313.pyc", "app/.hidden", "app/.git/route.py")
    assert scan(tmp_path / "app", tmp_path) == ("app/route.py",)


def test_the_well_known_folder_is_not_hidden(tmp_path: Path) -> None:
    write(tmp_path, "app/.well-known/change-password/route.py", "app/.well-known/.hidden/route.py")
    assert scan(tmp_path / "app", tmp_path) == ("app/.well-known/change-password/route.py",)


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system makes no symbolic links")


def test_links_inside_the_project_are_followed(tmp_path: Path) -> None:
    write(tmp_path, "shared/x/route.py", "app/a/route.py")
    link(tmp_path / "app/linked", tmp_path / "shared")
    link(tmp_path / "app/page.py", tmp_path / "app/a/route.py")
    assert scan(tmp_path / "app", tmp_path) == ("app/a/route.py", "app/linked/x/route.py", "app/page.py")


def test_links_out_of_the_project_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "outside/route.py", "project/app/route.py")
    link(tmp_path / "project/app/folder", tmp_path / "outside")
    link(tmp_path / "project/app/page.py", tmp_path / "outside/route.py")
    assert scan(tmp_path / "project/app", tmp_path / "project") == ("app/route.py",)


def test_loops_and_broken_links_end(tmp_path: Path) -> None:
    write(tmp_path, "app/a/route.py", "app/b/route.py")
    link(tmp_path / "app/a/up", tmp_path / "app")
    link(tmp_path / "app/a/b", tmp_path / "app/b")
    link(tmp_path / "app/b/a", tmp_path / "app/a")
    link(tmp_path / "app/self", tmp_path / "app/self")
    link(tmp_path / "app/broken", tmp_path / "app/nothing")
    assert scan(tmp_path / "app", tmp_path) == (
        "app/a/b/route.py",
        "app/a/route.py",
        "app/b/a/route.py",
        "app/b/route.py",
    )


def test_the_scan_works_through_a_linked_root(tmp_path: Path) -> None:
    write(tmp_path, "real/app/route.py")
    link(tmp_path / "root", tmp_path / "real")
    assert scan(tmp_path / "root/app", tmp_path / "root") == ("app/route.py",)
    assert find_app_dir(tmp_path / "root").app_dir == tmp_path / "root/app"


def test_public_files_are_found_by_their_url_path(tmp_path: Path) -> None:
    write(tmp_path, "public/logo.svg", "public/img/two words.png", "public/.well-known/security.txt", "secret")
    link(tmp_path / "public/secret", tmp_path / "secret")
    found = scan_public(tmp_path)
    assert found == {
        "/.well-known/security.txt": tmp_path / "public/.well-known/security.txt",
        "/img/two words.png": tmp_path / "public/img/two words.png",
        "/logo.svg": tmp_path / "public/logo.svg",
    }
    assert list(found) == sorted(found)


def test_a_project_needs_no_public_folder(tmp_path: Path) -> None:
    assert scan_public(tmp_path) == {}


def test_pages_api_alone_is_an_app(tmp_path: Path) -> None:
    write(tmp_path, "pages/api/x.py")
    project = find_app_dir(tmp_path)
    assert (project.app_dir, project.pages_dir, project.problems) == (None, tmp_path / "pages", ())
    assert scan_project(project) == ("pages/api/x.py",)


def test_pages_below_src_lies_beside_app(tmp_path: Path) -> None:
    write(tmp_path, "src/app/route.py", "src/pages/api/x.py", "src/pages/api/.hidden.py")
    project = find_app_dir(tmp_path)
    assert (project.app_dir, project.pages_dir) == (tmp_path / "src/app", tmp_path / "src/pages")
    assert scan_project(project) == ("src/app/route.py", "src/pages/api/x.py")


def test_pages_without_an_api_folder_is_no_app(tmp_path: Path) -> None:
    write(tmp_path, "pages/index.tsx")
    assert [problem.what for problem in find_app_dir(tmp_path).problems] == ['The project has no "app" folder.']


def test_a_pages_folder_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/api/x.py", "project/app/route.py")
    link(tmp_path / "project/pages", tmp_path / "elsewhere")
    project = find_app_dir(tmp_path / "project")
    assert project.pages_dir is None
    assert [problem.what for problem in project.problems] == [
        'The folder "pages" is a symbolic link that leads out of the project.'
    ]
