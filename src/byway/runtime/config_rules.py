"""The rules of a config: its functions are called when the app is loaded, and what they return is checked."""

from __future__ import annotations

import asyncio
import inspect
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from byway.config import Config
from byway.problems import Problem
from byway.routing.rule_reading import RawRules, read_rules
from byway.routing.rules import Rules

CONFIG_FILE = "byway_config.py"
_KINDS = ("headers", "redirects", "rewrites")


def load_rules(config: Config, locate: Callable[[BaseException], str | None]) -> tuple[Rules, list[Problem]]:
    """The rules of ``config``, and the problems that they have.

    ``locate`` tells for an exception the line of the project, ``file:line``, where it was raised.
    """
    problems: list[Problem] = []
    returned: dict[str, object] = {}
    for name in _KINDS:
        function: Callable[[], Any] | None = getattr(config, name)
        if function is None:
            continue
        try:
            returned[name] = call_now(function)
            what = f"{name}() returned nothing." if returned[name] is None else None
        except Exception as error:
            told = "".join(traceback.format_exception_only(error)).strip()
            problems.append(
                Problem(
                    locate(error) or CONFIG_FILE,
                    f"{name}() of Config failed: {told}",
                    "Mend what raises at that line; the function is called once, when the app is loaded.",
                )
            )
        else:
            if what is not None:
                problems.append(Problem(CONFIG_FILE, what, "Return a list of rules, an empty one when there are none."))
    rules, mistakes = read_rules(RawRules(**returned), config.base_path)
    problems += [Problem(CONFIG_FILE, mistake.what, mistake.cure) for mistake in mistakes]
    return rules, problems


def call_now(function: Callable[[], Any]) -> Any:
    """What ``function`` returns; when that can be awaited, what it gives, before this returns."""
    result = function()
    if not inspect.isawaitable(result):
        return result

    async def give() -> Any:
        return await result

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(give())
    return _run_aside(give())


def _run_aside(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What ``coroutine`` gives, run in a thread: whoever embeds an app may load it on a running loop."""
    result: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(asyncio.run(coroutine))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
