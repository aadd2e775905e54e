"""What each part of a decision is worth in the simulated market: the whole beside itself without it.

python -m benchmarks.decisions_ablations [--seeds 3] [--weeks 26] [--customers 3000] [--scenario gym]

Outcomes are kept as those of ``benchmarks.decisions_market``.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.kept_markets import KEPT, Season
from benchmarks.row import REPORTED, Bar, Row, estimated
from benchmarks.showing import show
from passend.market.league import estimate
from passend.market.scenario import load_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMAND = "python -m benchmarks.decisions_ablations"
SCENARIOS = ("bicycle-shop", "insurer", "gym")
#: What is left out, and who plays without it.
PARTS = {
    "needs": "benchmarks.ablated:WithoutNeeds",
    "effects": "benchmarks.ablated:WithoutEffects",
    "rules": "benchmarks.ablated:WithoutRules",
    "choice (by lot)": "random",
}


def rows(
    seeds: int = 3, weeks: int = 26, customers: int = 3000, scenarios: Sequence[str] = SCENARIOS
) -> Iterator[Row]:
    """The whole less each ablation, in EUR of added profit."""
    season = Season(weeks, seeds, min(os.cpu_count() or 1, seeds), KEPT)
    for name in scenarios:
        scenario = load_scenario(name).changed({"customers.number": customers})
        players = ("passend", *PARTS.values())
        outcomes = season.played(scenario, players)
        gain = {
            player: np.array([one.incremental for one in outcomes if one.policy == player]) / 100
            for player in players
        }
        work = f"{name}: {customers:,} customers, {weeks} weeks, {seeds} markets"
        yield estimated(
            work, "added profit of the whole, EUR", estimate(gain["passend"]), REPORTED, command=COMMAND
        )
        for part, player in PARTS.items():
            lead = estimate(gain["passend"] - gain[player])
            yield estimated(
                work, f"the whole less itself without {part}, EUR", lead, Bar("above 0", lead.mean > 0), command=COMMAND
            )  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the rows; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--customers", type=int, default=3000)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    options = parser.parse_args(arguments)
    return show(rows(options.seeds, options.weeks, options.customers, options.scenario or SCENARIOS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
