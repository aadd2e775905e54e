"""What decisions earn in the simulated market, beside the ceilings and the baselines.

python -m benchmarks.decisions_market [--seeds 20] [--weeks 52] [--customers 3000] [--jobs 2] [--keep FOLDER]
    [--scenario gym]

It takes hours. It can be stopped, and goes on where it was: outcomes are kept in a folder, ``benchmarks/.kept``.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.kept_markets import KEPT, Season
from benchmarks.row import REPORTED, Bar, Row, at_least, at_most, estimated
from benchmarks.showing import show
from passend.market.league import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMAND = "python -m benchmarks.decisions_market"
TRADES = ("bicycle-shop", "electronics", "insurer", "gym", "b2b-parts")
SCENARIOS = (*TRADES, "odd", "alike", "harmful", "no-effect")
BASELINES = ("random", "blanket", "lift-rules", "response", "one-column")


def rows(
    season: Season | None = None, customers: int = 3000, scenarios: Sequence[str] = SCENARIOS
) -> Iterator[Row]:
    """The bars of all scenarios; many hours on a small machine."""
    season = season or Season(jobs=os.cpu_count() or 1, folder=KEPT)
    shares = []
    for name in scenarios:
        made, share = _scenario(name, season, customers)
        yield from made
        shares += [] if share is None else [share]
    if shares:
        mean = float(np.mean(shares))
        work = f"{len(shares)} scenarios, {customers:,} customers, {season.weeks} weeks, {season.markets} markets"
        yield Row(work, "share of the best on observables, mean", mean, at_least(0.7, mean), command=COMMAND)


def _scenario(name: str, season: Season, customers: int) -> tuple[list[Row], float | None]:
    from passend.market.league import estimate, ratio
    from passend.market.offers import limits_of
    from passend.market.scenario import load_scenario

    scenario = load_scenario(name).changed({"customers.number": customers})
    players = ("passend", *BASELINES, "uniform", "observables", "clairvoyant")
    outcomes = season.played(scenario, players)
    of = {player: [one for one in outcomes if one.policy == player] for player in players}
    gain = {player: np.array([one.incremental for one in ones]) / 100 for player, ones in of.items()}
    work = f"{name}: {customers:,} customers, {season.weeks} weeks, {season.markets} markets"
    mine, share = gain["passend"], ratio(gain["passend"], gain["observables"])
    made = [_row(work, "added profit, EUR", estimate(mine))]
    for ceiling in ("observables", "clairvoyant"):
        part = ratio(mine, gain[ceiling])
        if part is not None:
            made.append(_row(work, f"share of {ceiling}", part))
    for player in (*BASELINES, "uniform"):
        lead = estimate(mine - gain[player])
        judged = REPORTED
        if name in TRADES and player != "uniform":
            judged = Bar("above 0 with its interval", (lead.low if lead.low is not None else lead.mean) > 0)
        if name == "alike" and player == "uniform":
            judged = Bar(
                "0 or more within its interval",
                (lead.high if lead.high is not None else lead.mean) >= 0,
            )
        made.append(_row(work, f"less {player}, EUR", lead, judged))
    limits = limits_of(scenario)
    if name == "harmful":
        budget = min(float(np.dot(limits.capacity, limits.cost)), limits.budget) * season.weeks / 100
        lost = max(-float(mine.mean()), 0.0) / max(budget, 1e-9)
        made.append(
            Row(work, "loss, share of the contact budget", lost, at_most(0.02, lost), command=COMMAND)
        )
    gone = [sum(one.unsubscribes for one in of[player]) for player in ("passend", "blanket")]
    if gone[1]:
        left = gone[0] / gone[1]
        bar = Bar("at most a third", left <= 1 / 3)
        made.append(Row(work, "unsubscribes, share of blanket's", left, bar, command=COMMAND))
    return made, None if share is None else share.mean


def _row(work: str, measure: str, value: Estimate, bar: Bar = REPORTED) -> Row:
    return estimated(work, measure, value, bar, command=COMMAND)


def main(arguments: list[str]) -> int:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--customers", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=KEPT)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    options = parser.parse_args(arguments)
    asked = options.scenario or SCENARIOS
    season = Season(options.weeks, options.seeds, options.jobs or os.cpu_count() or 1, options.keep)
    return show(rows(season, options.customers, asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
