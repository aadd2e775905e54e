"""What ``Effects().measure`` says of whole tables, against statsmodels and against the truth of planted effects.

Sums of customers are made here a second time, with NumPy from the rows, and given to statsmodels; the ends of intervals
are found by bisection from their definition, not by the formula. ``results_aa`` has the same figures over many thousand
comparisons, from sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import statsmodels.api as sm
from scipy.optimize import brentq
from statsmodels.stats.meta_analysis import _fit_tau_iterative

from benchmarks.kept import kept
from benchmarks.measured_worlds import DAY, HISTORY, START, WINDOW, Trade, World, full_trade, made
from benchmarks.row import REPORTED, Bar, Row, at_least, at_most
from passend import Effects
from passend.flow.results import pooled_of
from passend.results.looks import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from passend.results import Measured

    Numbers = NDArray[np.float64]

EXACT, WORLDS, PROGRAMMES = 1e-8, 10, 20
COMMAND = "python3 dev.py bench results_path"
#: Customers of each campaign, how many there are, and what most of them truly add to a customer, in cents.
CUSTOMERS, CAMPAIGNS, ADDED = 2_000, 100, 100.0


def rows() -> Iterator[Row]:
    """Exactness, then history, looks and many campaigns."""
    yield from _exact()
    yield from _history()
    yield from _looks()
    yield from _many()


def _exact() -> Iterator[Row]:
    apart = [kept(apart_from_references, seed) for seed in range(WORLDS)]
    work = f"{WORLDS} shops of 4,000 to 10,000 customers, every row summed up twice"
    says = {
        "value": "added profit, from statsmodels' regression on arm and history",
        "cut": "variance that history takes out, from two of its regressions",
        "error": "standard error if nothing was added, from its residuals",
        "interval": "both ends, from bisection of the definition",
        "without": "profit of a held-out customer",
    }
    for name, measure in says.items():
        worst = max(one[name] for one in apart)
        yield Row(
            work, f"{measure}: greatest relative difference", worst, at_most(EXACT, worst), command=COMMAND
        )
    random_effects = kept(apart_from_random_effects, 1)
    yield Row(f"{CAMPAIGNS} campaigns x {CUSTOMERS:,} customers", "pooled sum, from statsmodels' random effects",
              random_effects, at_most(EXACT, random_effects), command=COMMAND)  # fmt: skip


def apart_from_references(seed: int) -> dict[str, float]:
    """How far each figure of one shop is from that of others, relatively."""
    random = np.random.default_rng([seed, 7])
    world = made(full_trade(random), random)
    one = measured(world, look_rule="once")[0]
    profit = one.effects["contribution"]
    y, x, treated = customers(world, one.goal.cap_cents)
    with_it = sm.OLS(y, np.column_stack([np.ones(len(y)), treated, x])).fit()
    without = sm.OLS(y, np.column_stack([np.ones(len(y)), treated])).fit()
    cut = 1 - with_it.ssr / without.ssr
    alone = sm.OLS(y, np.ones(len(y))).fit()
    each = 1 / treated.sum() + 1 / (~treated).sum()
    error = float(np.sqrt(alone.mse_resid * each * (1 - cut)))
    low, high = by_bisection(y, treated, float(with_it.params[1]), cut)
    return {
        "value": _apart(profit.per_person, float(with_it.params[1])),
        "cut": _apart(profit.cut, cut),
        "error": _apart(one.errors["contribution"], error),
        "interval": max(_apart(profit.low, low), _apart(profit.high, high)),
        "without": _apart(profit.without, float(y[~treated].mean())),
    }


def _apart(ours: float, other: float) -> float:
    return abs(ours - other) / max(abs(other), 1e-12)


def measured(world: World, **settings: Any) -> list[Measured]:
    """Measure a shop."""
    effects = Effects(**{**world.settings, **settings})
    exposures, outcomes, until = world.tables()
    effects.measure(exposures, outcomes, until=until)
    return effects.measured_


def customers(world: World, cap: float) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Outcome and history of each customer in cents, capped as it is said, and who is treated."""
    owner = world.owner()
    begins = world.exposures["eligible_at"][owner]
    at, cents = world.outcomes["happened_at"], world.outcomes["amount"] * 100
    # Days are those of the calendar, as in the statements.
    days = (at.astype("datetime64[D]") - begins.astype("datetime64[D]")).astype(np.int64)
    known, people = owner >= 0, len(world.held)
    inside = known & (at >= begins) & (days < WINDOW)
    before = known & (at < begins) & (-days <= HISTORY)
    y, x = (np.bincount(owner[one], cents[one], people) for one in (inside, before))
    return np.minimum(y, cap), np.minimum(x, 4 * cap), ~world.held


def by_bisection(y: Numbers, treated: NDArray[np.bool_], value: float, cut: float) -> tuple[float, float]:
    """The amounts that are just within reach of what was observed, under the variance that holds if they are true."""
    n_t, n_h, n = float(treated.sum()), float((~treated).sum()), float(len(y))
    mean, shape = float(y.mean()), float((y @ y) / y.sum())

    def odd(added: float) -> float:
        means = mean + added * n_h / n, mean - added * n_t / n
        drift = [(shape * one - one**2) / count for one, count in zip(means, (n_t, n_h), strict=True)]
        # At nothing added it is the sample variance, with its n - 1.
        still = (shape * mean - mean**2) * (1 / n_t + 1 / n_h)
        variance = float(np.var(y, ddof=1)) * (1 / n_t + 1 / n_h) + sum(drift) - still
        return (value - added) ** 2 - once() ** 2 * variance * (1 - cut)

    wide = 20 * float(np.std(y)) * np.sqrt(1 / n_t + 1 / n_h)
    ends = [brentq(odd, value, value + sign * wide, xtol=1e-13, rtol=1e-15) for sign in (-1, 1)]
    return float(ends[0]), float(ends[1])


