"""Comparisons without effect looked at every day, coverage of the truth, power, and many campaigns together.

The simulated sums go through ``passend.results.verdict.judged``, which `passend results` calls. Spend is capped by the
usual rule. Amounts of Online Retail II and Hillstrom are those of their orders and spenders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from benchmarks.aa_worlds import DAYS, TRIALS, Cell, Looked, cap_of, drawn, looked_at
from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, at_least, at_most, not_measured
from passend.results.difference import difference
from passend.results.looks import once, weekly
from passend.results.moments import Moments, moments_of
from passend.results.pooling import pool
from passend.results.power import power_of, reach_at_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

HELD = (0.02, 0.05, 0.1, 0.5)
BUYERS = (0.002, 0.01, 0.02)
SIGMAS = (1.0, 1.5, 2.0)
#: Three standard errors of a share of 5 % in a thousand trials: what luck adds to the worst of some forty cells.
NOISE = 3 * float(np.sqrt(0.05 * 0.95 / TRIALS))
COMMAND = "python3 dev.py bench results_aa"


def rows() -> Iterator[Row]:
    """False verdicts and coverage in each cell, then power, history and pooling."""
    cells = [Cell(held, buyers, sigma) for held in HELD for buyers in BUYERS for sigma in SIGMAS]
    for name, amounts in (("Online Retail II", online_retail()), ("Hillstrom", hillstrom())):
        if amounts:
            cells += [Cell(held, 0.01, 0.0, amounts, name) for held in HELD]
        else:
            yield not_measured(f"spend of {name}", f"there is no such data in {DATA}", COMMAND)
    empty = {cell.says: kept(looked_at, cell, 1.0, 1) for cell in cells}
    known = {cell.says: kept(looked_at, cell, 1.25, 2) for cell in cells}
    work = f"{len(cells)} cells x {TRIALS:,} x {DAYS} daily looks, no effect"
    yield _worst(work, "false verdicts in the worst cell", empty, "false_any", 0.05 + NOISE)
    once_only = f"{len(cells)} cells x {TRIALS:,}, one look at the end, no effect"
    yield _worst(once_only, "false verdicts in the worst cell", empty, "false_once", 0.05 + NOISE)
    for name, what in (
        (f"{len(cells)} cells, no effect", empty),
        (f"{len(cells)} cells, +25 % buyers", known),
    ):
        low, high = (pick(what.items(), key=_covered) for pick in (min, max))
        inside = low[1].covered >= 0.93 - NOISE / 2 and high[1].covered <= 0.97 + NOISE / 2
        yield Row(
            name, "coverage of 95 % intervals, lowest cell", low[1].covered, Bar(".93 to .97 in each", inside),
            f"{low[0]}; highest {high[1].covered:.3f} ({high[0]}); mean "
            f"{np.mean([one.covered for one in what.values()]):.3f}", command=COMMAND,
        )  # fmt: skip
    yield from _power()
    yield from _history()
    yield from _pooled()


def _covered(one: tuple[str, Looked]) -> float:
    return one[1].covered


def _worst(work: str, measure: str, found: dict[str, Looked], name: str, most: float) -> Row:
    cell, worst = max(found.items(), key=lambda one: getattr(one[1], name))
    value = float(getattr(worst, name))
    mean = float(np.mean([getattr(one, name) for one in found.values()]))
    return Row(
        work,
        measure,
        value,
        at_most(round(most, 3), value),
        f"{cell}; mean of cells {mean:.3f}",
        command=COMMAND,
    )


def _power() -> Iterator[Row]:
    """300,000 customers, 10 % held out, +25 % buyers: how often it is found, and what looking costs."""
    cell = Cell(0.1, 0.01, 1.0)
    found = kept(looked_at, cell, 1.25, 3)
    yield Row("+25 %, 10 % held out", "width of the interval for daily looks over one look, planned size", found.width,
              at_most(1.6, found.width), command=COMMAND)  # fmt: skip
    group = weekly(tuple((look + 1) / 8 for look in range(8)))[-1] / once()
    yield Row(
        "+25 %, 10 % held out", "the same for weekly looks", group, at_most(1.15, group), command=COMMAND
    )
    shares = kept(found_of_300_000, 1)
    for name, value in shares.items():
        bar = at_least(0.65, value) if name == "weekly" else Bar("reported", None)
        yield Row("+25 %, 300,000 customers, 10 % held out, 1 % buy", f"found by the planned end, looks {name}", value,
                  bar, f"as planned: {planned(name):.2f}", command=COMMAND)  # fmt: skip


def planned(rule: str) -> float:
    """Power as `passend` promises it before the start, for the shop of ``found_of_300_000``."""
    random = np.random.default_rng(1)
    cell = Cell(0.1, 0.01, 1.0)
    amounts = np.minimum(drawn(cell, 1_000_000, random), cap_of(cell, random))
    mean, spread = float(amounts.mean()), float((amounts**2).mean())
    variance = 0.01 * spread - (0.01 * mean) ** 2
    return power_of(variance, 0.01 * 0.25 * mean, 300_000, 0.1, rule)


def found_of_300_000(seed: int) -> dict[str, float]:
    """Share of a thousand campaigns in which the gain is found by the end: sums of 300,000 customers each."""
    random = np.random.default_rng(seed)
    cell = Cell(0.1, 0.01, 1.0)
    cap = cap_of(cell, random)
    arms = []
    for people, lift in ((270_000, 1.25), (30_000, 1.0)):
        bought = random.binomial(people, 0.01 * lift, TRIALS)
        spend = np.minimum(drawn(cell, int(bought.sum()), random), cap)
        place = np.repeat(np.arange(TRIALS), bought)
        total, squares = (np.bincount(place, spend**power, TRIALS).astype(np.float64) for power in (1, 2))
        nothing = np.zeros(TRIALS)
        arms.append(
            Moments(
                np.full(TRIALS, float(people)), bought.astype(np.float64), total,
                squares, nothing, nothing, nothing,
            )
        )  # fmt: skip
    return {
        rule: float((difference(arms[0], arms[1], reach_at_plan(rule)).low > 0).mean())
        for rule in ("any time", "weekly", "once")
    }


def _history() -> Iterator[Row]:
    """Customers who differ lastingly: what they bought before tells what they buy."""
    random = np.random.default_rng(1)
    habit = random.gamma(0.8, 1.0, 40_000)
    before, after = (random.poisson(habit * 3) * random.lognormal(3, 0.4, 40_000) for _ in range(2))
    found = difference(
        moments_of(after[:36_000], before[:36_000]), moments_of(after[36_000:], before[36_000:]), once()
    )
    cut = float(found.cut)
    yield Row("40,000 customers whose habits last", "variance that history takes out", cut, at_least(0.3, cut),
              command=COMMAND)  # fmt: skip


def _pooled() -> Iterator[Row]:
    """A hundred campaigns with small true effects, two hundred times."""
    ratios, naive = [], []
    for seed in range(200):
        random = np.random.default_rng(seed)
        sizes = random.uniform(5_000, 50_000, 100)
        errors = 40 / np.sqrt(sizes * 0.09)
        true = random.normal(0.25, 0.2, 100)
        found = pool(true + random.normal(0, errors), errors, sizes)
        ratios.append(found.total / float((true * sizes).sum()))
        naive.append(found.winners / float((true * sizes).sum()))
    mean = float(np.mean(ratios))
    yield Row(
        "100 campaigns with small effects x 200", "pooled sum over the truth, mean", mean,
        Bar("within 10 %", abs(mean - 1) <= 0.1), f"sum of winners {np.mean(naive):.2f} of the truth; middle 95 % of "
        f"pooled sums {np.quantile(ratios, 0.025):.2f} to {np.quantile(ratios, 0.975):.2f}", command=COMMAND,
    )  # fmt: skip


def online_retail() -> tuple[float, ...]:
    """What each order of Online Retail II was worth; empty where the data are not there."""
    file = DATA / "online-retail-ii" / "online_retail_ii.csv.gz"
    if not file.exists():
        return ()
    lines = pacsv.read_csv(file)
    worth = pc.multiply(lines["Quantity"].cast("float64"), lines["Price"].cast("float64"))
    orders = (
        lines.append_column("worth", worth).group_by("Invoice").aggregate([("worth", "sum")])["worth_sum"]
    )
    return tuple(orders.filter(pc.greater(orders, 0)).to_pylist())


def hillstrom() -> tuple[float, ...]:
    """What each spender of Hillstrom's experiment spent; empty where the data are not there."""
    files = sorted((DATA / "hillstrom").glob("*.csv")) if (DATA / "hillstrom").is_dir() else []
    if not files:
        return ()
    spend = pacsv.read_csv(files[0])["spend"]
    return tuple(spend.filter(pc.greater(spend, 0)).to_pylist())
