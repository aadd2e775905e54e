"""How fast the simulated market is: the large market, twice its size, and the demo's shop.

python -m benchmarks market
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from benchmarks.showing import show

COMMAND = "python -m benchmarks.market_speed"
LARGE = {
    "customers.number": 100_000,
    "products.families": 125,
    "products.variants": 4,
    "market.history_weeks": 52,
}
SECONDS, GIGABYTES, DEMO_SECONDS, GROWTH = 300.0, 4.0, 20.0, 2.2


def rows() -> Iterator[Row]:
    """The bars, each measured in a process of its own."""
    half = kept(_measured, "electronics", LARGE | {"customers.number": 50_000})
    large = kept(_measured, "electronics", LARGE)
    seconds, peak = large["seconds"], large["gigabytes"]
    work = "100,000 customers x 500 products x 52 weeks"
    yield Row(work, "seconds", seconds, at_most(SECONDS, seconds), command=COMMAND)
    yield Row(work, "GB at the peak", peak, at_most(GIGABYTES, peak), command=COMMAND)
    times = seconds / half["seconds"]
    yield Row(work, "times the time of half of it", times, at_most(GROWTH, times), command=COMMAND)
    work = "the demo's shop: 8,000 customers, 18 months, order file"
    seconds = kept(_measured, "bicycle-shop", {"customers.number": 8_000})["seconds"]
    yield Row(work, "seconds", seconds, at_most(DEMO_SECONDS, seconds), command=COMMAND)


def _measured(scenario: str, changes: dict[str, int]) -> dict[str, float]:
    """Seconds and peak memory of making a market with its tables, loops already compiled."""
    command = [sys.executable, "-m", "benchmarks.market_speed", scenario]
    done = subprocess.run([*command, json.dumps(changes)], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(arguments: list[str]) -> int:
    """Make one market and print what it took; without arguments, print the rows."""
    if not arguments:
        return show(rows())
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from passend.market.world import Market

    Market(arguments[0], 1, {"customers.number": 50, "market.history_weeks": 5})  # compiles
    began = time.perf_counter()
    market = Market(arguments[0], 1, json.loads(arguments[1]))
    if arguments[0] == "bicycle-shop":
        with TemporaryDirectory() as folder:
            market.write_orders(Path(folder) / "orders.csv")
    else:
        market.tables()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"seconds": seconds, "gigabytes": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
