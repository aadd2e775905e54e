"""Who bought what is used up, and when it is due again: told by purchases that lie before a campaign's start, too."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from passend.campaigns import Trigger
from passend.errors import InvalidInput
from passend.flow.campaigns.entering import Entrant
from passend.store import Store
from passend.store.live import InboxRow
from passend.store.marks import mark
from passend.store.rows import as_moment
from passend.workspace import Workspace

#: The trigger that looks back: what was bought before the start becomes due after it.
DUE_AGAIN = "replenishment"
#: Triggers that an order sets off: only who bought what they are about can be let in.
BY_ORDER = ("next need", DUE_AGAIN, "repeated purchases")


def buyers(workspace: Workspace, trigger: Trigger) -> set[str]:
    """The customers who ever bought one of a trigger's products; of any where it names none."""
    orders = workspace.read("orders", ("customer_id", "product_id"))
    if trigger.products:
        orders = orders.filter(pc.is_in(orders["product_id"], pa.array(trigger.products, pa.string())))
    return set(pc.unique(orders["customer_id"].drop_null()).to_pylist())


def becoming_due(workspace: Workspace, trigger: Trigger, now: datetime) -> dict[str, Entrant]:
    """Customer -> their last purchase of a trigger's products, where its time comes from now on.

    What was due before now is left out: whoever has not come again by then buys elsewhere, or not at all.
    """
    names = ("customer_id", "product_id", "order_id", "ordered_at")
    orders = workspace.read("orders", names)
    fits = pc.and_(
        pc.is_valid(orders["customer_id"]),
        pc.greater(orders["ordered_at"], pa.scalar(now - trigger.after, pa.timestamp("us"))),
    )
    if trigger.products:
        fits = pc.and_(fits, pc.is_in(orders["product_id"], pa.array(trigger.products, pa.string())))
    found: dict[str, Entrant] = {}
    keys = [(name, "ascending") for name in ("ordered_at", "order_id", "product_id")]
    for row in orders.filter(fits).sort_by(keys).to_pylist():
        at, given = row["ordered_at"], {"event": "order", "product_id": row["product_id"]}
        key = row["order_id"] or ""
        found[row["customer_id"]] = Entrant(
            row["customer_id"], key, {**given, "at": at.isoformat()}, at + trigger.after
        )
    return found


def due_at_start(store: Store, workspace: Workspace, trigger: Trigger, now: datetime) -> list[Entrant]:
    """Whom purchases before the start let in, those due first in front; who is about to be let in anyway is left out.

    An order that the triggers have still to judge lets its customer in by itself.
    """
    found = becoming_due(workspace, trigger, now)
    with store.read() as connection:
        seen = mark(connection, "fed/orders")
        open_ = select(InboxRow.customer_id).where(InboxRow.is_judged.is_(False), InboxRow.kind == "order")
        coming = set(connection.execute(open_).scalars())
    if seen:
        until = as_moment(seen) + trigger.after
        found = {who: one for who, one in found.items() if one.starts_at <= until}
    entrants = [one for who, one in found.items() if who not in coming]
    return sorted(entrants, key=lambda one: (one.starts_at, one.customer_id))


def usual_wait(workspace: Workspace, products: Sequence[str]) -> tuple[list[str], timedelta]:
    """Those of some products that are used up, and how long after a purchase to speak of them: a week before the usual.

    Raises:
        InvalidInput: customers do not come again for any of them.
    """
    needs = workspace.read("needs").select(["category", "usual_weeks"]).to_pylist()
    told: dict[str, list[float]] = {}
    for row in needs:
        if row["category"] and row["usual_weeks"] is not None:
            told.setdefault(row["category"], []).append(row["usual_weeks"])
    shelf = {
        row["product_id"]: row["category"]
        for row in workspace.read("products").select(["product_id", "category"]).to_pylist()
    }
    used_up = [one for one in products if shelf.get(one) in told]
    if not used_up:
        most = sorted(told, key=lambda name: -len(told[name]))[:5]
        raise InvalidInput(
            "Hardly anybody buys these products again, so none of them is ever due again.",
            remedy=f"Name what is used up: {', '.join(sorted(most))}."
            if most
            else "This recipe needs products that the same customers buy again and again.",
        )
    weeks = median(one for name in {shelf[product] for product in used_up} for one in told[name])
    return used_up, timedelta(weeks=max(1, round(weeks) - 1))
