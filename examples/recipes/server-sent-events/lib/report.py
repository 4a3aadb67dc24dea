"""A long computation, here a simulated one. It blocks, so it runs in a worker thread, which nobody can stop."""

import time
from collections.abc import Iterator

from byway.server import AbortSignal

STEPS = 20


def compute(signal: AbortSignal) -> Iterator[int]:
    """Compute, telling how many per cent are done. Within a step, it is ``signal`` that says when to give up."""
    for step in range(1, STEPS + 1):
        for _ in range(5):
            signal.throw_if_aborted()
            time.sleep(0.01)  # a piece of work
        yield 100 * step // STEPS
