"""The commands: new, dev, build, start, routes, typegen, info."""

from __future__ import annotations

import errno
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from byway.build import build
from byway.build.manifest import read_manifest, route_entries
from byway.build.route_table import route_table
from byway.build.typegen import write_types
from byway.cli.console import LOG_LEVELS, console, errors
from byway.cli.scaffold import scaffold
from byway.cli.serve import Options, check_port, free_port, serve
from byway.problems import AppError
from byway.routing.scan import find_app_dir
from byway.runtime.loading import load_app, load_config
from byway.runtime.threads import THREAD_NAME
from byway.version import VERSION

F = TypeVar("F", bound=Callable[..., Any])

# Seconds that a thread is given to end, when it has no work.
_PATIENCE = 0.1


class _Commands(click.Group):
    """Shows an app's problems, and what the system refuses, as messages rather than tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AppError as error:
            errors.print(f"[red]✗[/red] {len(error.problems)} problem{'s' if len(error.problems) > 1 else ''}\n")
            for problem in error.problems:
                errors.print(f"{problem}\n", markup=False, soft_wrap=True)
            if _has_busy_threads():
                # Python would wait for them, for ever perhaps: a build has given them up.
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(1)
            ctx.exit(1)


def _has_busy_threads() -> bool:
    """Whether a ``def`` handler or the like is at work still; a thread without work ends in a moment."""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)]
    for thread in threads:
        thread.join(_PATIENCE)
        if thread.is_alive():
            return True
    return False


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-v", "--version", message="Byway %(version)s")
def main() -> None:
    """Byway, the App Router for Python."""


_directory = click.argument(
    "directory", default=".", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
)


def _serving_options(host: str) -> Callable[[F], F]:
    """The options that ``dev`` and ``start`` share."""

    def add(function: F) -> F:
        for option in (
            click.option("--log-level", type=click.Choice(LOG_LEVELS), default="info", show_default=True),
            click.option(
                "--access-log",
                type=click.Choice(["text", "json", "off"]),
                default="text",
                show_default=True,
                help="A line for each answer.",
            ),
            click.option("-H", "--hostname", envvar="HOSTNAME", default=host, show_default=True),
            click.option("-p", "--port", envvar="PORT", type=click.IntRange(0, 65535), default=3000, show_default=True),
        ):
            function = option(function)
        return function

    return add


@main.command()
@_directory
@_serving_options("127.0.0.1")
@click.pass_context
def dev(ctx: click.Context, directory: Path, port: int, hostname: str, log_level: str, access_log: str) -> None:
    """Serve DIRECTORY while you work on it.

    A change of its files is seen at once, and errors are shown in the browser.
    """
    if ctx.get_parameter_source("port") is click.core.ParameterSource.DEFAULT:
        wanted, port = port, _choose_port(free_port, hostname, port)
        if port != wanted:
            errors.print(f"[yellow]![/yellow] Port {wanted} is in use; this server takes {port} instead.")
    else:
        port = _choose_port(check_port, hostname, port)
    _warn(directory)
    serve(
        Options(
            root=directory,
            host=hostname,
            port=port,
            log_level=log_level,
            access_log=_access_log(access_log),
            dev=True,
            shutdown_timeout=1.0,
            started=time.time(),
        ),
        _announce,
    )


@main.command(name="build")
@_directory
def build_command(directory: Path) -> None:
    """Check and build DIRECTORY.

    Everything in it is imported and checked, and its static answers are made; `byway start` serves the result.
    """
    started = time.perf_counter()
    _warn(directory)
    columns = TextColumn("Making static answers"), BarColumn(), MofNCompleteColumn()
    bar = Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
    with bar:
        task = bar.add_task("", visible=False)
        app, manifest = build(
            directory, progress=lambda done, of: bar.update(task, completed=done, total=of, visible=True)
        )
    app.close()
    try:
        write_types(directory)
    except AppError as error:  # The build is good without them.
        errors.print(f"[yellow]![/yellow] {error.problems[0].what}", soft_wrap=True)
    console.print(route_table(manifest.routes, manifest.proxy), soft_wrap=True)
    seconds = time.perf_counter() - started
    console.print(f"\n[green]✓[/green] Built in {seconds:.2f} s. Serve it with [bold]byway start[/bold].")


@main.command()
@_directory
@_serving_options("0.0.0.0")  # noqa: S104
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that answer.")
@click.option("--uds", type=click.Path(path_type=Path), help="Listen on this unix socket instead of a port.")
def start(
    directory: Path, port: int, hostname: str, log_level: str, access_log: str, workers: int, uds: Path | None
) -> None:
    """Serve the build of DIRECTORY."""
    _warn(directory)
    manifest = read_manifest(directory, directory / load_config(directory, "production").dist_dir)
    if uds is None:
        port = _choose_port(check_port, hostname, port)
    serve(
        Options(
            root=directory,
            host=hostname,
            port=port,
            socket_path=uds,
            workers=workers,
            log_level=log_level,
            access_log=_access_log(access_log),
            shutdown_timeout=manifest.shutdown_timeout,
            started=time.time(),
        ),
        _announce,
    )


@main.command()
@_directory
def routes(directory: Path) -> None:
    """Print the routes of DIRECTORY."""
    _warn(directory)
    app = load_app(directory, "production")
    proxy = None if app.proxy is None else app.proxy.file
    console.print(route_table(route_entries(app), proxy), soft_wrap=True)
    app.close()


@main.command()
@_directory
def typegen(directory: Path) -> None:
    """Write the types of the routes of DIRECTORY.

    Type checkers and editors then know the parameters of each route; `byway dev` and `byway build` do the same.
    """
    _warn(directory)
    path, number = write_types(directory)
    of = f"{number} route{'' if number == 1 else 's'}"
    console.print(f"[green]✓[/green] Types of {of} in [bold]{path.name}[/bold].")


@main.command()
def info() -> None:
    """Print versions, for a bug report."""
    console.print(f"Byway {VERSION}")
    console.print(f"Python {platform.python_version()} ({platform.python_implementation()})")
    console.print(f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} CPUs")
    for package in ("granian", "uvloop", "msgspec", "multipart", "httpx2", "watchfiles", "click", "rich", "pydantic"):
        try:
            console.print(f"{package} {version(package)}")
        except PackageNotFoundError:
            console.print(f"{package} not installed", style="dim")


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
def new(directory: Path) -> None:
    """Make a small app in the new folder DIRECTORY."""
    try:
        files = scaffold(directory)
    except FileExistsError as error:
        raise click.ClickException(str(error)) from None
    for file in files:
        console.print(Text.assemble("  ", ("+", "green"), " ", file), soft_wrap=True)
    console.print(f"\nNext: [bold]cd {directory}[/bold], then [bold]byway dev[/bold].", soft_wrap=True)


def _warn(directory: Path) -> None:
    """Say what lies in ``directory`` and is ignored; the processes that serve it do not."""
    for warning in find_app_dir(directory).warnings:
        errors.print(f"[yellow]![/yellow] {warning}", soft_wrap=True)


def _access_log(choice: str) -> Any:
    return None if choice == "off" else choice


def _choose_port(choose: Callable[[str, int], int], host: str, port: int) -> int:
    try:
        return choose(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"Port {port} on {host} is in use. Stop what uses it, or choose another one with --port."
            ) from None
        if error.errno == errno.EACCES:
            raise click.ClickException(f"Port {port} needs privileges; choose one above 1023 with --port.") from None
        raise click.ClickException(f"Cannot listen on {host}: {error.strerror}. Choose another --hostname.") from None


def _announce(options: Options) -> None:
    """Tell where the app is."""
    seconds = time.time() - options.started
    console.print(f"[bold]Byway[/bold] {VERSION}{' · development' if options.dev else ''}")
    console.print(f"  [green]✓[/green] Ready in {seconds * 1000:.0f} ms at [bold]{options.url}[/bold]", soft_wrap=True)
