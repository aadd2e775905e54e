"""The firm's tables as a past: which rows count, how they are coded, and when they were."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.candidates import side
from passend.decisions.rules.schema import Values
from passend.engines import DuckDBEngine
from passend.flow.pasts import past_of
from passend.tables import contract
from passend.vocabulary import Channel
from tests.worlds import START, table

PRODUCTS = side(
    pa.table({"product_id": ["p1", "p2"], "name": ["Helmet red", "Lock"], "category": ["Safety", "Safety"],
              "price_cents": [5000, 4000]}), "product_id")  # fmt: skip
CUSTOMERS = side(pa.table({"customer_id": ["a", "b"]}), "customer_id")
NOON = START + timedelta(days=30, hours=12)


def order(line, who, what, days, **more):
    return {"order_id": f"o{line}", "line": 1, "customer_id": who, "product_id": what, "quantity": 2.0,
            "returned_quantity": 0.0, "ordered_at": None if days is None else START + timedelta(days=days),
            "revenue_cents": 900, "discount_cents": 0, "is_gift": False, **more}  # fmt: skip


def told(orders=(), events=(), contacts=(), returns=(), as_of=NOON):
    engine = DuckDBEngine()
    for name, rows in (("orders", orders), ("events", events), ("contacts", contacts)):
        engine.load(name, table(name, rows) if rows else contract(name).empty())
    known = {
        "order_id": [row[0] for row in returns],
        "order_line": [1] * len(returns),
        "quantity": [row[1] for row in returns],
    }
    schema = pa.schema([("order_id", pa.string()), ("order_line", pa.int64()), ("quantity", pa.float64())])
    engine.load("known_returns", pa.table(known, schema))
    engine.load(
        "decision_date", pa.table({"as_of": pa.array([as_of], pa.timestamp("us")), "is_given": [True]})
    )
    past = past_of(engine, (CUSTOMERS, PRODUCTS), Values(order_cost_cents=7.0), as_of or datetime(1970, 1, 1))
    engine.close()
    return past


def test_sales_and_when_they_were():
    rows = [
        order(1, "a", "p1", 0), order(2, "b", "p2", 29.5, discount_cents=5), order(3, "b", "p1", 3, is_gift=True),
        order(4, "a", "p2", 4, revenue_cents=0), order(5, None, "p1", 5), order(6, "stranger", "p1", 5),
        order(7, "a", "p1", None), order(8, "a", "unknown", 6), order(9, "a", "p1", 31), order(10, "a", "p2", 30.6),
    ]  # fmt: skip
    past = told(rows, returns=[("o1", 2.0), ("o2", 1.0)])
    assert past.today == START + timedelta(days=31)
    # The oldest of all rows is in week 0; today is at the beginning of a week.
    assert past.week == 5
    sales = past.sales
    assert sales.customer.tolist() == [0, 0, 1, 1]
    assert sales.product.tolist() == [0, 1, 0, 1]
    assert (35 - sales.day).tolist() == pytest.approx([31, 27, 28, 1.5])
    assert sales.is_reduced.tolist() == [False, False, False, True]
    assert sales.is_free.tolist() == [False, True, True, False]
    # Of the second order only one of two pieces has come back.
    assert sales.is_back.tolist() == [True, False, False, False]
    assert past.item_cents == 7.0


def event(kind, days, what=None, category=None, words=None, *, who="a"):
    return {"event_id": f"e{days}{kind}", "customer_id": who, "happened_at": START + timedelta(days=days), "kind": kind,
            "product_id": what, "category": category, "words": words}  # fmt: skip


def test_looks_and_searches_in_words():
    rows = [
        event("view", 1, "p2"), event("search", 2, None, "safety", "helmet"), event("search", 3, None, None, "LOCK"),
        event("search", 4, None, None, "boat"), event("abandon", 5, "p1"), event("post", 6, "p1"),
        event("cart", 7, "p1", who=None), event("view", 30.9, "p1"),
    ]  # fmt: skip
    past = told([order(1, "a", "p1", 0)], rows)
    helmet, lock = past.goods.group.tolist()
    assert sorted(past.looks.group.tolist()) == sorted([lock, helmet, lock, helmet])
    assert (past.looks.week <= past.week - 3).all()


def contact(number, days, **more):
    return {"contact_id": f"k{number}", "customer_id": "b", "happened_at": START + timedelta(days=days),
            "direction": "out", "channel": "email", "purpose": "offer", "product_id": "p1", **more}  # fmt: skip


def test_offers_and_service():
    rows = [
        contact(1, 1, outcome="click", probability=0.25, discount_share=0.1), contact(2, 2, outcome="unsubscribe"),
        contact(3, 3, outcome="held-out", channel="onsite"), contact(4, 4, purpose="news"),
        contact(5, 5, product_id=None), contact(6, 6, direction="in", purpose="service", cost_cents=300),
        contact(7, 7, direction="in", purpose="service", cost_cents=0), contact(8, 30.8),
    ]  # fmt: skip
    past = told([order(1, "a", "p1", 0)], contacts=rows)
    touches = past.touches
    assert touches.channel.tolist() == [0, 0, list(Channel).index(Channel.ONSITE)]
    assert touches.is_noticed.tolist() == [True, False, False]
    assert touches.has_withdrawn.tolist() == [False, True, False]
    assert touches.is_held_out.tolist() == [False, False, True]
    assert touches.discount.tolist() == [0.1, 0, 0]
    assert touches.chance[0] == 0.25
    assert np.isnan(touches.chance[1:]).all()
    assert len(past.sent.customer) == 2
    assert past.service.cents.tolist() == [300]


def test_the_order_of_rows_says_nothing():
    random = np.random.default_rng(1)
    rows = [order(n, "ab"[n % 2], f"p{1 + n % 3 % 2}", float(random.integers(0, 30))) for n in range(60)]
    one, two = told(rows), told([rows[place] for place in random.permutation(60)])
    for name in ("customer", "product", "day"):
        assert (getattr(one.sales, name) == getattr(two.sales, name)).all()


def test_a_firm_without_dates_has_no_past():
    past = told([order(1, "a", "p1", None)], as_of=None)
    assert (past.week, len(past.sales.day)) == (0, 0)
