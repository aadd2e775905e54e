"""Live carts: the same signals, trees and order as the ranker's, planted companions first, files like memory."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from passend.kernels.cart_arrays import CartArrays
from passend.kernels.cart_completion import AFTER_LAST, EASE, LINES, MOST_LEAVES, SIGNALS, _grown
from passend.products.next_product.carts import (
    NAMES,
    Carts,
    Completion,
    complete_candidates,
    completion_scores,
    learn_carts,
)
from passend.products.next_product.live_carts import EXPLAINED, FACTS, cart_arrays, learn_live_carts
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.ranker import RankerSettings, top
from passend.products.next_product.recommender import past_carts

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
def shop(request: pytest.FixtureRequest) -> tuple[Completion, Carts, CartArrays]:
    """What a shop's carts teach, once for many carts and once for one."""
    table = read_orders(orders(request.param))
    past = past_carts(table)
    completion = learn_carts(past, 12, table.category, RankerSettings(threads=1), 1)
    assert (completion.ranker is None) == (request.param == FEW)
    return completion, past, cart_arrays(completion, past)


def test_a_planted_companion_comes_first(shop: tuple[Completion, Carts, CartArrays]) -> None:
    arrays, slots = shop[2], shop[2].slots()
    for one in range(0, 12, 2):
        codes, ties, _ = arrays.complete(np.array([one]), slots)
        assert (codes[0], ties[0]) == (one + 1, 0)
        assert one not in codes


def test_a_cart_gets_the_signals_and_the_order_of_the_ranker(
    shop: tuple[Completion, Carts, CartArrays],
) -> None:
    completion, past, arrays = shop
    asked = past.picked(np.arange(60)).without_last()[0]
    pairs = complete_candidates(completion.sense, asked)
    scores = completion_scores(completion, pairs)
    best = top(pairs, scores, asked.n_carts, 3)[0]
    slots, agreed = arrays.slots(), 0
    for cart in range(asked.n_carts):
        lines = asked.product[asked.cart == cart]
        codes, _, signals = arrays.complete(lines, slots)
        agreed += codes[:3].tolist() == best[cart][: len(codes)].tolist()
        mine = pairs.customer == cart
        known = dict(zip(pairs.product[mine].tolist(), np.nan_to_num(pairs.features[mine]), strict=True))
        for code, signal in zip(codes.tolist(), signals, strict=False):
            assert signal == pytest.approx(known[code], rel=1e-4, abs=1e-6)
    assert agreed >= 58, "equal scores may stand in another order"
    assert (slots == -1).all(), "what a call noted is gone"


def test_trees_give_the_scores_of_the_library(shop: tuple[Completion, Carts, CartArrays]) -> None:
    completion, past, arrays = shop
    if completion.ranker is None:
        assert arrays.leaf.shape == (0, MOST_LEAVES)
        return
    pairs = complete_candidates(completion.sense, past.picked(np.arange(200)).without_last()[0])
    rows = np.nan_to_num(pairs.features).astype(np.float32)
    mine = _grown(rows, arrays.of_signal, arrays.threshold, arrays.left, arrays.leaf)
    assert mine == pytest.approx(completion.ranker.scores(pairs), abs=1e-5)


def test_signals_stand_where_the_ranker_has_them() -> None:
    assert len(NAMES) == SIGNALS
    assert [NAMES[one] for one in FACTS] == ["popularity", "popularity_last", "lateness", "in_category"]
    assert (NAMES[EASE], NAMES[AFTER_LAST], NAMES[LINES]) == ("ease", "after_last", "lines")


def test_arrays_that_lie_in_files_answer_alike(
    shop: tuple[Completion, Carts, CartArrays], tmp_path: Path
) -> None:
    arrays = shop[2]
    arrays.save(tmp_path)
    opened = CartArrays.open(tmp_path)
    for cart in ([0], [3, 7], [1, 2, 11]):
        mine, other = (one.complete(np.array(cart), one.slots())[0].tolist() for one in (arrays, opened))
        assert mine == other
    with pytest.raises(ValueError, match="read-only"):
        opened.leaf[:] = 1.0


def test_the_order_of_adding_counts_where_it_is_known() -> None:
    lines = [
        {"order_id": f"o{number}", "line_number": place, "product_id": one}
        for number in range(1200)
        for place, one in enumerate(("a", "b", "c") if number % 2 else ("b", "a", "d"))
    ]
    learned = learn_live_carts(pa.Table.from_pylist(lines))
    code = {one: place for place, one in enumerate(learned.products.to_pylist())}
    names = learned.products.to_pylist()
    first = {
        after: names[
            learned.arrays.complete(np.array([code[one] for one in after]), learned.arrays.slots())[0][0]
        ]
        for after in ("ab", "ba")
    }
    assert learned.arrays.is_ordered
    assert first == {"ab": "c", "ba": "d"}


def test_reasons_name_the_orders_that_held_both() -> None:
    learned = learn_live_carts(orders(FEW))
    reasons = {(row["product"], row["other"]): row["reason"] for row in learned.reasons.to_pylist()}
    assert "goes with p00 in the cart: together in" in reasons[0, 1]
    assert max(row["counts"] for row in learned.reasons["product"].value_counts().to_pylist()) <= EXPLAINED


def test_a_shop_without_carts_has_nothing_to_say() -> None:
    learned = learn_live_carts(pa.table({"order_id": ["1", "2"], "product_id": ["a", "b"]}))
    assert not any(learned.arrays.knows(one) for one in range(2))
    codes, ties, _ = learned.arrays.complete(np.array([0]), learned.arrays.slots())
    assert (codes.tolist(), ties.tolist()) == ([1], [-1])
