"""From stored orders to a table that Propensity learns from: facts at an earlier date, purchases after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput
from passend.flow.steps import run_steps, steps_of
from passend.ports import Silence
from passend.workspace import Workspace

#: Columns of the facts that say nothing about the next purchase, or say it twice.
_LEFT_OUT = ("as_of", "first_order_at", "last_order_at", "currency")


@dataclass(frozen=True)
class Window:
    """What counts as bought.

    Attributes:
        as_of: facts are frozen here; the window begins here.
        days: its length.
        product_id: this product, or any.
        category: this category, or any.
    """

    as_of: datetime
    days: int = 90
    product_id: str | None = None
    category: str | None = None

    @property
    def end(self) -> datetime:
        """The end of the window."""
        return self.as_of + timedelta(days=self.days)


def training_table(workspace: Workspace, window: Window) -> pa.Table:
    """Facts frozen at a date, with ``bought`` from the window after it, for customers not contacted in it.

    Raises:
        InvalidInput: the data end before the window does, or have no dates, or begin after it.
    """
    end = pc.max(workspace.read("orders")["ordered_at"]).as_py()
    if end is None or end < window.end:
        raise InvalidInput(
            f"The data end {'without a date' if end is None else f'on {end:%Y-%m-%d}'}, before the window does.",
            remedy=f"Take an earlier date, or a window of fewer than {window.days} days.",
        )
    facts = facts_at(workspace, window.as_of)
    if not facts.num_rows:
        raise InvalidInput(f"Nothing is known of any customer before {window.as_of:%Y-%m-%d}.")
    bought = pc.is_in(facts["customer_id"], _buyers(workspace, window))
    table = facts.drop_columns([name for name in _LEFT_OUT if name in facts.schema.names])
    table = table.append_column("bought", bought.cast(pa.int64()))
    return table.filter(pc.invert(pc.is_in(facts["customer_id"], _contacted(workspace, window))))


def facts_at(workspace: Workspace, as_of: datetime) -> pa.Table:
    """``customer_facts`` as they were at a date; nothing is stored."""
    steps = steps_of("customers")
    last = next(place for place, step in enumerate(steps) if step.table == "customer_facts")
    settings = workspace.settings.changed({"customers.as_of": as_of.isoformat(sep=" ")})
    with workspace.engine() as engine:
        run_steps(engine, steps[: last + 1], settings, Silence())
        return engine.fetch("customer_facts")


def _buyers(workspace: Workspace, window: Window) -> pa.Array:
    orders = workspace.read("orders")
    inside = _inside(orders["ordered_at"], window)
    if window.product_id is not None:
        inside = pc.and_(inside, pc.equal(orders["product_id"], window.product_id))
    if window.category is not None:
        products = workspace.read("products")
        chosen = products.filter(pc.equal(products["category"], window.category))["product_id"]
        inside = pc.and_(inside, pc.is_in(orders["product_id"], chosen.combine_chunks()))
    return pc.unique(orders.filter(inside)["customer_id"]).drop_null()


def _contacted(workspace: Workspace, window: Window) -> pa.Array:
    if not workspace.has("contacts"):
        return pa.array([], pa.string())
    contacts = workspace.read("contacts")
    sent = pc.and_(_inside(contacts["happened_at"], window), pc.equal(contacts["direction"], "out"))
    held_out = pc.fill_null(pc.equal(contacts["outcome"], "held-out"), fill_value=False)
    offered = pc.and_(pc.equal(contacts["purpose"], "offer"), pc.invert(held_out))
    return pc.unique(contacts.filter(pc.and_(sent, offered))["customer_id"])


def _inside(times: pa.ChunkedArray, window: Window) -> pa.ChunkedArray:
    return pc.and_(pc.greater_equal(times, window.as_of), pc.less(times, window.end))
