"""The allocator: how near it comes to HiGHS's bound, and what a million customers take.

python -m benchmarks.decisions_allocate [--instances 200] [--customers 1000000]
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import psutil

from benchmarks.allocation_worlds import linear_bound, random_problem
from passend.decisions.allocate import Problem, allocate

LEAST_SHARE = 0.998
MOST_SECONDS, MOST_GB, MOST_RATIO = 60.0, 4.0, 11.0
COMMAND = "python -m benchmarks.decisions_allocate"


def rows(instances: int = 200, customers: int = 1_000_000) -> list[dict[str, Any]]:
    """A row for each bar."""
    return [*_near_the_bound(instances), *_large(customers)]


def _near_the_bound(instances: int) -> list[dict[str, Any]]:
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
    common = {
        "work": f"{instances} instances of 2,000 customers x 50 offers, all kinds of limits",
        "command": COMMAND,
    }
    return [
        {**common, "measure": "least share of HiGHS's bound", "value": min(shares), "low": min(shares),
         "high": max(shares), "baseline": f"mean {np.mean(shares):.5f}; {np.mean(seconds):.2f} s against HiGHS's "
         f"{np.mean(theirs):.2f} s", "bar": f"at least {LEAST_SHARE:g}", "met": min(shares) >= LEAST_SHARE},
        {**common, "measure": "limits broken", "value": broken, "baseline": "", "bar": "none", "met": broken == 0},
        {**common, "measure": "largest certified gap", "value": max(certified), "low": min(certified),
         "high": max(certified), "baseline": "the plan knows it without HiGHS", "bar": "reported", "met": None},
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


def _large(customers: int) -> list[dict[str, Any]]:
    small, large = _measured(customers // 10), _measured(customers)
    common = {"work": f"{customers:,} customers x 20 offers", "command": COMMAND}
    ratio = large["seconds"] / small["seconds"]
    return [
        {**common, "measure": "seconds", "value": large["seconds"], "baseline": f"certified gap {large['gap']:.4%}",
         "bar": f"at most {MOST_SECONDS:g}", "met": large["seconds"] <= MOST_SECONDS},
        {**common, "measure": "peak GB", "value": large["gb"], "baseline": "the offers themselves included",
         "bar": f"at most {MOST_GB:g}", "met": large["gb"] <= MOST_GB},
        {**common, "measure": "time over that of a tenth of the customers", "value": ratio,
         "baseline": f"{small['seconds']:.1f} s", "bar": f"at most {MOST_RATIO:g}", "met": ratio <= MOST_RATIO},
    ]  # fmt: skip


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
    measured = rows(options.instances, options.customers)
    print(json.dumps(measured, indent=1, default=str))
    return int(any(row["met"] is False for row in measured))


if __name__ == "__main__":
    sys.exit(main())
