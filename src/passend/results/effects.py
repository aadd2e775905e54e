"""From sums and tallies to what each campaign added: the programme first, then campaign by campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.results.evidence import Doubled, Evidence, OrderDays, by_arm
from passend.results.figures import NOBODY, PROFIT, Arms, added_up, effect_of
from passend.results.finding import Finding
from passend.results.goal import Goal
from passend.results.health import findings, is_unhealthy
from passend.results.measured import CannotBeMeasured, Effect
from passend.results.power import days_to_answer, people_needed
from passend.results.slices import GROUP, Slices, slices_of
from passend.results.tally import Tally, tally_of
from passend.results.verdict import LEFT, NO_DATA, REVIEW, UNHEALTHY, WORKS, Clock

PROGRAMME = "programme"
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
        too_few: (slice, value) -> eligible customers of groups that cannot be measured.
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
    too_few: Mapping[tuple[str, str], int]
    errors: Mapping[str, float]

    @property
    def verdict(self) -> str:
        """In a word."""
        if PROFIT in self.effects:
            return self.effects[PROFIT].verdict
        return "cannot be measured" if self.cannot is None else self.cannot.verdict


@dataclass(frozen=True)
class Sums:
    """The tables that SQL leaves.

    Attributes:
        sums: ``effect_sums``.
        slices: ``slice_sums``.
        tallies: ``exposure_tallies``.
        goals: ``campaign_goals``.
        claims: ``attributed``.
        as_of: the end of the data.
        days: ``exposure_days``.
        calendar: orders of the firm by day.
        doubled: (campaign, phase) -> lines that stand twice, where somebody looked and found many.
    """

    sums: pa.Table
    slices: pa.Table
    tallies: pa.Table
    goals: pa.Table
    claims: pa.Table
    as_of: datetime
    days: pa.Table
    calendar: OrderDays = field(default_factory=OrderDays)
    doubled: Mapping[tuple[str, int], Doubled] = field(default_factory=dict)


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
    whole: dict[tuple[str, int], dict[str, Arms]] = {
        (one["campaign"], one["phase"]): {} for one in phases.to_pylist()
    }
    for (campaign, phase, metric), arms in added_up(given.sums, ("campaign", "phase", "metric")).items():
        whole[campaign, phase][metric] = arms
    groups: dict[tuple[str, int], dict[tuple[str, str], Arms]] = {key: {} for key in whole}
    for (campaign, phase, name, value), arms in added_up(given.slices, GROUP).items():
        groups[campaign, phase][name, value] = arms
    found = []
    for row in phases.to_pylist():
        key = (row["campaign"], row["phase"])
        one = Phase(row, goals[row["campaign"]], claims.get(key, {}), whole[key], groups[key])
        found.append(_one(given, one))
    return sorted(
        found, key=lambda one: (one.campaign != PROGRAMME, -one.first_at.timestamp(), one.campaign, one.phase)
    )


def _goal(row: Mapping[str, Any]) -> Goal:
    return Goal(
        target_cents=row["target_cents"], window_days=row["window_days"], planned_people=row["planned_people"],
        planned_days=row["planned_days"], look_rule=row["look_rule"], cap_cents=row["cap_cents"],
        is_frozen=row["frozen_at"] is not None,
    )  # fmt: skip


@dataclass(frozen=True)
class Phase:
    """One phase of a campaign, before it is measured.

    Attributes:
        row: campaign, phase, first and last eligibility.
        goal: by which it is judged.
        claim: what a mail tool would claim.
        arms: metric -> its arms.
        groups: (slice, value) -> the arms of their profit before contacts.
    """

    row: Mapping[str, Any]
    goal: Goal
    claim: Mapping[str, Any]
    arms: Mapping[str, Arms]
    groups: Mapping[tuple[str, str], Arms]


def _one(given: Sums, phase: Phase) -> Measured:
    row, goal = phase.row, phase.goal
    tally = tally_of(_of_phase(given.tallies, row))
    arms = {metric: phase.arms.get(metric, NOBODY) for metric in (*METRICS, "contacts")}
    whole = arms["uncapped"]
    people = (int(whole.treated.people), int(whole.held_out.people))
    costs = float(arms["contacts"].treated.mean - arms["contacts"].held_out.mean)
    days, twice = by_arm(_of_phase(given.days, row)), given.doubled.get((row["campaign"], row["phase"]))
    wrong = findings(
        Evidence(
            tally, whole, arms["orders"], phase.groups, row["first_at_min"], row["last_at_max"], given.as_of,
            goal.window_days, days, given.calendar, twice,
        )
    )  # fmt: skip
    cannot = _cannot(people, float(tally.contacted[:, 0].sum()))
    clock = _clock(given.as_of, row, goal, tally)
    effects: dict[str, Effect] = {}
    errors: dict[str, float] = {}
    slices = Slices({}, {})
    if cannot is None:
        for metric in METRICS:
            if arms[metric].smaller > 1:
                effects[metric], errors[metric] = effect_of(metric, arms[metric], goal, clock)
        profit, errors[PROFIT] = effect_of(PROFIT, arms["contribution"], goal, clock, costs)
        effects = {PROFIT: _said(profit, arms["contribution"], goal, clock, wrong), **effects}
        slices = slices_of(phase.groups, goal, clock, is_healthy=not is_unhealthy(wrong))
    return Measured(
        row["campaign"], row["phase"], goal, row["first_at_min"], row["last_at_max"], people, costs, effects, cannot,
        wrong, bool(tally.provisional.sum()), int(phase.claim.get("orders_sum", 0)),
        float(phase.claim.get("revenue_cents_sum", 0.0)), slices.measured, slices.too_few, errors,
    )  # fmt: skip


def _of_phase(table: pa.Table, row: Mapping[str, Any]) -> pa.Table:
    return table.filter(pc.and_(*(pc.equal(table[name], row[name]) for name in ("campaign", "phase"))))


def _cannot(people: tuple[int, int], contacted: float) -> CannotBeMeasured | None:
    """Why nothing can be told; what nobody got cannot have added anything, whoever was to get it."""
    if people[0] and not contacted:
        return CannotBeMeasured(
            "nothing of it was sent or shown yet.",
            "Carry it out by a campaign, or import the contacts that were made.",
            NO_DATA,
        )
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


def _said(effect: Effect, arms: Arms, goal: Goal, clock: Clock, wrong: list[Finding]) -> Effect:
    """The effect with the verdict in words, its reason, and the days that are left."""
    if is_unhealthy(wrong):
        return replace(effect, verdict=UNHEALTHY, why=wrong[0].says)
    buyers = arms.buyers
    days = int(np.max(clock.days))
    if effect.verdict == LEFT:
        left, why = _left(effect, arms, goal, days, buyers)
        return replace(effect, days_left=left, why=why)
    if effect.verdict == REVIEW:
        why = (
            _few(buyers, goal.least_buyers)
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


def _few(buyers: int, needed: int) -> str:
    if not buyers:
        return f"Nobody in the smaller arm has bought yet; {needed} buyers are needed for a verdict."
    return f"Only {buyers} buyers in the smaller arm; {needed} are needed for a verdict."


def _left(effect: Effect, arms: Arms, goal: Goal, days: int, buyers: int) -> tuple[int, str]:
    if days < goal.least_days:
        return (
            goal.least_days - days,
            f"No verdict before {goal.least_days} days, so that each weekday was seen.",
        )
    if buyers < goal.least_buyers:
        left = days_to_answer(max(buyers, 1), goal.least_buyers, max(days, 1))
        return (
            left,
            _few(buyers, goal.least_buyers),
        )
    variance = float((arms.treated + arms.held_out).variance) * (1 - effect.cut)
    wanted = abs(goal.target_cents or effect.per_person)
    needed = people_needed(variance, wanted, effect.held_out / effect.people, goal.look_rule)
    left = min(days_to_answer(effect.people, needed, max(days, 1)), max(goal.planned_days - days, 1))
    return max(left, 1), "The interval still holds both gain and loss."
