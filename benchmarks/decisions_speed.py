"""How long decisions take: a large firm with all its tables from files to plan and report, and a year of a market.

python -m benchmarks.decisions_speed [--customers 100000]

Processor time is told beside seconds, since it does not hang on what else a machine does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.first_plan_worlds import market_of, written
from benchmarks.foundation import measured
from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from benchmarks.showing import show
from passend.market.play import play
from passend.market.scenario import load_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = "python -m benchmarks.decisions_speed"
#: Trades of up to 100 products.
SMALL = ("bicycle-shop", "insurer", "gym")
SECONDS, GIGABYTES, YEAR = 40.0, 2.5, 60.0


def rows(customers: int = 100_000) -> Iterator[Row]:
    """The bars of time and memory."""
    seconds, peak = kept(_large, customers)
    work = f"{customers:,} customers with all tables, files to report"
    yield Row(work, "seconds", seconds, at_most(SECONDS, seconds), command=COMMAND)
    yield Row(work, "peak GB", peak, at_most(GIGABYTES, peak), command=COMMAND)
    for name in SMALL:
        spent = kept(_year, name)
        work = f"{name}: a market year of 3,000 customers"
        yield Row(work, "seconds of processor time", spent, at_most(YEAR, spent), command=COMMAND)


def _large(customers: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        run = measured(*written(market_of("bicycle-shop", 1, customers), Path(folder)))
    return run.seconds, run.peak_gb


def _year(name: str) -> float:
    scenario = load_scenario(name).changed({"customers.number": 3000})
    play(scenario, ("passend",), 2, [1])  # compiles
    began = time.process_time()
    play(scenario, ("passend",), 52, [1])
    return time.process_time() - began


def main(arguments: list[str]) -> int:
    """Print the rows; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    return show(rows(parser.parse_args(arguments).customers))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
