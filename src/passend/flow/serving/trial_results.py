"""What a placement brings against nothing: its arms so far, and the verdict where it can be measured, or why not.

Customers are compared by what they bought since they first came past the placement, visits by whether they ordered,
hours of a page by what was ordered with its product in them. Who would have seen nothing anyway is in neither arm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import case, func, select

from passend.flow.serving.trials import CUSTOMER, HOUR, KINDS, VISIT
from passend.language import phrase
from passend.results.clusters import compare_clusters
from passend.results.goal import Goal
from passend.results.measured import CannotBeMeasured
from passend.results.moments import moments_of
from passend.results.verdict import HARMS, WORKS, Clock, judged
from passend.store import Store
from passend.store.doors import ReceivedRow
from passend.store.placements import TrialRow
from passend.workspace import Workspace

#: Purchases count so long after a customer first came past.
WINDOW = timedelta(days=30)
#: Purchases so long before take chance out of the comparison.
BEFORE = timedelta(days=180)
#: Units that are compared at most, the latest; more say no more.
_MOST = 200_000
#: The interval holds whenever people look; it is narrowest at so many units.
_PLANNED = 10_000
OPEN, CANNOT = "open", "cannot be measured"


@dataclass(frozen=True)
class Arm:
    """One arm: its units, and the questions that had a list."""

    units: int
    answers: int


@dataclass(frozen=True)
class Compared:
    """A placement against nothing, for visitors told apart in one way.

    Attributes:
        kind: customer, visit or hour.
        shown, nothing: the arms.
        since: the first of them.
        verdict: works, harms, open, or cannot be measured.
        metric: what is compared: revenue in minor units, orders, or lines of orders; by unit, or by answer.
        effect: lower end, middle and upper end of what the placement adds; None where it cannot be measured.
        says: why.
    """

    kind: str
    shown: Arm
    nothing: Arm
    since: datetime
    verdict: str
    metric: str
    effect: tuple[float, float, float] | None
    says: str


@dataclass(frozen=True)
class _Unit:
    unit: str
    is_shown: bool
    first_at: datetime
    answers: int


def arms_of(store: Store, names: Sequence[tuple[str, int]]) -> dict[str, tuple[Arm, Arm]]:
    """Both arms of placements in their present round, shown and nothing, however visitors are told apart."""
    shown = func.sum(case((TrialRow.is_shown, 1), else_=0))
    told = func.sum(case((TrialRow.is_shown, TrialRow.answers), else_=0))
    asked = select(
        TrialRow.placement, TrialRow.round, func.count(), shown, func.sum(TrialRow.answers), told
    ).group_by(TrialRow.placement, TrialRow.round)
    with store.read() as connection:
        rows = {(row[0], row[1]): row[2:] for row in connection.execute(asked)}
    found = {}
    for name, number in names:
        units, units_shown, answers, answers_shown = rows.get((name, number), (0, 0, 0, 0))
        found[name] = (Arm(units_shown, answers_shown), Arm(units - units_shown, answers - answers_shown))
    return found


def compared(store: Store, workspace: Workspace, name: str, number: int, now: datetime) -> list[Compared]:
    """A placement's comparison, by the ways in which its visitors are told apart."""
    found = []
    for kind in KINDS:
        units = _units(store, name, number, kind)
        if units:
            arms = [
                Arm(len(some), sum(one.answers for one in some))
                for some in ([one for one in units if one.is_shown is wanted] for wanted in (True, False))
            ]
            since = min(one.first_at for one in units)
            told = _MEASURES[kind](store, workspace, units, now)
            found.append(Compared(kind, arms[0], arms[1], since, *told))
    return found


_Told = tuple[str, str, tuple[float, float, float] | None, str]


def _units(store: Store, name: str, number: int, kind: str) -> list[_Unit]:
    row = TrialRow
    asked = (
        select(row.unit, row.is_shown, row.first_at, row.answers)
        .where(row.placement == name, row.round == number, row.kind == kind)
        .order_by(row.first_at.desc())
        .limit(_MOST)
    )
    with store.read() as connection:
        return [
            _Unit(one.unit, bool(one.is_shown), one.first_at, one.answers)
            for one in connection.execute(asked)
        ]


def _customers(store: Store, workspace: Workspace, units: list[_Unit], now: datetime) -> _Told:
    """Revenue of each customer since they came past, history taken out."""
    del store
    metric = "revenue"
    if not workspace.has("orders"):
        return CANNOT, metric, None, phrase("There are no orders yet.")
    columns = ("customer_id", "ordered_at", "revenue_cents", "quantity", "returned_quantity")
    orders = workspace.read("orders", columns)
    until = pc.max(orders["ordered_at"]).as_py()
    units = [one for one in units if until is not None and one.first_at < until]
    if not units:
        return CANNOT, metric, None, phrase(
            "The orders that were brought in end before the first visit: bring in those since."
        )  # fmt: skip
    place = {one.unit: number for number, one in enumerate(units)}
    mine = orders.filter(pc.is_in(orders["customer_id"], value_set=pa.array(place, pa.string())))
    first = np.array([one.first_at for one in units], dtype="datetime64[us]")
    whose = np.array([place[one] for one in mine["customer_id"].to_pylist()], dtype=np.int64)
    at = (
        mine["ordered_at"].cast(pa.timestamp("us")).to_numpy()
        if len(whose)
        else np.empty(0, "datetime64[us]")
    )
    paid = _paid(mine)
    after = (at > first[whose]) & (at <= first[whose] + np.timedelta64(WINDOW))
    before = (at <= first[whose]) & (at > first[whose] - np.timedelta64(BEFORE))
    spent, history = (_sums(whose[which], paid[which], len(units)) for which in (after, before))
    return _judged(units, spent, history, metric, now)


