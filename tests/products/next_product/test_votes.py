"""Votes of a cart's products: planted companions are found, the ranker's order is kept, what is apart stays out."""

import numpy as np
import pyarrow as pa
import pytest

from passend.products.next_product.carts import Carts, complete_candidates, completion_scores, learn_carts
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.ranker import RankerSettings
from passend.products.next_product.recommender import past_carts
from passend.products.next_product.votes import KEPT, cart_votes, learn_votes

FEW, MANY = 150, 1200


def orders(count: int, seed: int = 1) -> pa.Table:
    """Orders of twelve products; who takes an even one takes the next, too, three times in four."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        first = 2 * int(rng.integers(0, 6))
        held = {first, int(rng.integers(0, 12))} | ({first + 1} if rng.random() < 0.75 else set())
        rows += [{"order_id": f"o{number}", "product_id": f"p{one:02d}"} for one in sorted(held)]
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module", params=[FEW, MANY], ids=["without a ranker", "with a ranker"])
def votes(request: pytest.FixtureRequest) -> tuple[int, list[dict]]:
    """The votes of a shop."""
    return request.param, learn_votes(orders(request.param)).to_pylist()


def test_a_planted_companion_gets_the_first_vote(votes: tuple[int, list[dict]]) -> None:
    _, rows = votes
    first = {row["product_id"]: row["other_id"] for row in reversed(rows)}
    assert all(first[f"p{one:02d}"] == f"p{one + 1:02d}" for one in range(0, 12, 2))
    assert all(row["weight"] > 0 and row["reason"] and row["product_id"] != row["other_id"] for row in rows)


def test_a_product_alone_votes_in_the_order_of_the_ranker() -> None:
    table = read_orders(orders(MANY))
    past = past_carts(table)
    completion = learn_carts(past, 12, table.category, RankerSettings(threads=1), 1)
    votes = cart_votes(completion, in_order=False)
    alone = complete_candidates(completion.sense, Carts(np.arange(12), np.arange(12), 12, in_order=False))
    scores = completion_scores(completion, alone)
    agreed = 0
    for product in range(12):
        mine = alone.customer == product
        best = alone.product[mine][np.argmax(scores[mine])]
        agreed += best == votes[product].indices[np.argmax(votes[product].data)]
    assert agreed >= 11  # EASE may turn a tie


def test_what_is_apart_or_not_sold_gets_no_vote() -> None:
    relations = pa.table({"product_id": ["p00"], "other_id": ["p01"], "type": ["substitute"]})
    products = pa.table(
        {"product_id": [f"p{one:02d}" for one in range(12)], "is_active": [one != 3 for one in range(12)]}
    )
    rows = learn_votes(orders(FEW), products, relations).to_pylist()
    assert ("p00", "p01") not in {(row["product_id"], row["other_id"]) for row in rows}
    assert "p03" not in {row["other_id"] for row in rows}


def test_no_product_has_more_than_its_strongest_votes() -> None:
    rng = np.random.default_rng(2)
    rows = [
        {"order_id": f"o{order}", "product_id": f"p{int(one)}"}
        for order in range(300)
        for one in rng.choice(120, 8, replace=False)
    ]
    counts = learn_votes(pa.Table.from_pylist(rows))["product_id"].value_counts().to_pylist()
    assert max(one["counts"] for one in counts) <= KEPT
