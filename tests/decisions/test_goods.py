"""What the firm sells, as decisions see it: money of a usual purchase, needs, and searches in words."""

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.candidates import side
from passend.decisions.goods import Assortment

ROWS = [
    {"product_id": "a", "name": "Helmet red", "category": "Safety", "price_cents": 5000, "unit_cost_cents": 2000,
     "usual_pieces": 1.0, "orders": 3, "kind": "good"},
    {"product_id": "b", "name": "Helmet blue", "category": "Safety", "price_cents": 6000, "unit_cost_cents": None,
     "usual_pieces": 2.0, "orders": 1, "kind": "good"},
    {"product_id": "c", "name": "Insurance", "category": "Cover", "price_cents": 900, "unit_cost_cents": 100,
     "usual_pieces": None, "orders": 9, "kind": "contract"},
    {"product_id": "d", "name": "Unpriced", "category": "Safety", "price_cents": None, "unit_cost_cents": None,
     "usual_pieces": None, "orders": 0, "kind": "good"},
]  # fmt: skip


def assortment():
    return Assortment.of(side(pa.Table.from_pylist(ROWS), "product_id"), 0.4)


def test_money_of_a_usual_purchase():
    goods = assortment().goods
    assert goods.price.tolist()[:3] == [5000, 12_000, 900]
    assert np.isnan(goods.price[3])
    assert goods.cost.tolist()[:3] == pytest.approx([2000, 7200, 100])
    assert goods.is_assumed.tolist() == [False, True, False, True]
    # Goods can come back spoiled; a contract cannot.
    assert goods.at_risk.tolist() == pytest.approx([2000, 7200, 0, 0])
    assert goods.share.tolist() == [1, 1, 1, 1]
    # For what is learned from prices the middle one stands for an unknown.
    assert goods.known_price[3] == 5000
    assert goods.dearness[goods.group == goods.group[0]].sum() == pytest.approx(0)


def test_searches_find_needs_by_words_within_a_category_or_without():
    found = assortment()
    helmet, cover = int(found.goods.group[0]), int(found.goods.group[2])
    asked = [("Safety", "helmet red"), ("safety", " Helmet "), (None, "helmet"), ("Cover", "insurance"),
             ("Cover", "helmet"), (None, "boat"), (None, None), ("Safety", "")]  # fmt: skip
    codes = found.searched([one for one, _ in asked], [two for _, two in asked])
    assert codes.tolist() == [helmet, helmet, helmet, cover, -1, -1, -1, -1]


def test_of_a_whole_category_a_product_has_its_share_of_what_is_sold():
    rows = [
        {"product_id": f"p{one:03d}", "name": f"{one} unlike", "category": "Books", "price_cents": 1000,
         "unit_cost_cents": 500, "usual_pieces": 1.0, "orders": one, "kind": "good"}
        for one in range(400)
    ]  # fmt: skip
    found = Assortment.of(side(pa.Table.from_pylist(rows), "product_id"), 0.4).goods
    rare = found.group == found.group[0]
    assert rare.sum() == 240
    assert found.share[rare].sum() == pytest.approx(1)
    assert (found.share[~rare] == 1).all()


def test_no_two_needs_are_called_alike():
    names = [("City bicycle red", "X"), ("City bicycle blue", "X"), ("City bicycle", "X"), ("Lock", ""), ("Lock", ""),
             ("Lock", "X"), ("Lock (2)", "")]  # fmt: skip
    rows = [{"product_id": f"p{at}", "name": name, "category": of} for at, (name, of) in enumerate(names)]
    found = Assortment.of(side(pa.Table.from_pylist(rows), "product_id"), 0.4)
    assert len(found.needs) == len(found.shelf) == 6
    assert len(set(found.needs)) == 6
    assert {
        ("City bicycle", "X"),
        ("City bicycle (2)", "X"),
        ("Lock", "X"),
        ("Lock", ""),
        ("Lock (2)", ""),
    } < set(found.needs)
