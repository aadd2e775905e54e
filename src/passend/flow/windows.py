"""Who bought in a window of time, and who is left out because offers were sent: the target that Propensity learns."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from passend.customers.scores import LEFT_OUT


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


@dataclass(frozen=True)
class Events:
    """The firm's tables from which the target is read."""

    orders: pa.Table
    contacts: pa.Table
    products: pa.Table


def labelled(facts: pa.Table, events: Events, window: Window) -> tuple[pa.Table, int]:
    """Facts at the window's beginning with ``bought``, for customers not contacted in it; and how many were."""
    bought = pc.is_in(facts["customer_id"], _buyers(events, window))
    table = facts.drop_columns([name for name in LEFT_OUT if name in facts.schema.names])
    table = table.append_column("bought", bought.cast(pa.int64()))
    kept = table.filter(pc.invert(pc.is_in(facts["customer_id"], _contacted(events.contacts, window))))
    return kept, table.num_rows - kept.num_rows


def _buyers(events: Events, window: Window) -> pa.Array:
    orders = events.orders
    inside = _inside(orders["ordered_at"], window)
    if window.product_id is not None:
        inside = pc.and_(inside, pc.equal(orders["product_id"], window.product_id))
    if window.category is not None:
        chosen = events.products.filter(pc.equal(events.products["category"], window.category))["product_id"]
        inside = pc.and_(inside, pc.is_in(orders["product_id"], chosen.combine_chunks()))
    return pc.unique(orders["customer_id"].filter(inside)).drop_null()


def _contacted(contacts: pa.Table, window: Window) -> pa.Array:
    sent = pc.and_(_inside(contacts["happened_at"], window), pc.equal(contacts["direction"], "out"))
    held_out = pc.fill_null(pc.equal(contacts["outcome"], "held-out"), fill_value=False)
    offered = pc.and_(pc.equal(contacts["purpose"], "offer"), pc.invert(held_out))
    return pc.unique(contacts["customer_id"].filter(pc.and_(sent, offered)))


def _inside(times: pa.ChunkedArray, window: Window) -> pa.ChunkedArray:
    return pc.and_(pc.greater_equal(times, window.as_of), pc.less(times, window.end))
