"""Planted truth per type, null worlds, and what makes unrelated products look related."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks.planted_relations import Shop, make
from passend.settings import Settings
from passend.tables import contract
from tests.products.planted import relate, shop
from tests.worlds import START, intake, plan, rows_of, table

UNDIRECTED = {"complement", "substitute"}


def _pairs(rows, kind):
    found = [(row["product_id"], row["other_id"]) for row in rows if row["type"] == kind]
    return {tuple(sorted(pair)) if kind in UNDIRECTED else pair for pair in found}


@pytest.mark.parametrize("kind", ["complement", "next", "substitute", "upgrade", "service"])
def test_planted_relations_are_found_with_their_type(kind):
    planted, found = set(), set()
    for seed in (1, 3):
        world, rows = shop(seed)
        planted |= {(seed, pair) for pair in getattr(world.truth, kind)}
        found |= {(seed, pair) for pair in _pairs(rows, kind)}
    assert len(found & planted) >= 0.75 * len(planted)
    assert len(found - planted) <= 0.2 * len(planted)


@pytest.mark.parametrize("kind", ["complement", "next", "substitute"])
def test_behaviour_alone_tells_types_apart(kind):
    world, rows = shop(3, categories=False, prices=False)
    planted = getattr(world.truth, kind)
    found = _pairs(rows, kind)
    assert len(found & planted) >= 0.65 * len(planted)
    assert len(found - planted) <= 1


def test_a_pair_has_one_of_the_types_that_exclude_each_other():
    _, rows = shop(1)
    kinds: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        pair = tuple(sorted((row["product_id"], row["other_id"])))
        kinds.setdefault(pair, set()).add(row["type"])
    for found in kinds.values():
        assert len(found & {"complement", "substitute", "upgrade", "service"}) <= 1


def test_each_relation_is_told_with_its_evidence():
    world, rows = shop(1)
    prices = dict(
        zip(*(world.products[name].to_pylist() for name in ("product_id", "price_cents")), strict=True)
    )
    for row in rows:
        assert row["low"] <= row["strength"] <= row["high"]
        assert str(row["support"]) in row["reason"]
        assert row["evidence"]
        if row["type"] == "upgrade":
            assert prices[row["other_id"]] >= 1.2 * prices[row["product_id"]]
            assert row["direction"] > 0.5
        if row["type"] == "next":
            assert 5 <= row["lag_days"] <= 60
            assert abs(row["peak_days"] - row["lag_days"]) <= 15


def test_null_shops_with_december_promotions_and_stock_ups_give_nothing():
    for seed in range(3):
        assert relate(make(Shop(500 + seed, orders=8000, planted=False))).fetch("relations").num_rows == 0


def test_goods_of_one_season_are_not_related_by_it():
    """Two goods that sell in December only, independently of each other."""
    random = np.random.default_rng(5)
    rows = []
    for order in range(4000):
        day = int(random.integers(0, 730))
        december = (START + timedelta(days=day)).month == 12
        for product in range(20):
            wanted = 0.08 if product > 1 else (0.4 if december else 0.01)
            if random.random() < wanted:
                rows.append(
                    {
                        "order_id": f"o{order}",
                        "customer_id": f"c{order % 900}",
                        "product_id": f"p{product}",
                        "ordered_at": START + timedelta(days=day),
                        "quantity": 1.0,
                    }
                )
    engine = intake(rows)
    plan(engine)
    assert _pairs(rows_of(engine, "relations"), "complement") == set()
    assert {row["product_id"] for row in rows_of(engine, "seasons")} == {"p0", "p1"}
    # The data end in December 2025, so that goods of December are in season; in June they are not.
    early = intake([row for row in rows if row["ordered_at"] < START + timedelta(days=530)])
    plan(early)
    offered = {row["product_id"] for row in rows_of(early, "recommendations")}
    assert offered
    assert not offered & {"p0", "p1"}
    plan(early, Settings({"products.in_season_only": False}))
    assert len(rows_of(early, "recommendations")) >= len(offered)


def test_the_order_of_rows_does_not_matter():
    world, rows = shop(1)
    shuffled = pa.Table.from_pylist(list(reversed(world.orders.to_pylist())), schema=world.orders.schema)
    again = relate(type(world)(shuffled, world.products, world.truth)).fetch("relations").to_pylist()
    again = [row for row in again if row["evidence"] != "neighbours"]
    key = lambda row: (row["product_id"], row["other_id"], row["type"])  # noqa: E731
    assert sorted(map(key, rows)) == sorted(map(key, again))
    for one, two in zip(sorted(rows, key=key), sorted(again, key=key), strict=True):
        assert one["reason"] == two["reason"]
        assert one["strength"] == pytest.approx(two["strength"])


def test_a_new_product_borrows_from_its_neighbour_and_says_so():
    world, _ = shop(1)
    one, other = min(world.truth.complement)
    row = next(row for row in world.products.to_pylist() if row["product_id"] == one)
    names = [
        f"Lantern oak {name}" if name == one else f"Thing {name}"
        for name in world.products["product_id"].to_pylist()
    ]
    products = world.products.set_column(1, "name", pa.array(names))
    new = {**row, "product_id": "new", "name": "Lantern oak new", "orders": 0}
    products = pa.concat_tables([products, pa.Table.from_pylist([new], schema=products.schema)])
    relations = relate(type(world)(world.orders, products, world.truth)).fetch("relations").to_pylist()
    borrowed = [row for row in relations if row["product_id"] == "new"]
    measured = next(
        row
        for row in relations
        if (row["product_id"], row["other_id"], row["type"]) == (one, other, "complement")
    )
    assert (other, "complement") in {(row["other_id"], row["type"]) for row in borrowed}
    assert all(row["evidence"] == "neighbours" and row["support"] == 0 for row in borrowed)
    assert all(row["strength"] < measured["strength"] for row in borrowed if row["other_id"] == other)


def test_variants_do_not_crowd_out_what_goes_with_a_product():
    random = np.random.default_rng(0)
    rows = []
    for order in range(3000):
        size = int(random.integers(2, 9))
        chosen = set(random.choice(np.arange(10, 40), size, replace=False).tolist())
        chosen |= set(random.choice(np.arange(1, 10), random.integers(0, 2), replace=False).tolist())
        if order % 4 == 0:  # the main product with two of eight colours of one mug, or with its true partner
            chosen |= {0, *random.choice(np.arange(1, 9), 2, replace=False).tolist()}
        if order % 12 == 0:
            chosen |= {0, 9}
        rows += [
            {
                "order_id": f"o{order}",
                "customer_id": f"c{order}",
                "product_id": f"p{product:02d}",
                "product_name": f"mug with colour{product}" if 1 <= product <= 8 else f"Thing {product}",
                "ordered_at": START + timedelta(days=order % 300),
                "quantity": 1.0,
            }
            for product in sorted(chosen)
        ]
    engine = intake(rows)
    plan(engine)
    partners = [row["other_id"] for row in rows_of(engine, "relations") if row["product_id"] == "p00"]
    assert "p09" in partners
    assert sum("p01" <= partner <= "p08" for partner in partners) == 3


@pytest.mark.parametrize(
    "rows",
    [
        [("o1", "p1")],
        [("o1", "p1"), ("o1", "p2")],
        [(f"o{order}", product) for order in range(50) for product in ("p1", "p2", "p3")],
        [(f"o{order}", "p1") for order in range(50)],
        [("o1", f"p{product}") for product in range(600)],
    ],
)
def test_odd_shops_get_an_answer(rows):
    """One product, one basket, all baskets equal, a basket beyond the limit: nothing is told, nothing breaks."""
    engine = intake(
        [
            {"order_id": order, "customer_id": order, "product_id": product, "quantity": 1.0}
            for order, product in rows
        ]
    )
    plan(engine)
    relations = contract("relations").check(engine.fetch("relations"))
    assert pc.sum(pc.cast(pc.not_equal(relations["evidence"], "neighbours"), pa.int64())).as_py() in {0, None}


def test_edits_win():
    world, rows = shop(1)
    measured = [row for row in rows if row["type"] == "complement"]
    lifted, dropped, turned, noted = (measured[place] for place in (5, 9, 13, 17))
    new = ("a000", next(row["other_id"] for row in rows if row["other_id"] != "a000"))
    said = [
        (lifted, "pin", None),
        (dropped, "forbid", None),
        (turned, "retype", "accessory"),
        (noted, "annotate", None),
    ]
    edits = [
        {
            "product_id": row["product_id"],
            "other_id": row["other_id"],
            "action": action,
            "type": kind,
            "note": f"why {action}",
            "author": "Ada",
            "edited_at": START,
        }
        for row, action, kind in said
    ]
    freed = measured[21]  # forbidden once, and released since: the figures decide again
    for action, days in (("forbid", -1), ("release", 0)):
        edits.append({**edits[0], "product_id": freed["product_id"], "other_id": freed["other_id"], "action": action,
                      "edited_at": START + timedelta(days=days)})  # fmt: skip
    older = {**edits[1], "action": "pin", "note": "was wrong", "edited_at": START - timedelta(days=1)}
    added = {**edits[0], "product_id": new[0], "other_id": new[1], "type": "upgrade", "note": "it is finer"}
    result = relate(world, table("relation_edits", [*edits, older, added])).fetch("relations")
    by_pair = {}
    for row in contract("relations").check(result).to_pylist():
        by_pair.setdefault((row["product_id"], row["other_id"]), []).append(row)
    pair = lambda row: (row["product_id"], row["other_id"])  # noqa: E731
    assert by_pair[pair(lifted)][0]["rank"] == 1
    assert by_pair[pair(lifted)][0]["is_pinned"]
    assert pair(dropped) not in by_pair
    assert [row["strength"] for row in by_pair[pair(freed)]] == [pytest.approx(freed["strength"])]
    assert "people" not in by_pair[pair(freed)][0]["evidence"]
    assert [row["role"] for row in by_pair[pair(turned)]] == ["accessory"]
    assert by_pair[pair(noted)][0]["note"] == "why annotate"
    assert by_pair[pair(noted)][0]["strength"] == pytest.approx(noted["strength"])
    (made,) = [row for row in by_pair[new] if row["type"] == "upgrade"]
    assert made["reason"] == "Ada says so: it is finer"
    assert made["evidence"] == "people"
