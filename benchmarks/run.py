"""Runs the benchmarks: ``python benchmarks/run.py [serve|servers|matcher|pipeline|…|images|all]``."""

from __future__ import annotations

import argparse
import signal
import sys

import environment

BENCHMARKS = ("serve", "servers", "matcher", "pipeline", "cold-start", "reload", "cache", "images")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", nargs="?", choices=[*BENCHMARKS, "all"], default="serve")
    parser.add_argument("--seconds", type=float, default=5, help="length of each measurement under load (5)")
    parser.add_argument("--rounds", type=int, default=3, help="times that everything is measured (3)")
    parser.add_argument("--only", default="", help="names of servers, with commas between: byway,starlette")
    parser.add_argument("--seed", type=int, default=1, help="seed of the shuffled order (1)")
    given = parser.parse_args()
    environment.enter_venv()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that servers are stopped, too

    # What follows needs the packages of the environment entered above.
    import suite

    only = frozenset(given.only.split(",")) if given.only else None
    options = suite.Options(seconds=given.seconds, rounds=given.rounds, only=only, seed=given.seed)
    for name in BENCHMARKS if given.benchmark == "all" else (given.benchmark,):
        suite.BENCHMARKS[name](options)


if __name__ == "__main__":
    main()
