"""Whether what a plan promises comes true: its 95 % interval beside the truth, in many markets.

python -m benchmarks.decisions_promise [--seeds 10] [--null-seeds 20] [--customers 3000]
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.decisions_first_plans import ONE, SCENARIOS
from benchmarks.first_plan_worlds import first_plan, market_of
from benchmarks.kept import kept
from benchmarks.row import REPORTED, Row, at_least
from benchmarks.showing import show

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = "python -m benchmarks.decisions_promise"


def rows(seeds: int = 10, null_seeds: int = 20, customers: int = 3000) -> Iterator[Row]:
    """How often the truth is within the interval; and how wide that is."""
    found = [kept(promised, name, seed, customers) for name in SCENARIOS for seed in range(1, seeds + 1)]
    held = [one["low"] <= one["true"] <= one["high"] for one in found]
    share = float(np.mean(held))
    work = f"first plans in {len(found)} markets"
    yield Row(work, "95 % intervals that hold the truth", share, at_least(0.9, share), command=COMMAND)
    width = float(np.median([(one["high"] - one["low"]) / max(one["value"], 1.0) for one in found]))
    yield Row(work, "width of the interval over the promise, the median", width, REPORTED, command=COMMAND)
    null = [kept(promised, "no-effect", seed, customers) for seed in range(1, null_seeds + 1)]
    zero = float(np.mean([one["low"] <= 0.0 <= one["high"] for one in null]))
    work = f"no-effect, {null_seeds} markets"
    yield Row(work, "intervals that hold 0", zero, at_least(0.9, zero), command=COMMAND)
    yield Row(
        work, "offers a plan", float(np.mean([one["offers"] for one in null])), REPORTED, command=COMMAND
    )


def promised(name: str, seed: int, customers: int) -> dict[str, Any]:
    """What a first plan promises, and what its offers would bring, in EUR."""
    plan = first_plan(market_of(name, seed, customers), settings=ONE)
    said = plan.summary
    return {
        "offers": len(plan.true), "true": float(plan.true.sum() / 100), "value": (said.value_cents or 0.0) / 100,
        "low": (said.value_low_cents or 0.0) / 100, "high": (said.value_high_cents or 0.0) / 100,
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the rows; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--null-seeds", type=int, default=20)
    parser.add_argument("--customers", type=int, default=3000)
    options = parser.parse_args(arguments)
    return show(rows(options.seeds, options.null_seeds, options.customers))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
