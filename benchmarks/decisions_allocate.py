"""The allocator: how near it comes to HiGHS's bound, and what a million customers take.

python -m benchmarks.decisions_allocate [--instances 200] [--customers 1000000]
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil

from benchmarks.allocation_worlds import linear_bound, random_problem
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, at_least, at_most
from benchmarks.showing import show
from passend.decisions.allocate import Problem, allocate

LEAST_SHARE = 0.998
MOST_SECONDS, MOST_GB, MOST_RATIO = 60.0, 4.0, 11.0
COMMAND = "python -m benchmarks.decisions_allocate"


def rows(instances: int = 200, customers: int = 1_000_000) -> Iterator[Row]:
    """A row for each bar."""
    yield from kept(_near_the_bound, instances)
    yield from _large(customers)


def _near_the_bound(instances: int) -> list[Row]:
    shares, broken, seconds, theirs, certified = [], 0, [], [], []
    allocate(random_problem(0, customers=50))
    for seed in range(instances):
        problem = random_problem(seed)
        started = time.perf_counter()
        found = allocate(problem)
        seconds.append(time.perf_counter() - started)
        started = time.perf_counter()
        bound = linear_bound(problem)
        theirs.append(time.perf_counter() - started)
        shares.append(found.value / bound)
        certified.append(found.gap)
        broken += _broken(problem, found.chosen)
    work = f"{instances} instances of 2,000 customers x 50 offers, all kinds of limits"
    least, most = min(shares), max(certified)
    told = f"mean {np.mean(shares):.5f}; {np.mean(seconds):.2f} s against HiGHS's {np.mean(theirs):.2f} s"
    return [
        Row(work, "least share of HiGHS's bound", least, at_least(LEAST_SHARE, least), told, least, max(shares),
            COMMAND),
        Row(work, "limits broken", broken, Bar("none", broken == 0), command=COMMAND),
        Row(work, "largest certified gap", most, baseline="the plan knows it without HiGHS", low=min(certified),
            high=most, command=COMMAND),
    ]  # fmt: skip


def _broken(problem: Problem, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> int:
    owner = np.repeat(np.arange(problem.n_customers), np.diff(problem.starts))[chosen]
    channels = problem.channel_room.shape[1]
    by_channel = np.bincount(owner * channels + problem.channel[chosen], minlength=problem.channel_room.size)
    pairs = owner.astype(np.int64) * 10**6 + problem.product[chosen]
    return int(
        (problem.usage(chosen) > problem.capacity).sum()
        + (np.bincount(owner, minlength=problem.n_customers) > problem.room).sum()
        + (by_channel > problem.channel_room.ravel()).sum()
        + (len(pairs) - len(np.unique(pairs)))
    )


def _large(customers: int) -> Iterator[Row]:
    small, large = kept(_measured, customers // 10), kept(_measured, customers)
    work = f"{customers:,} customers x 20 offers"
    seconds, peak, ratio = large["seconds"], large["gb"], large["seconds"] / small["seconds"]
    gap = f"certified gap {large['gap']:.4%}"
    yield Row(work, "seconds", seconds, at_most(MOST_SECONDS, seconds), gap, command=COMMAND)
    included = "the offers themselves included"
    yield Row(work, "peak GB", peak, at_most(MOST_GB, peak), included, command=COMMAND)
    measure, told = "time over that of a tenth of the customers", f"{small['seconds']:.1f} s"
    yield Row(work, measure, ratio, at_most(MOST_RATIO, ratio), told, command=COMMAND)


def _measured(customers: int) -> dict[str, float]:
    """One allocation in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.decisions_allocate", "--one", str(customers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _one(customers: int) -> dict[str, float]:
    allocate(random_problem(0, customers=50, offers=20))
    problem = random_problem(3, customers, 20)
    process, peak, over = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    started = time.perf_counter()
    found = allocate(problem)
    seconds = time.perf_counter() - started
    over.set()
    watcher.join()
    return {"seconds": seconds, "gb": peak[0] / 1e9, "gap": found.gap}


def main() -> int:
    """Print the rows alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_one(options.one)))
        return 0
    return show(rows(options.instances, options.customers))


if __name__ == "__main__":
    sys.exit(main())
