"""Whether the simulated market is honest: ceilings in order, trials with a known right answer.

python -m benchmarks.market_play [--seeds 5] [--weeks 52] [--customers 3000] [--jobs 2] [--scenario NAME]

Outcomes are kept as those of ``benchmarks.decisions_market``, with whom it shares players and markets.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.kept_markets import KEPT, Season
from benchmarks.row import REPORTED, Bar, Row, estimated
from benchmarks.showing import show
from passend.market.league import Estimate, estimate

COMMAND = "python -m benchmarks.market_play"
TRADES = ("bicycle-shop", "electronics", "insurer", "gym", "b2b-parts", "odd")
TRIALS = ("alike", "harmful", "no-effect")
RIVALS = ("random", "blanket", "lift-rules", "response", "one-column", "uniform", "passend")
#: The clairvoyant under tighter limits: no tightening may help.
TIGHTER: Mapping[str, Mapping[str, float]] = {
    "half the contacts": {"email.share": 0.5, "onsite.share": 0.5, "desk.share": 0.5, "phone.share": 0.5},
    "twice the gap": {"limits.gap_weeks": 2.0},
    "no discounts": {"limits.discount": 0.0},
}
#: Markets for the tightened limits, which play only the clairvoyant.
TIGHT_CUSTOMERS, TIGHT_WEEKS = 1500, 26

Gains = Mapping[str, NDArray[np.float64]]


def rows(
    seeds: int = 5, weeks: int = 52, customers: int = 3000, jobs: int = 0, scenarios: Sequence[str] = ()
) -> Iterator[Row]:
    """The bars of all scenarios; an hour and more on a small machine."""
    jobs = jobs or os.cpu_count() or 1
    for name in scenarios or (*TRADES, *TRIALS):
        yield from _scenario(name, seeds, weeks, customers, jobs)
    for name in scenarios or TRADES:
        yield from _tighter(name, seeds, jobs)


def _scenario(name: str, seeds: int, weeks: int, customers: int, jobs: int) -> list[Row]:
    from passend.market.scenario import load_scenario

    scenario = load_scenario(name).changed({"customers.number": customers})
    players = RIVALS if name in TRIALS else (*RIVALS, "observables", "clairvoyant")
    outcomes = Season(weeks, seeds, jobs, KEPT).played(scenario, players)
    what = "before_cost" if name == "no-effect" else "incremental"
    gain = {
        policy: np.array([getattr(one, what) for one in outcomes if one.policy == policy]) / 100
        for policy in players
    }
    return judged(f"{name}: {customers:,} customers, {weeks} weeks, {seeds} markets", name, gain)


def judged(work: str, name: str, gain: Gains) -> list[Row]:
    """The rows of one scenario from each policy's gains, one a market."""
    made = []
    for policy, values in gain.items():
        added = estimate(values)
        bar = REPORTED
        if name == "no-effect":
            bar = Bar("covers 0", (added.low or 0.0) <= 0.0 <= (added.high or 0.0))
        elif name == "harmful":
            bar = Bar("not above 0 beyond noise", (added.low or added.mean) <= 0.0)
        made.append(_row(work, f"added profit, {policy}", added, bar))
    for ceiling in {"alike": ("uniform",), "harmful": (), "no-effect": ()}.get(
        name, ("observables", "clairvoyant")
    ):
        for policy, values in gain.items():
            if policy in (ceiling, "clairvoyant"):
                continue
            lead = estimate(values - gain[ceiling])
            made.append(
                _row(
                    work,
                    f"{policy} less {ceiling}",
                    lead,
                    Bar("not above 0 beyond noise", (lead.low or lead.mean) <= 0),
                )
            )
    return made


def _tighter(name: str, seeds: int, jobs: int) -> list[Row]:
    from passend.market.scenario import load_scenario

    loose = load_scenario(name).changed({"customers.number": TIGHT_CUSTOMERS})
    season = Season(TIGHT_WEEKS, seeds, jobs, KEPT)

    def gains(scenario: Any) -> NDArray[np.float64]:
        return np.array([one.incremental for one in season.played(scenario, ["clairvoyant"])]) / 100

    free = gains(loose)
    made = []
    work = f"{name}: {TIGHT_CUSTOMERS:,} customers, {TIGHT_WEEKS} weeks, {seeds} markets"
    for what, times in TIGHTER.items():
        changes = {one: type(loose.values[one])(float(loose.values[one]) * by) for one, by in times.items()}
        lead = estimate(gains(loose.changed(changes)) - free)
        bar = Bar("not above 0 beyond noise", (lead.low or lead.mean) <= 0)
        made.append(_row(work, f"clairvoyant with {what} less without", lead, bar))
    return made


def _row(work: str, measure: str, value: Estimate, bar: Bar) -> Row:
    return estimated(work, measure, value, bar, "EUR", COMMAND)


def main(arguments: list[str]) -> int:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--customers", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--scenario", action="append", default=[])
    given = parser.parse_args(arguments)
    return show(rows(given.seeds, given.weeks, given.customers, given.jobs, given.scenario))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
