"""From sums and tallies to what each campaign added: the programme first, then campaign by campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.results.goal import Goal
from passend.results.health import Finding, Tally, findings, is_unhealthy
from passend.results.measured import CannotBeMeasured, Effect
from passend.results.moments import Moments
from passend.results.power import days_to_answer, people_needed
from passend.results.verdict import LEFT, NO_DATA, REVIEW, UNHEALTHY, WORKS, Clock, judged

PROGRAMME = "programme"
PROFIT = "profit"
#: What is measured beside profit. Contacts are spent for certain; the rest is compared.
METRICS = (
    "contribution",
    "uncapped",
    "revenue",
    "orders",
    "returns",
    "other products",
    "later",
    "complaints",
)
ARMS = ("treated", "held-out")
#: By which profit is told of each campaign.
SLICES = ("channel", "kind")


@dataclass(frozen=True)
class Measured:
    """One phase of a campaign, or of the programme.

    Attributes:
        campaign: its name; ``programme`` for all of them against the global hold-out.
        phase: its number; of the programme, year and quarter (20263).
        goal: by which it is judged.
        first_at: when the first customer became eligible.
        last_at: when the last one did.
        people: eligible customers, treated and held-out.
        contact_cents: what contacts cost a customer of the treated arm, beyond what the held-out were sent anyway.
        effects: metric -> effect, with ``profit`` first; empty where it cannot be measured.
        cannot: why it cannot be measured, if so.
        found: what is wrong with the comparison, the gravest first.
        is_provisional: windows or returns are still open.
        claimed_orders: orders that a mail tool would claim.
        claimed_cents: revenue that it would claim.
        slices: (slice, value) -> effect on profit.
        errors: metric -> standard error, if nothing was added.
    """

    campaign: str
    phase: int
    goal: Goal
    first_at: datetime
    last_at: datetime
    people: tuple[int, int]
    contact_cents: float
    effects: Mapping[str, Effect]
    cannot: CannotBeMeasured | None
    found: Sequence[Finding]
    is_provisional: bool
    claimed_orders: int
    claimed_cents: float
    slices: Mapping[tuple[str, str], Effect]
    errors: Mapping[str, float]

    @property
    def verdict(self) -> str:
        """In a word."""
        return self.effects[PROFIT].verdict if PROFIT in self.effects else "cannot be measured"


@dataclass(frozen=True)
class Sums:
    """The tables that SQL leaves.

    Attributes:
        sums: ``effect_sums``.
        tallies: ``exposure_tallies``.
        goals: ``campaign_goals``.
        claims: ``attributed``.
        as_of: the end of the data.
    """

    sums: pa.Table
    tallies: pa.Table
    goals: pa.Table
    claims: pa.Table
    as_of: datetime


def measure(given: Sums) -> list[Measured]:
    """Every phase of every campaign, the programme first, the latest first."""
    goals = {row["campaign"]: _goal(row) for row in given.goals.to_pylist()}
    claimed = given.claims.group_by(["campaign", "phase"]).aggregate(
        [("orders", "sum"), ("revenue_cents", "sum")]
    )
    claims = {(row["campaign"], row["phase"]): row for row in claimed.to_pylist()}
    phases = given.tallies.group_by(["campaign", "phase"]).aggregate(
        [("first_at", "min"), ("last_at", "max")]
    )
    arms = {name: _arms_of(given.sums, name) for name in ("", *SLICES)}
    found = [
        _one(given, row, goals[row["campaign"]], claims.get((row["campaign"], row["phase"]), {}), arms)
        for row in phases.to_pylist()
    ]
    return sorted(
        found, key=lambda one: (one.campaign != PROGRAMME, -one.first_at.timestamp(), one.campaign, one.phase)
    )


def _goal(row: Mapping[str, Any]) -> Goal:
    return Goal(
        target_cents=row["target_cents"], window_days=row["window_days"], planned_people=row["planned_people"],
        planned_days=row["planned_days"], look_rule=row["look_rule"], cap_cents=row["cap_cents"],
        is_frozen=row["frozen_at"] is not None,
    )  # fmt: skip


def _one(
    given: Sums,
    phase: Mapping[str, Any],
    goal: Goal,
    claim: Mapping[str, Any],
    sums: Mapping[str, "_ByPhase"],
) -> Measured:
    key = (phase["campaign"], phase["phase"])
    mine = sums[""][key][""]
    counted = given.tallies.filter(
        pc.and_(
            pc.equal(given.tallies["campaign"], phase["campaign"]),
            pc.equal(given.tallies["phase"], phase["phase"]),
        )
    )
    tally = tally_of(counted)
    arms = {metric: mine.get(metric, _NOBODY) for metric in (*METRICS, "contacts")}
    people = (int(arms["uncapped"][0].people), int(arms["uncapped"][1].people))
    costs = float(arms["contacts"][0].mean - arms["contacts"][1].mean)
    wrong = findings(tally, *arms["uncapped"][:2], arms["uncapped"][2])
    cannot = _cannot(people)
    clock = _clock(given.as_of, phase, goal, tally)
    effects: dict[str, Effect] = {}
    errors: dict[str, float] = {}
    slices: dict[tuple[str, str], Effect] = {}
    if cannot is None:
        for metric in METRICS:
            if min(float(arm.people) for arm in arms[metric][:2]) > 1:
                effects[metric], errors[metric] = _effect(metric, arms[metric][:2], goal, clock, 0.0)
        profit, errors[PROFIT] = _effect(PROFIT, arms["contribution"][:2], goal, clock, costs)
        effects = {PROFIT: _said(profit, arms["contribution"][:2], goal, clock, wrong), **effects}
        slices = _slices({name: sums[name][key] for name in SLICES}, goal, clock)
    return Measured(
        phase["campaign"], phase["phase"], goal, phase["first_at_min"], phase["last_at_max"], people, costs, effects,
        cannot, wrong, bool(tally.provisional.sum()), int(claim.get("orders_sum", 0)),
        float(claim.get("revenue_cents_sum", 0.0)), slices, errors,
    )  # fmt: skip


def _cannot(people: tuple[int, int]) -> CannotBeMeasured | None:
    if not people[1]:
        return CannotBeMeasured(
            "nobody was held out: what was bought cannot be told from what would have been bought anyway.",
            "Hold out a share of the eligible customers, at least of the next campaign.",
        )
    if not people[0]:
        return CannotBeMeasured(
            "only held-out customers are known; nobody was to be contacted.",
            "Import the contacts that were made, with their campaign.",
        )
    if min(people) < 2:
        return CannotBeMeasured(
            f"one arm has a single customer, of {sum(people):,} eligible ones.",
            "Hold out more customers, or measure the whole programme.",
        )
    return None


def _clock(as_of: datetime, phase: Mapping[str, Any], goal: Goal, tally: Tally) -> Clock:
    """Where nobody comes any more and all windows are closed, the end is reached, planned or not."""
    days = (as_of - phase["first_at_min"]).days
    is_over = (as_of - phase["last_at_max"]).days >= goal.window_days + 7
    return Clock(max(days, goal.planned_days) if is_over else days, float(tally.people.sum()))


#: Treated, held-out, and the largest outcome of a customer in each.
_Arms = tuple[Moments, Moments, tuple[float, float]]
#: (campaign, phase) -> value of a slice -> metric -> arms.
_ByPhase = Mapping[tuple[str, int], Mapping[str, Mapping[str, _Arms]]]
_NONE = Moments(*(np.asarray(0.0) for _ in fields(Moments)))
_NOBODY: _Arms = (_NONE, _NONE, (0.0, 0.0))


def _arms_of(sums: pa.Table, slice_name: str) -> _ByPhase:
    """The sums of all arms, whole or by the values of a slice; always added up in the same order."""
    names = [field.name for field in fields(Moments)]
    keys = ["campaign", "phase", *([slice_name] if slice_name else []), "metric", "arm"]
    ordered = sums.sort_by(
        [(key, "ascending") for key in (*keys, "cohort", "channel", "kind") if key in sums.schema.names]
    )
    added = ordered.group_by(keys, use_threads=False).aggregate(
        [*((name, "sum") for name in names), ("largest", "max")]
    )
    found: dict[tuple[str, int], dict[str, dict[str, _Arms]]] = {}
    for row in added.to_pylist():
        values = found.setdefault((row["campaign"], row["phase"]), {})
        metrics = values.setdefault(row[slice_name] if slice_name else "", {})
        arm = Moments(*(np.asarray(row[f"{name}_sum"] or 0.0, dtype=np.float64) for name in names))
        treated, held_out, largest = metrics.get(row["metric"], _NOBODY)
        most = float(row["largest_max"] or 0.0)
        metrics[row["metric"]] = (
            (arm, held_out, (most, largest[1]))
            if row["arm"] == ARMS[0]
            else (treated, arm, (largest[0], most))
        )
    return found


def _effect(
    metric: str, arms: tuple[Moments, Moments], goal: Goal, clock: Clock, costs: float
) -> tuple[Effect, float]:
    found, word = judged(*arms, goal, clock, costs)
    treated, held = float(arms[0].people), float(arms[1].people)
    value, low, high = (float(one) - costs for one in (found.value, found.low, found.high))
    if metric != PROFIT:
        word = np.asarray("more" if low > 0 else "less" if high < 0 else "no difference found")
    effect = Effect(
        metric, int(treated + held), int(held), value, low, high, value * treated, low * treated, high * treated,
        float(found.cut), float(found.held_out), str(word), None, "",
    )  # fmt: skip
    return effect, float(found.error)


def _slices(
    sums: Mapping[str, Mapping[str, Mapping[str, _Arms]]], goal: Goal, clock: Clock
) -> dict[tuple[str, str], Effect]:
    """Profit by channel and by kind of customer, as known before eligibility; too small ones are left out."""
    found = {}
    for name, values in sums.items():
        for value, metrics in sorted(values.items()):
            treated, held_out, _ = metrics.get("contribution", _NOBODY)
            if min(float(treated.active), float(held_out.active)) < goal.least_buyers:
                continue
            contacts = metrics.get("contacts", _NOBODY)
            costs = float(contacts[0].mean - contacts[1].mean)
            found[name, value] = _effect(PROFIT, (treated, held_out), goal, clock, costs)[0]
    return found


def _said(
    effect: Effect, arms: tuple[Moments, Moments], goal: Goal, clock: Clock, wrong: list[Finding]
) -> Effect:
    """The effect with the verdict in words, its reason, and the days that are left."""
    if is_unhealthy(wrong):
        return replace(effect, verdict=UNHEALTHY, why=wrong[0].says)
    buyers = int(min(float(arm.active) for arm in arms))
    days = int(np.max(clock.days))
    if effect.verdict == LEFT:
        left, why = _left(effect, arms, goal, days, buyers)
        return replace(effect, days_left=left, why=why)
    if effect.verdict == REVIEW:
        why = (
            f"Only {buyers} buyers in the smaller arm; {goal.least_buyers} are needed for a verdict."
            if buyers < goal.least_buyers
            else "The planned time is over and the interval still holds both gain and loss: more customers would be "
            "needed, or a larger hold-out."
        )
        return replace(effect, why=why)
    if effect.verdict == NO_DATA:
        return replace(effect, why="One arm has no customers yet.")
    if effect.verdict == WORKS:
        return replace(effect, why="The whole interval is above zero.")
    return replace(
        effect,
        why="The whole interval is below zero."
        if effect.high < 0
        else "The whole interval is below what would be worth the work.",
    )


def _left(
    effect: Effect, arms: tuple[Moments, Moments], goal: Goal, days: int, buyers: int
) -> tuple[int, str]:
    if days < goal.least_days:
        return (
            goal.least_days - days,
            f"No verdict before {goal.least_days} days, so that each weekday was seen.",
        )
    if buyers < goal.least_buyers:
        left = days_to_answer(max(buyers, 1), goal.least_buyers, max(days, 1))
        return (
            left,
            f"Only {buyers} buyers in the smaller arm so far; {goal.least_buyers} are needed for a verdict.",
        )
    variance = float((arms[0] + arms[1]).variance) * (1 - effect.cut)
    wanted = abs(goal.target_cents or effect.per_person)
    needed = people_needed(variance, wanted, effect.held_out / effect.people, goal.look_rule)
    left = min(days_to_answer(effect.people, needed, max(days, 1)), max(goal.planned_days - days, 1))
    return max(left, 1), "The interval still holds both gain and loss."


_BY_COHORT = (
    "people", "exposed", "contacted", "in_both", "chances", "chance_variance", "with_chance", "early", "late",
    "early_squares", "late_squares", "early_late", "closed", "provisional",
)  # fmt: skip


def tally_of(rows: pa.Table) -> Tally:
    """The counts of one phase, by cohort and arm."""
    cohorts = sorted(set(rows["cohort"].to_pylist()))
    place = np.asarray([cohorts.index(one) for one in rows["cohort"].to_pylist()], dtype=np.int64)
    arm = np.asarray([ARMS.index(one) for one in rows["arm"].to_pylist()], dtype=np.int64)
    counts = {}
    for name in _BY_COHORT:
        counts[name] = np.zeros((len(cohorts), 2))
        counts[name][place, arm] = rows[name].to_numpy()
    least, most = pc.min(rows["least_chance"]).as_py(), pc.max(rows["most_chance"]).as_py()
    return Tally(
        least_chance=np.nan if least is None else float(least),
        most_chance=np.nan if most is None else float(most),
        **counts,
    )
