"""The first plan that a firm gets by the command line, judged by the truth of the simulated market.

python -m benchmarks.decisions_first_plans [--seeds 3] [--customers 3000] [--scenario gym]

A market's own files are imported and planned by what ``passend run`` calls; the offer that leads each customer's list
is judged by replays with and without it. Beside it stands the ceiling on observables, deciding at the same moment for
the same customers on the same channels, one offer each.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.first_plan_worlds import FirstPlan, first_plan, market_of
from benchmarks.kept import kept
from benchmarks.row import REPORTED, Bar, Row, at_least, at_most, estimated
from benchmarks.showing import show
from passend.market.allocate import allocate
from passend.market.league import estimate
from passend.market.offers import Limits, limits_of
from passend.market.play import last_contacts
from passend.market.policies.observed import observed_effects
from passend.market.truth import effects
from passend.market.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from passend.market.world import Market

COMMAND = "python -m benchmarks.decisions_first_plans"
TRADES = ("bicycle-shop", "electronics", "insurer", "gym", "b2b-parts")
SCENARIOS = (*TRADES, "odd")
HONEST = ("harmful", "no-effect")
#: One offer a customer, so that the plan's total and its leading offers are the same.
ONE = {"decisions.per_customer": "1"}
_ENDLESS = 1e9


def rows(
    seeds: int = 3, customers: int = 3000, scenarios: Sequence[str] = (*SCENARIOS, *HONEST)
) -> Iterator[Row]:
    """The bars of each scenario, with contacts and with orders alone."""
    covered: list[bool] = []
    for name in scenarios:
        found = [kept(judged, name, seed, customers, orders_alone=False) for seed in range(1, seeds + 1)]
        work = f"{name}: first plan, {customers:,} customers, seeds 1 to {seeds}"
        covered += [one["low"] <= one["plan_true"] <= one["high"] for one in found]
        if name in HONEST:
            yield from _honest(work, found)
            continue
        yield from _with_contacts(work, name, found)
        alone = [kept(judged, name, seed, customers, orders_alone=True) for seed in range(1, seeds + 1)]
        yield from _orders_alone(f"{work}, orders alone", alone)
    share = float(np.mean(covered))
    yield Row(
        f"{len(covered)} plans",
        "95 % intervals that hold the truth",
        share,
        at_least(0.9, share),
        command=COMMAND,
    )


def judged(name: str, seed: int, customers: int, *, orders_alone: bool) -> dict[str, Any]:
    """A first plan and the ceiling beside it, in EUR."""
    market = market_of(name, seed, customers)
    plan = first_plan(market, orders_alone=orders_alone, settings=ONE)
    summary = plan.summary
    found = {
        "offers": len(plan.true), "expected": plan.expected.sum() / 100, "true": plan.true.sum() / 100,
        "helps": float((plan.true > 0).mean()) if len(plan.true) else float("nan"),
        "correlation": _correlation(plan.expected, plan.true),
        "plan": (summary.value_cents or 0.0) / 100, "plan_true": plan.true.sum() / 100,
        "low": (summary.value_low_cents or 0.0) / 100, "high": (summary.value_high_cents or 0.0) / 100,
        "contacts": (summary.contact_cents or 0.0) / 100,
    }  # fmt: skip
    if name not in HONEST and not orders_alone:
        found |= _ceiling(market, plan)
    if orders_alone:
        found["best seller"] = _best_seller(market, plan)
    return found


def _ceiling(market: Market, plan: FirstPlan) -> dict[str, float]:
    """The ceiling on observables for customers whom the plan may contact, on its channels."""
    people, costs = len(market.people.kind), limits_of(market.scenario).cost
    open_ = [people if code in (0, 1) else 0 for code in range(len(costs))]
    limits = Limits(tuple(open_), costs, 1, 0.0, _ENDLESS)
    view = View(market, limits, last_contacts(market))
    offers = observed_effects(market.scenario).scored(market, view, limits)
    offers = allocate(offers.where(np.isin(offers.customer, plan.asked)), limits)
    found = effects(
        market, offers.customer, (offers.product, offers.channel, offers.discount), replicas=8
    ).effect
    return {
        "observables": float(found.sum() / 100),
        "observables correlation": _correlation(offers.score, found),
        "observables helps": float((found > 0).mean()),
    }


def _best_seller(market: Market, plan: FirstPlan) -> float:
    """The best seller to as many customers, on the same channels."""
    view = View(market, limits_of(market.scenario), last_contacts(market))
    best = int(np.bincount(view.sales.product).argmax())
    product = np.full(len(plan.customer), best)
    found = effects(market, plan.customer, (product, plan.channel, np.zeros(len(product))), replicas=4)
    return float(found.effect.sum() / 100)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if len(one) > 2 and one.std() > 0 else float("nan")


def _with_contacts(work: str, name: str, found: list[dict[str, Any]]) -> Iterator[Row]:
    of = {key: np.array([one[key] for one in found]) for key in found[0]}
    ratio = float(of["true"].sum() / max(of["expected"].sum(), 1e-9))
    said = f"expects {of['expected'].mean():,.0f}, true {of['true'].mean():,.0f} EUR"
    yield Row(
        work,
        "true profit over expected",
        ratio,
        Bar("within .5 to 2", 0.5 <= ratio <= 2.0),
        said,
        command=COMMAND,
    )
    theirs = float(of["observables correlation"].mean())
    mine = float(of["correlation"].mean())
    least = max(0.25, 0.7 * theirs)
    yield estimated(
        work, "correlation of expected with true", estimate(of["correlation"]), at_least(round(least, 3), mine),
        f"observables {theirs:.2f}", COMMAND,
    )  # fmt: skip
    helps = float(of["helps"].mean())
    yield estimated(
        work, "leading offers that truly help", estimate(of["helps"]), at_least(0.6 if name == "gym" else 0.7, helps),
        f"observables {of['observables helps'].mean():.2f}", COMMAND,
    )  # fmt: skip
    share = float(of["true"].sum() / of["observables"].sum())
    yield Row(
        work, "true profit, share of observables under the same limits", share, at_least(0.7, share),
        f"observables {of['observables'].mean():,.0f} EUR", command=COMMAND,
    )  # fmt: skip
    yield Row(work, "the plan's promise, EUR", float(of["plan"].mean()), REPORTED, said, float(of["low"].mean()),
              float(of["high"].mean()), COMMAND)  # fmt: skip


def _orders_alone(work: str, found: list[dict[str, Any]]) -> Iterator[Row]:
    of = {key: np.array([one[key] for one in found]) for key in found[0]}
    ratio = float(of["true"].sum() / max(of["expected"].sum(), 1e-9))
    said = f"expects {of['expected'].mean():,.0f}, true {of['true'].mean():,.0f} EUR"
    yield Row(
        work,
        "true profit over expected",
        ratio,
        Bar("within .33 to 3", 0.33 <= ratio <= 3.0),
        said,
        command=COMMAND,
    )
    helps = float(of["helps"].mean())
    yield estimated(
        work, "leading offers that truly help", estimate(of["helps"]), at_least(0.65, helps), "", COMMAND
    )
    lead = of["true"] - of["best seller"]
    yield estimated(
        work, "less the best seller to the same customers, EUR", estimate(lead), Bar("above 0", bool(lead.mean() > 0)),
        f"best seller {of['best seller'].mean():,.0f} EUR", COMMAND,
    )  # fmt: skip


def _honest(work: str, found: list[dict[str, Any]]) -> Iterator[Row]:
    offers = float(np.mean([one["offers"] for one in found]))
    lost = float(np.mean([-min(one["true"], 0.0) for one in found]))
    yield Row(work, "offers", offers, at_most(0, offers), command=COMMAND)
    yield Row(work, "loss, EUR", lost, at_most(1.0, lost), command=COMMAND)


def main(arguments: list[str]) -> int:
    """Print the rows; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--customers", type=int, default=3000)
    parser.add_argument("--scenario", action="append", choices=[*SCENARIOS, *HONEST])
    options = parser.parse_args(arguments)
    return show(rows(options.seeds, options.customers, options.scenario or (*SCENARIOS, *HONEST)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
