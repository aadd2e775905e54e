"""Campaigns played in markets from first contact to verdict: how often the interval that was measured holds the truth.

Each world is a firm with 20,000 customers and sixteen campaigns, each for customers of its own. Import, plan, journeys,
worker, outbox and results are those of ``passend market rehearse``; the truth comes from the same market without them.

    python -m benchmarks.results_market --worlds 32 --jobs 2      # 512 campaigns; what was played is kept
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest

from benchmarks.kept import kept
from benchmarks.row import REPORTED, Bar, Row
from benchmarks.showing import show
from passend.campaigns import parse_campaign
from passend.market.parameters import Value
from passend.market.rehearsal import rehearse
from passend.market.truly import truly
from passend.market.world import Market
from passend.results import PROFIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = "python3 dev.py bench results_market"
WORLDS, CUSTOMERS = 8, 20_000
SCENARIOS = ("bicycle-shop", "electronics", "gym", "b2b-parts")
#: Campaigns of a world, and the share that each holds out, in turn.
PARTS, HELD = 16, (20, 30, 40, 50)
TEXT = """
name: {name}
products: plan
audience: {{file: {name}.txt}}
holdout_share: {held} %
caps: {{most: 1, within: 14 days}}
steps:
  mail: {{send: email, template: offer.mjml, subject: This fits what you have, then: asked, failed: end}}
  asked: {{check: clicked, within: 5 days, yes: end, no: again}}
  again: {{send: email, template: offer.mjml, subject: Still there, then: end, failed: end, expires: 14 days}}
  end: {{stop: all said}}
"""


@dataclass(frozen=True)
class Told:
    """One campaign. Amounts in cents, of all treated customers."""

    name: str
    treated: int
    held_out: int
    measured: float
    low: float
    high: float
    error: float
    true: float
    claimed: float
    verdict: str

    @property
    def is_inside(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.true <= self.high

    @property
    def off(self) -> float:
        """How far the measurement is off, in its own standard errors."""
        return (self.measured - self.true) / max(self.error * self.treated, 1e-9)


def world(seed: int, customers: int) -> list[Told]:
    """The campaigns of one world."""
    return _world(SCENARIOS[seed % len(SCENARIOS)], seed, {"customers.number": customers})


def moved(seed: int, customers: int) -> list[Told]:
    """The same where customers like offers, and spend as much less afterwards: all are spending limiters."""
    kinds = {f"kinds.{name}": 0.0 for name in ("demanders", "reversers", "maximisers")}
    changes = {**kinds, "kinds.limiters": 1.0, "response.base": 0.3, "customers.number": customers}
    return _world("electronics", seed, changes)


def _world(scenario: str, seed: int, changes: Mapping[str, Value]) -> list[Told]:
    market, customers = Market(scenario, seed, changes), int(changes["customers.number"])
    names = [f"part{part}" for part in range(PARTS)]
    campaigns = [
        parse_campaign(TEXT.format(name=name, held=HELD[(part + seed) % len(HELD)]), name)
        for part, name in enumerate(names)
    ]
    with tempfile.TemporaryDirectory() as folder:
        firm = Path(folder) / "firm"
        firm.mkdir()
        for part, name in enumerate(names):
            own = (f"K{1000 + who}\n" for who in range(part, customers, PARTS))
            (firm / f"{name}.txt").write_text("".join(own))
        played = rehearse(market, firm, campaigns, 1)
        beside, _ = truly(played, names)
    made = []
    for one in beside:
        effect = one.measured.effects.get(PROFIT)
        if effect is not None:
            made.append(
                Told(
                    f"{scenario} {seed} {one.measured.campaign}", *one.measured.people, effect.total, effect.total_low,
                    effect.total_high, one.measured.errors[PROFIT], one.true_cents, one.measured.claimed_cents,
                    one.measured.verdict,
                )
            )  # fmt: skip
    return made


def rows(worlds: int = WORLDS, customers: int = CUSTOMERS, jobs: int = 1) -> Iterator[Row]:
    """How many intervals hold the truth, and how far the measurements are off."""
    told = [one for each in _played(worlds, customers, jobs) for one in each]
    inside, count = sum(one.is_inside for one in told), len(told)
    share, span = inside / count, binomtest(inside, count).proportion_ci(method="wilson")
    work = f"{count} campaigns in {worlds} markets of {len(SCENARIOS)} trades, {customers:,} customers each"
    yield Row(
        work, "intervals that hold the truth", share, Bar(".93 to .97", 0.93 <= share <= 0.97),
        f"{inside} of {count}", span.low, span.high, COMMAND,
    )  # fmt: skip
    off = np.array([one.off for one in told])
    yield Row(work, "measured less true, in standard errors: mean", float(off.mean()), REPORTED,
              f"{1 / np.sqrt(count):.2f} is the scatter of such a mean", command=COMMAND)  # fmt: skip
    yield Row(work, "measured less true, in standard errors: scatter", float(off.std()), REPORTED, "1 were right",
              command=COMMAND)  # fmt: skip
    true, claimed = sum(one.true for one in told) / 100, sum(one.claimed for one in told) / 100
    measured = sum(one.measured for one in told) / 100
    beside = f"measured {measured:,.0f}; a mail tool would claim {claimed:,.0f} in revenue"
    yield Row(work, "added profit, true, EUR", true, REPORTED, beside, command=COMMAND)
    yield from _limited(customers)


def _limited(customers: int) -> Iterator[Row]:
    """Campaigns in a market whose customers only move their spending."""
    told = kept(moved, 1, customers)
    true, claimed = sum(one.true for one in told) / 100, sum(one.claimed for one in told) / 100
    measured, inside = sum(one.measured for one in told) / 100, sum(one.is_inside for one in told)
    share = true / claimed
    work = f"{len(told)} campaigns for spending limiters, {customers:,} customers"
    yield Row(work, "true added profit, share of the revenue that a mail tool would claim", share, REPORTED,
              f"true {true:,.0f} EUR, measured {measured:,.0f}, claimed {claimed:,.0f}; "
              f"{inside} of {len(told)} intervals hold the truth", command=COMMAND)  # fmt: skip


def _played(worlds: int, customers: int, jobs: int) -> list[list[Told]]:
    seeds = range(1, worlds + 1)
    if jobs <= 1:
        return [kept(world, seed, customers) for seed in seeds]
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(_kept, [(seed, customers) for seed in seeds]))


def _kept(given: tuple[int, int]) -> list[Told]:
    return kept(world, *given)


def main(arguments: list[str]) -> int:
    """Print the rows; with ``--each`` each campaign, too."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--each", action="store_true")
    options = parser.parse_args(arguments)
    if options.each:
        for one in (
            each for market in _played(options.worlds, options.customers, options.jobs) for each in market
        ):
            print(
                f"{one.name:32} {one.treated:5} {one.held_out:5} {one.measured / 100:9,.0f} "
                f"({one.low / 100:9,.0f} {one.high / 100:9,.0f}) true {one.true / 100:9,.0f} "
                f"{one.is_inside} {one.verdict}"
            )
    return show(rows(options.worlds, options.customers, options.jobs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
