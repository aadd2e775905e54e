"""Events of shops come to the triggers once each, those of known customers alone."""

from datetime import datetime

from sqlalchemy import select

from passend.flow.campaigns.shop_events import take_in
from passend.flow.serving.receiving import Inflow, Told
from passend.store import Store
from passend.store.live import InboxRow

NOW = datetime(2026, 11, 1)


def told(number: str, customer: str | None, event: str = "Product Viewed", **more: str) -> Told:
    """An event about a bike."""
    return Told(event, number, datetime(2026, 10, 31, 12), customer, "v1", {"product_id": "bike", **more})


def test_each_event_of_a_known_customer_comes_once(store: Store) -> None:
    inflow = Inflow(store)
    events = [
        told("a", "C1"), told("b", None), told("c", "C2", "Order Completed", order_id="O1"),
        told("d", "C1", "Products Searched", query="red bike"),
    ]  # fmt: skip
    assert inflow.receive(events, NOW).new == 4
    assert take_in(store, NOW) == 3
    assert take_in(store, NOW) == 0
    inflow.receive([told("a", "C1"), told("e", " C1 ")], NOW)
    assert take_in(store, NOW) == 1
    with store.read() as connection:
        row = InboxRow
        rows = connection.execute(
            select(
                row.kind, row.customer_id, row.product_id, row.order_id, row.details, row.is_judged
            ).order_by(row.id)
        ).all()
        assert connection.execute(select(row.happened_at).distinct()).scalars().all() == [
            datetime(2026, 10, 31, 12)
        ]
    assert [tuple(one) for one in rows] == [
        ("view", "C1", "bike", None, "", False),
        ("order", "C2", "bike", "O1", "", False),
        ("search", "C1", None, None, "red bike", False),
        ("view", "C1", "bike", None, "", False),
    ]