def _history() -> Iterator[Row]:
    told, achieved = kept(history, 1)
    work = "a shop with 20,000 customers whose habits last, half held out"
    yield Row(work, "variance that history takes out, as told", told, at_least(0.3, told), command=COMMAND)
    bar = Bar("within .05 of what is told", abs(achieved - told) <= 0.05)
    yield Row(work, "the same as achieved, over 2,000 draws of the arms", achieved, bar, command=COMMAND)


def history(seed: int) -> tuple[float, float]:
    """The share of variance that `Effects` tells, and that of its estimates when the arms are drawn again and again."""
    random = np.random.default_rng([seed, 8])
    trade = Trade(people=20_000, held=0.5, rate=1.0, sigma=0.4, lift=0.0, habits=0.6)
    world = made(trade, random)
    one = measured(world)[0]
    y, x, _ = customers(world, one.goal.cap_cents)
    slope = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
    drawn = random.random((2_000, len(y))) < 0.5
    plain, better = (
        [float(values[arm].mean() - values[~arm].mean()) for arm in drawn] for values in (y, y - slope * x)
    )
    return one.effects["contribution"].cut, float(1 - np.var(better) / np.var(plain))


def _looks() -> Iterator[Row]:
    widths = kept(widths_of, 1)
    work = "300,000 customers, 10 % held out, +25 %, all within the first week"
    for rule, most in (("any time", 1.6), ("weekly", 1.15)):
        ratio = widths[rule] / widths["once"]
        yield Row(work, f"width of the interval, looks {rule}, over one look", ratio, at_most(most, ratio),
                  command=COMMAND)  # fmt: skip


def widths_of(seed: int) -> dict[str, float]:
    """The width of the interval of profit at the planned end, by look rule."""
    random = np.random.default_rng([seed, 9])
    trade = Trade(300_000, 0.1, 0.02, 1.0, 0.25, spread=7, has_channel=False)
    world = made(trade, random)
    found = {}
    for rule in ("once", "weekly", "any time"):
        effect = measured(world, look_rule=rule, planned_days=56)[0].effects["profit"]
        found[rule] = effect.high - effect.low
    return found


def _many() -> Iterator[Row]:
    found = [kept(programme, seed) for seed in range(PROGRAMMES)]
    pooled, naive = (float(np.mean([one[place] for one in found])) for place in (0, 1))
    spans = [one[2] for one in found]
    work = f"{CAMPAIGNS} campaigns with small effects x {CUSTOMERS:,} customers, {PROGRAMMES} times"
    yield Row(work, "pooled sum over the truth, mean", pooled, Bar("within 10 %", abs(pooled - 1) <= 0.1),
              f"sum of winners {naive:.2f} of the truth", command=COMMAND)  # fmt: skip
    yield Row(work, "intervals of the pooled sum that hold the truth", float(np.mean(spans)), REPORTED,
              f"{sum(spans)} of {PROGRAMMES}", command=COMMAND)  # fmt: skip


def programme(seed: int) -> tuple[float, float, bool]:
    """Pooled sum and sum of winners over the truth, and whether the interval holds it."""
    campaigns, true = many(seed)
    pooled = pooled_of(campaigns)
    assert pooled is not None
    return pooled.total / true, pooled.winners / true, bool(pooled.low <= true <= pooled.high)


def many(seed: int) -> tuple[list[Measured], float]:
    """A hundred campaigns, measured together, and what they truly added to their treated customers, in cents."""
    random = np.random.default_rng([seed, 10])
    number = np.repeat(np.arange(CAMPAIGNS), CUSTOMERS)
    people = len(number)
    held = random.random(people) < 0.2
    added = random.normal(ADDED, 60.0, CAMPAIGNS)[number]
    bought = random.random(people) < 0.5
    # Who buys spends so much more, on average what is added to all.
    cents = random.gamma(4.0, 500.0, people) + np.where(held, 0.0, added / 0.5)
    ids = np.array([f"{one:07d}" for one in range(people)])
    at = START + random.integers(0, 14, people) * DAY
    exposures = pa.table(
        {
            "campaign": [f"campaign {one}" for one in number], "customer_id": ids, "eligible_at": at,
            "arm": np.where(held, "held-out", "treated"), "chance": np.full(people, 0.8),
        }
    )  # fmt: skip
    outcomes = pa.table(
        {
            "customer_id": ids[bought], "amount": cents[bought] / 100,
            "happened_at": at[bought] + random.integers(1, WINDOW, int(bought.sum())) * DAY,
        }
    )  # fmt: skip
    effects = Effects(look_rule="once")
    effects.measure(exposures, outcomes, until=(START + 60 * DAY).item())
    return effects.measured_, float(added[~held].sum())


def apart_from_random_effects(seed: int) -> float:
    """The pooled sum of a programme against that of statsmodels' spread between campaigns, relatively."""
    campaigns, _ = many(seed)
    pooled = pooled_of(campaigns)
    assert pooled is not None
    effects = np.array([one.effects["profit"].per_person for one in campaigns])
    errors = np.array([one.errors["profit"] for one in campaigns])
    sizes = np.array([float(one.people[0]) for one in campaigns])
    spread, is_found = _fit_tau_iterative(effects, errors**2, tau2_start=1.0, atol=1e-13, maxiter=5_000)
    if not is_found:
        return float("nan")
    weights = 1 / (errors**2 + spread)
    centre = sm.WLS(effects, np.ones(len(effects)), weights=weights).fit().params[0]
    own = spread / (errors**2 + spread)
    return _apart(pooled.total, float(((own * effects + (1 - own) * centre) * sizes).sum()))
