"""Shops with little data: something sensible is offered, and the method that offers is the one that proved best."""

import numpy as np
import pyarrow as pa
import pytest

from passend import NextProduct
from passend.products.next_product.ease import ease_weights
from passend.products.next_product.few_products import few_products_methods, naive_bayes, steps
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import counted

from .shops import planted_shop


def orders_of(rows):
    """Rows of customer, order, product."""
    customer, order, product = zip(*rows, strict=True)
    return pa.table(
        {
            "customer_id": [f"c{one}" for one in customer],
            "order_id": [f"o{one}-{two}" for one, two in zip(customer, order, strict=True)],
            "product_id": [f"p{one}" for one in product],
            "sequence": list(order),
        }
    )


def insurer(seed: int, customers: int = 400):
    """Sixteen policies; who owns policy 2n takes 2n + 1 next, as a rule."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        first = int(rng.choice(8, p=np.arange(8, 0, -1) / 36))
        rows.append((customer, 1, 2 * first))
        rows.append((customer, 2, 2 * first + 1 if rng.random() < 0.6 else int(rng.integers(0, 16))))
    return orders_of(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 1, 0)],
        [(0, 1, 0), (0, 1, 1)],
        [(one, 1, 0) for one in range(10)],
        [(one, 1, one % 3) for one in range(10)],
        [(one, two, 0) for one in range(5) for two in range(3)],
        [(one, 1, (one * 7 + two) % 40) for one in range(150) for two in range(3)],
    ],
    ids=["one line", "one order", "one product", "ten customers", "one product again", "sessions"],
)
@pytest.mark.parametrize("novel", [True, False])
def test_no_world_is_too_small(rows, novel):
    model = NextProduct(threads=1).fit(orders_of(rows))
    table = model.recommend(k=5, novel=novel)
    scores = np.array(table["score"].to_pylist())
    assert np.isfinite(scores).all()
    assert model.method_
    assert all(np.isfinite(one) for one in model.proof_.values())


@pytest.mark.parametrize("quick", [True, False])
def test_a_stretch_of_time_in_which_nobody_bought_anew_teaches_nothing_and_breaks_nothing(quick):
    rows = [(one, day, one % 5 + 5 * (day > 100)) for one in range(100) for day in (0, 120)]
    table = orders_of(rows)
    start = np.datetime64("2025-01-01", "us")
    days = start + np.array([day for _, day, _ in rows]).astype("timedelta64[D]")
    dated = table.append_column("ordered_at", pa.array(days.astype("datetime64[us]")))
    model = NextProduct(threads=1, horizon_days=30.0, quick=quick).fit(dated)
    assert model.ranked(3).num_rows == 300


def test_sessions_of_one_order_learn_what_stands_together():
    rng = np.random.default_rng(3)
    rows = [(one, 1, product) for one in range(400) for product in rng.permutation(4)[:3] + 4 * (one % 10)]
    table = NextProduct(threads=1).fit(orders_of(rows)).recommend([f"c{one}" for one in range(10)], k=1)
    for customer, product in zip(
        table["customer_id"].to_pylist(), table["product_id"].to_pylist(), strict=True
    ):
        assert int(product[1:]) // 4 == int(customer[1:])


@pytest.mark.parametrize("quick", [True, False])
def test_an_insurer_is_offered_the_policy_that_follows(quick):
    model = NextProduct(threads=1, quick=quick)
    asked = orders_of([(1000 + one, 1, 2 * one) for one in range(8)])
    both = pa.concat_tables([insurer(1), asked])
    model.fit(both)
    table = model.recommend([f"c{1000 + one}" for one in range(8)], k=1)
    hits = [
        int(product[1:]) == 2 * (int(customer[1:]) - 1000) + 1
        for customer, product in zip(
            table["customer_id"].to_pylist(), table["product_id"].to_pylist(), strict=True
        )
    ]
    assert np.mean(hits) >= 7 / 8
    assert model.proof_[model.method_] >= model.proof_["last-basket popularity"]


def test_who_the_customers_are_is_used_where_products_are_few():
    rng = np.random.default_rng(5)
    ages = rng.integers(0, 2, 600)
    rows = []
    for customer, old in enumerate(ages):
        rows.append((customer, 1, int(rng.integers(0, 3))))
        if customer < 500:
            rows.append((customer, 2, 3 + int(old if rng.random() < 0.9 else 1 - old)))
    about = pa.table({"customer_id": [f"c{one}" for one in range(600)], "age": ages.astype(float)})
    asked = [f"c{one}" for one in range(500, 600)]
    right = []
    for given in (None, about):
        table = NextProduct(threads=1).fit(orders_of(rows), customers=given).recommend(asked, k=1)
        right.append(
            np.mean(
                [
                    one == f"p{3 + age}"
                    for one, age in zip(table["product_id"].to_pylist(), ages[500:], strict=True)
                ]
            )
        )
    assert right[1] > 0.9 > right[0] + 0.2


def test_naive_bayes_is_bayes_by_hand():
    lines = read_orders(
        orders_of([(0, 1, 0), (0, 2, 1), (1, 1, 0), (1, 2, 1), (2, 1, 2), (2, 2, 3)])
    ).purchases
    before = Snapshot(lines, np.inf)
    seen = steps(before, None, np.empty(0, np.int64))
    assert sorted(seen.product.tolist()) == [1, 1, 3]
    chance = naive_bayes(seen, np.full(4, 0.25, np.float32))(counted(np.array([0]), np.array([0]), (1, 4)))[0]
    general = (np.array([2, 0, 1, 0]) + 0.5) / 4
    level = []
    for number, owned in ((0, [0, 0, 0, 0]), (2, [2, 0, 0, 0]), (0, [0, 0, 0, 0]), (1, [0, 0, 1, 0])):
        share = (np.array(owned) + 10 * general) / (number + 10)
        level.append(share[0] / general[0] * np.prod((1 - share[1:]) / (1 - general[1:])))
    np.testing.assert_allclose(chance, np.array(level) / sum(level), rtol=1e-4)


def test_nothing_is_learned_beyond_naive_bayes_from_no_facts():
    before = Snapshot(read_orders(insurer(2)).purchases, np.inf)
    popularity = np.full(16, 1 / 16, np.float32)
    found = few_products_methods(before, None, np.empty(0, np.int64), popularity, None)
    bayes, learned = (found[name](np.arange(50)) for name in ("naive Bayes", "learned Bayes"))
    assert (bayes.argmax(1) == learned.argmax(1)).mean() > 0.8


def test_ease_is_the_same_by_either_way():
    held = counted(*np.random.default_rng(1).integers(0, 30, (2, 300)), (30, 30))
    held.data[:] = 1
    wide = ease_weights(held[:20], 5.0)
    gram = (held[:20].T @ held[:20]).toarray() + 5.0 * np.eye(30)
    inverse = np.linalg.inv(gram)
    tall = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(tall, 0.0)
    np.testing.assert_allclose(wide, tall, atol=1e-4)


def test_what_is_bought_again_follows_the_customers_own_rhythm():
    rows = [(one, turn, one % 12) for one in range(80) for turn in range(5)]
    rows += [(one, turn, 12 + (7 * one + 3 * turn) % 20) for one in range(80) for turn in range(5)]
    table = NextProduct(threads=1).fit(orders_of(rows)).recommend(k=1, novel=False)
    best = [
        int(product[1:]) == int(customer[1:]) % 12
        for customer, product in zip(
            table["customer_id"].to_pylist(), table["product_id"].to_pylist(), strict=True
        )
    ]
    assert np.sum(best) >= 70


def test_the_method_that_offers_is_never_far_behind_what_it_was_compared_with():
    model = NextProduct(threads=1).fit(planted_shop(customers=200, orders=1_500))
    proof = model.proof_
    assert {"trees", "blend", "item-kNN", "EASE", "naive Bayes"} <= set(proof)
    assert proof[model.method_] >= 0.97 * max(proof.values())
