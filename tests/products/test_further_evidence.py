"""Views, searches, carts and offers: planted truth, null shops, and that a missing source changes nothing."""

from datetime import datetime, timedelta
from functools import cache

import pytest

from benchmarks.planted_events import ThinShop, ThinWorld, make_thin
from passend.engines import DuckDBEngine
from passend.flow.steps import run_steps, steps_until_relations
from passend.ports import Silence
from passend.settings import Settings
from passend.tables import contract
from passend.tables.firm import FIRM_TABLES
from tests.worlds import baskets, intake, plan, rows_of, table

UNDIRECTED = {"complement", "substitute"}


def relate(world: ThinWorld, **sources) -> list[dict]:
    """The relations of a thin shop; sources that are not named stay empty."""
    engine = DuckDBEngine()
    for made in (*FIRM_TABLES, contract("relation_edits"), contract("compatibility")):
        engine.load(made.name, sources.get(made.name, made.empty()))
    engine.load("orders", world.orders)
    engine.load("products", world.products)
    run_steps(engine, steps_until_relations(), Settings(), Silence())
    rows = engine.fetch("relations").to_pylist()
    engine.close()
    return [row for row in rows if row["evidence"] != "neighbours"]


@cache
def thin(seed: int, **options) -> tuple[ThinWorld, list[dict], list[dict]]:
    world = make_thin(ThinShop(seed, **options))
    return world, relate(world), relate(world, events=world.events, contacts=world.contacts)


def pairs(rows: list[dict], kind: str) -> set[tuple[str, str]]:
    found = [(row["product_id"], row["other_id"]) for row in rows if row["type"] == kind]
    return {tuple(sorted(pair)) if kind in UNDIRECTED else pair for pair in found}


@pytest.mark.parametrize("kind", ["complement", "substitute", "next"])
def test_what_orders_are_too_thin_for_is_told_by_visits_and_offers(kind):
    planted = alone = found = wrong = 0
    for seed in (1, 2):
        world, orders_alone, rows = thin(seed)
        truth = getattr(world, kind)
        planted += len(truth)
        alone += len(pairs(orders_alone, kind) & truth)
        found += len(pairs(rows, kind) & truth)
        wrong += len(pairs(rows, kind) - truth)
    assert alone <= 0.3 * planted, "the shop must be too thin for orders alone"
    assert found >= 0.7 * planted
    assert wrong <= 1


def test_behaviour_tells_substitutes_without_categories():
    world, _, rows = thin(3, categories=False)
    assert len(pairs(rows, "substitute") & world.substitute) >= 2
    assert len(pairs(rows, "substitute") - world.substitute) <= 1


def test_null_shops_with_events_and_offers_give_nothing():
    for seed in range(4):
        world = make_thin(ThinShop(100 + seed, planted=False))
        assert relate(world, events=world.events, contacts=world.contacts) == []


def test_the_evidence_is_told_source_by_source():
    _, _, rows = thin(1)
    told = {row["type"]: row["evidence"] for row in rows}
    assert "carts" in told["complement"]
    assert told["substitute"].startswith("views")
    assert told["next"].startswith("offers")
    for row in rows:
        assert str(row["support"]) in row["reason"] or "carts" in row["evidence"]
        assert 1 < row["low"] <= row["strength"] <= row["high"]


def test_carts_that_became_orders_count_once():
    """Events that only repeat the orders add nothing: same rows as without them."""
    lines = baskets(3, orders=800, planted=[(1, 2, 0.5)])
    events = [
        {"event_id": f"e{place}", "customer_id": row["customer_id"], "visit_id": row["order_id"],
         "happened_at": row["ordered_at"], "kind": "cart", "product_id": row["product_id"]}
        for place, row in enumerate(lines)
    ]  # fmt: skip
    plain, doubled = intake(lines), intake(lines)
    doubled.load("events", table("events", events))
    plan(plain)
    plan(doubled)
    same = [
        sorted(rows_of(engine, "relations"), key=lambda row: (row["product_id"], row["other_id"]))
        for engine in (plain, doubled)
    ]
    counted = [
        [(row["product_id"], row["other_id"], row["support"], round(row["strength"], 9)) for row in rows]
        for rows in same
    ]
    assert counted[0] == counted[1] != []


def test_searches_name_products_and_count_as_wants():
    start = datetime(2024, 3, 1)
    lines = [{"order_id": f"o{n}", "customer_id": f"x{n}", "product_id": f"p{n % 12}", "quantity": 1.0,
              "product_name": "Helm Rot" if n % 12 == 1 else f"Ding {n % 12}"} for n in range(120)]  # fmt: skip
    events = []
    for n in range(600):
        chosen = [("cart", f"p{n % 12}", None), ("cart", f"p{(n * 5 + 3) % 12}", None)]
        if n % 12 == 0:
            chosen.append(("search", None, "helm"))
        events += [
            {"event_id": f"{n}-{place}", "customer_id": f"c{n}", "happened_at": start + timedelta(days=n % 50),
             "kind": kind,
             "product_id": product, "words": words}
            for place, (kind, product, words) in enumerate(chosen)
        ]  # fmt: skip
    engine = intake(lines)
    engine.load("events", table("events", events))
    plan(engine)
    found = {
        (row["product_id"], row["other_id"]): row["evidence"]
        for row in rows_of(engine, "relations")
        if row["type"] == "complement"
    }
    assert "searches" in found["p0", "p1"]


def test_declined_offers_lower_and_accepted_ones_raise_the_strength():
    def strength(outcome: str | None) -> float:
        lines = []
        for n in range(240):
            day = datetime(2024, 1, 1) + timedelta(days=n % 90)
            lines.append(
                {
                    "order_id": f"a{n}",
                    "customer_id": f"c{n}",
                    "product_id": f"p{n % 8}",
                    "ordered_at": day,
                    "quantity": 1.0,
                }
            )
            other = "p1" if n % 8 == 0 else f"p{(n * 3 + 2) % 8}"
            lines.append(
                {
                    "order_id": f"b{n}",
                    "customer_id": f"c{n}",
                    "product_id": other,
                    "ordered_at": day + timedelta(days=20),
                    "quantity": 1.0,
                }
            )
        contacts = [
            {"contact_id": f"k{n}", "customer_id": f"c{n}", "direction": "out", "channel": "email", "purpose": "offer",
             "happened_at": datetime(2024, 1, 1) + timedelta(days=n % 90 + 5), "product_id": "p1",
             "outcome": outcome if n % 8 == 0 else ("accept" if n % 3 == 0 else "decline")}
            for n in range(240)
        ]  # fmt: skip
        engine = intake(lines)
        if outcome:
            engine.load("contacts", table("contacts", contacts))
        plan(engine)
        return next(
            row["strength"]
            for row in rows_of(engine, "relations")
            if (row["product_id"], row["other_id"], row["type"]) == ("p0", "p1", "next")
        )

    assert strength("decline") < strength(None)
    assert strength("accept") > strength("decline")
