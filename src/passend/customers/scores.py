"""The scores of every customer: chance to order, still a customer, what is to come, and when; or why it is not known.

Pure: tables in, tables out. What cannot be learned stays empty, and ``basis`` says why.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.customers.lifetime import Lifetime
from passend.customers.quick import QuickPropensity
from passend.errors import InvalidInput
from passend.tables import contract

#: Columns of the facts that say nothing about the next purchase, or say it twice.
LEFT_OUT = ("as_of", "first_order_at", "last_order_at", "currency")
#: Fewer customers than this, or fewer who ordered (or did not), teach nothing beyond the overall rate.
FEWEST_CUSTOMERS = 50
#: The columns of each part; all of a part's are empty, or none but the intervals and times.
_BUY = ("buy_probability", "buy_low", "buy_high", "is_receptive", "buy_reason")
_LIFE = (
    "active_probability", "expected_orders", "lifetime_cents", "lifetime_low_cents", "lifetime_high_cents",
    "next_order_days",
)  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """What the chance to order is learned from.

    Attributes:
        table: facts of customers at an earlier date, with ``bought`` from the days after it; None where there is none.
        contacted: customers left out because they were sent offers in these days.
        until: end of these days.
        gap: why there is nothing to learn from; empty where there is something.
    """

    table: pa.Table | None
    contacted: int = 0
    until: datetime | None = None
    gap: str = ""


@dataclass(frozen=True)
class Future:
    """What lifetime value is learned from.

    Attributes:
        order_days: customer_id, ordered_at, revenue_cents: one row a customer and day.
        costs: customer_id, revenue_cents, goods_cost_cents, cost_cents: one row a customer.
        as_of: the decision date; None where nothing has a date.
    """

    order_days: pa.Table
    costs: pa.Table
    as_of: datetime | None


def score(facts: pa.Table, lesson: Lesson, future: Future, horizons: tuple[int, int]) -> pa.Table:
    """The table ``scores``, a row for each row of the facts, in their order.

    Args:
        facts: ``customer_facts`` at the decision date.
        lesson: what the chance to order is learned from.
        future: what lifetime value is learned from.
        horizons: days in which an order counts, and days over which lifetime value is summed.
    """
    buy_days, lifetime_days = horizons
    chances, chance_basis = _chances(facts, lesson, buy_days)
    life, life_basis = _life(facts["customer_id"], future, lifetime_days)
    known = pc.is_valid(life["expected_orders"])
    others = "lifetime value: no dated order yet" if pc.any(known).as_py() else life_basis
    basis = pc.if_else(known, f"{chance_basis}; {life_basis}", f"{chance_basis}; {others}")
    anniversary = facts["anniversary_days"].cast(pa.int64())
    ordered = life["next_order_days"].cast(pa.int64())
    by_contract = pc.and_(
        pc.is_valid(anniversary), pc.fill_null(pc.less(anniversary, ordered), fill_value=True)
    )
    next_days = pc.if_else(by_contract, anniversary, ordered)
    says = pc.if_else(by_contract, "contract anniversary", pc.if_else(pc.is_valid(ordered), "order", None))
    columns = {
        "customer_id": facts["customer_id"],
        **chances,
        **life,
        "buy_days": pa.array(np.full(facts.num_rows, buy_days, np.int64)),
        "lifetime_days": pa.array(np.full(facts.num_rows, lifetime_days, np.int64)),
        "next_order_days": next_days,
        "next_event": says.cast(pa.string()),
        "currency": facts["currency"],
        "basis": basis,
    }
    schema = contract("scores").schema
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _chances(facts: pa.Table, lesson: Lesson, days: int) -> tuple[dict[str, pa.Array], str]:
    """The chance to order without being contacted, and how it was learned."""
    table = lesson.table
    gap = lesson.gap
    if not gap and (table is None or table.num_rows < FEWEST_CUSTOMERS):
        left = f" ({lesson.contacted:,} more were sent offers in these days)" if lesson.contacted else ""
        gap = f"only {0 if table is None else table.num_rows:,} customers can be learned from{left}"
    if gap or table is None:
        return _empty(_BUY, facts.num_rows), f"chance to order: not known, {gap}"
    model = QuickPropensity().fit(table.sort_by("customer_id"))
    said = model.predict(facts.drop_columns(list(LEFT_OUT)), reasons=True)
    usual = pc.mean(said["probability"])
    buyers = int(pc.sum(table["bought"]).as_py())
    left = f"; {lesson.contacted:,} who were sent offers are left out" if lesson.contacted else ""
    basis = (
        f"chance to order: learned from {table.num_rows:,} customers, of whom {buyers:,} ordered in the {days} days"
        f" to {lesson.until:%Y-%m-%d}{left}"
    )
    return {
        "buy_probability": said["probability"],
        "buy_low": said["low"],
        "buy_high": said["high"],
        "is_receptive": pc.greater(said["low"], usual),
        "buy_reason": said["reason"],
    }, basis


def _life(customers: pa.ChunkedArray, future: Future, days: int) -> tuple[dict[str, pa.Array], str]:
    """What is to come of each customer, and how it was learned."""
    if future.as_of is None or not future.order_days.num_rows:
        return _empty(_LIFE, len(customers)), "lifetime value: not known, no order has a date"
    revenue, goods = (
        float(pc.sum(future.costs[name]).as_py() or 0) for name in ("revenue_cents", "goods_cost_cents")
    )
    margin = min(max(1 - goods / revenue, 0.0), 1.0) if revenue > 0 else 1.0
    try:
        model = Lifetime(margin_share=margin).fit(future.order_days, future.as_of, future.costs)
    except InvalidInput as gap:
        return _empty(_LIFE, len(customers)), f"lifetime value: not known, {_lowered(gap)}"
    told = model.predict(days)
    told = told.append_column("next_order_days", model.next_order_days())
    place = pc.index_in(customers.combine_chunks().cast(pa.string()), told["customer_id"].combine_chunks())
    found = told.take(place)
    names = {
        "active_probability": "alive_probability",
        "expected_orders": "expected_orders",
        "lifetime_cents": "value_cents",
        "lifetime_low_cents": "low_cents",
        "lifetime_high_cents": "high_cents",
        "next_order_days": "next_order_days",
    }
    doubt = "" if model.report_.good else "; its own check failed: use it to rank, not to add up"
    basis = (
        f"lifetime value: {model.rhythm_.name} over {told.num_rows:,} customers, margin {margin:.0%}{doubt}"
    )
    if revenue <= 0:
        basis = f"lifetime value: not known, the orders name no prices; {model.rhythm_.name} tells the orders to come"
    return {name: found[given] for name, given in names.items()}, basis


def _lowered(gap: InvalidInput) -> str:
    text = str(gap).splitlines()[0].rstrip(".")
    return text[:1].lower() + text[1:]


def _empty(names: tuple[str, ...], rows: int) -> dict[str, pa.Array]:
    schema = contract("scores").schema
    return {name: pa.nulls(rows, schema.field(name).type) for name in names}