def _sums(whose: NDArray[np.int64], paid: NDArray[np.float64], units: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(whose, paid, units), dtype=np.float64)


def _paid(orders: pa.Table) -> NDArray[np.float64]:
    """What was paid and kept, line by line."""
    revenue, pieces, back = (
        pc.fill_null(orders[name].cast(pa.float64()), 0.0).to_numpy()
        for name in ("revenue_cents", "quantity", "returned_quantity")
    )
    kept = 1 - np.divide(back, pieces, out=np.zeros_like(back), where=pieces > 0)
    return np.asarray(revenue * np.clip(kept, 0, 1), dtype=np.float64)


def _visits(store: Store, workspace: Workspace, units: list[_Unit], now: datetime) -> _Told:
    """Whether each visit ordered."""
    del workspace
    metric = "orders"
    since = min(one.first_at for one in units)
    with store.read() as connection:
        asked = select(ReceivedRow.details).where(
            ReceivedRow.kind == "order", ReceivedRow.received_at >= since, ReceivedRow.details.is_not(None)
        )
        ordered = set(connection.scalars(asked))
    if not ordered:
        return CANNOT, metric, None, phrase(
            "No order names the cart that it came from: send the cart's number as anonymousId with 'Order Completed'."
        )  # fmt: skip
    outcome = np.array([float(one.unit in ordered) for one in units])
    return _judged(units, outcome, None, metric, now)


def _judged(
    units: Sequence[_Unit],
    outcome: NDArray[np.float64],
    before: NDArray[np.float64] | None,
    metric: str,
    now: datetime,
) -> _Told:
    """The verdict by the rule of campaigns, with an interval that holds whenever people look."""
    is_shown = np.array([one.is_shown for one in units])
    arms = [
        moments_of(outcome[arm], None if before is None else before[arm]) for arm in (is_shown, ~is_shown)
    ]
    days = (now - min(one.first_at for one in units)) / timedelta(days=1)
    goal = Goal(planned_people=_PLANNED, planned_days=10**6, is_frozen=True)
    if not is_shown.any() or is_shown.all():
        return CANNOT, metric, None, phrase("Only one of the arms has had visitors so far.")
    found, words = judged(arms[0], arms[1], goal, Clock(days, len(units)))
    effect = (float(found.low), float(found.value), float(found.high))
    verdict = str(words) if str(words) in (WORKS, HARMS) else OPEN
    return verdict, metric, effect, _reason(verdict, days, goal, min(float(arm.active) for arm in arms))


def _reason(verdict: str, days: float, goal: Goal, buyers: float) -> str:
    if verdict == WORKS:
        return phrase("The placement brings more than nothing does.")
    if verdict == HARMS:
        return phrase("Without the placement people buy more.")
    if buyers < goal.least_buyers:
        return phrase(
            "{buyers:n} buyer in the smaller arm; a verdict needs {least:n}.",
            "{buyers:n} buyers in the smaller arm; a verdict needs {least:n}.", buyers=int(buyers),
            least=goal.least_buyers,
        )  # fmt: skip
    if days < goal.least_days:
        return phrase("A verdict needs {least:n} days, so that each weekday was seen.", least=goal.least_days)
    return phrase("Both more and less are still possible.")


def _hours(store: Store, workspace: Workspace, units: list[_Unit], now: datetime) -> _Told:
    """Lines of the orders of each hour that held the page's product, by answer; between hours of pages."""
    del workspace, now
    metric = "lines of orders"
    lines = _lines_by_hour(store, min(one.first_at for one in units))
    if not lines:
        return CANNOT, metric, None, phrase(
            "The shop tells no orders: send 'Order Completed', so that hours with and without can be compared."
        )  # fmt: skip
    totals = np.array([float(lines.get(one.unit, 0)) for one in units])
    visits = np.array([float(one.answers) for one in units])
    found = compare_clusters(totals, visits, np.array([one.is_shown for one in units]))
    if isinstance(found, CannotBeMeasured):
        return CANNOT, metric, None, phrase("{why:s} {remedy:s}", why=found.because, remedy=found.remedy)
    effect = (found.low, found.value, found.high)
    verdict = WORKS if found.low > 0 else HARMS if found.high < 0 else OPEN
    return verdict, metric, effect, _reason(verdict, 10**6, Goal(), 10**6)


def _lines_by_hour(store: Store, since: datetime) -> dict[str, int]:
    """How many lines the orders of an hour have that hold a product, by hour and product; and of all, by hour alone."""
    row = ReceivedRow
    asked = select(row.order_id, row.product_id, row.happened_at).where(
        row.kind == "order", row.received_at >= since, row.order_id.is_not(None), row.happened_at.is_not(None)
    )
    with store.read() as connection:
        rows = connection.execute(asked).all()
    orders: dict[str, tuple[int, set[str]]] = {}
    for order, product, at in rows:
        if at is None or order is None or product is None:
            continue
        hour = int((at - datetime(1970, 1, 1)) // timedelta(hours=1))
        orders.setdefault(order, (hour, set()))[1].add(product)
    found: dict[str, int] = {}
    for hour, products in orders.values():
        for unit in _pages(hour, products):
            found[unit] = found.get(unit, 0) + len(products)
    return found


def _pages(hour: int, products: Iterable[str]) -> list[str]:
    return [f"{hour}/", *(f"{hour}/{one}" for one in products)]


_MEASURES: dict[str, Any] = {CUSTOMER: _customers, VISIT: _visits, HOUR: _hours}
