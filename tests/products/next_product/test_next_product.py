import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from passend.errors import InvalidInput, NotFitted
from passend.products.next_product import NextProduct

from .shops import planted_carts, planted_shop


def fitted(orders: pa.Table, products: pa.Table | None = None) -> NextProduct:
    return NextProduct(threads=1).fit(orders, products)


@pytest.fixture(scope="module")
def orders() -> pa.Table:
    return planted_shop()


@pytest.fixture(scope="module")
def shop(orders) -> NextProduct:
    return fitted(orders)


def share_of_own_taste(answer: pa.Table) -> float:
    taste = [int(one[1:]) % 5 for one in answer["customer_id"].to_pylist()]
    kind = [int(one[1:]) // 12 for one in answer["product_id"].to_pylist()]
    return float(np.mean(np.equal(taste, kind)))


def test_it_finds_the_planted_tastes(shop):
    assert shop.method_ in shop.proof_
    assert share_of_own_taste(shop.recommend(k=1)) > 0.9


def test_it_finds_the_planted_tastes_without_dates(orders):
    undated = orders.drop_columns(["ordered_at"])
    assert share_of_own_taste(fitted(undated).recommend(k=1)) > 0.9


def test_what_is_owned_is_not_offered_unless_asked(shop, orders):
    owned = set(zip(orders["customer_id"].to_pylist(), orders["product_id"].to_pylist(), strict=True))
    answer = shop.recommend(k=5)
    offered = set(zip(answer["customer_id"].to_pylist(), answer["product_id"].to_pylist(), strict=True))
    assert not owned & offered
    again = shop.recommend(k=5, novel=False)
    assert owned & set(zip(again["customer_id"].to_pylist(), again["product_id"].to_pylist(), strict=True))


def test_ranks_are_full_and_scores_fall(shop):
    answer = shop.recommend(customers=["c1", "c2"], k=5)
    assert answer["rank"].to_pylist() == [1, 2, 3, 4, 5] * 2
    scores = answer["score"].to_numpy().reshape(2, 5)
    assert (np.diff(scores, axis=1) <= 1e-9).all()
    assert ((scores >= 0) & (scores <= 1)).all()


def test_each_answer_has_a_reason_with_counts(shop):
    reasons = shop.recommend(k=3)["reason"].to_pylist()
    assert all(reason.startswith(("goes with p", "new to this customer")) for reason in reasons)
    assert sum("which you bought on" in reason for reason in reasons) > len(reasons) / 2


def test_the_order_of_rows_does_not_matter(orders, shop):
    shuffled = orders.take(pa.array(np.random.default_rng(3).permutation(orders.num_rows)))
    assert fitted(shuffled).recommend(k=5).equals(shop.recommend(k=5))


def test_strangers_get_what_is_popular(shop):
    answer = shop.recommend(customers=["nobody", "c1"], k=4)
    strange = answer.filter(pc.equal(answer["customer_id"], "nobody"))
    assert strange.num_rows == 4
    assert all("popular now" in reason for reason in strange["reason"].to_pylist())


def test_forbidden_products_never_appear(shop, orders):
    banned = sorted(set(orders["product_id"].to_pylist()))[:30]
    for answer in (
        shop.recommend(k=10, exclude=banned),
        shop.recommend(carts=[["p1"], []], k=10, exclude=banned),
    ):
        assert not set(answer["product_id"].to_pylist()) & set(banned)


def test_diversity_keeps_the_best_and_changes_the_rest(shop):
    plain, spread = shop.recommend(k=5), shop.recommend(k=5, diversity=1.0)
    first = pc.equal(plain["rank"], 1)
    assert plain.filter(first)["product_id"].equals(spread.filter(pc.equal(spread["rank"], 1))["product_id"])
    assert not plain["product_id"].equals(spread["product_id"])


def test_it_completes_carts_with_the_planted_companion():
    shop = fitted(planted_carts())
    carts = {f"cart{n}": [f"anchor{n}", "any3"] for n in range(20)}
    answer = shop.recommend(carts=carts, k=1)
    assert answer["cart"].to_pylist() == list(carts)
    assert answer["product_id"].to_pylist() == [f"companion{n}" for n in range(20)]
    assert all("in the cart: together in" in reason for reason in answer["reason"].to_pylist())


def test_empty_and_unknown_carts_are_answered():
    answer = fitted(planted_carts()).recommend(carts=[[], ["never seen"]], k=2)
    assert answer["cart"].to_pylist() == ["0", "0", "1", "1"]


def test_frames_and_files_are_welcome(tmp_path):
    orders = planted_shop(customers=80, orders=400)
    wanted = fitted(orders).recommend(customers=["c1"], k=3)
    path = tmp_path / "orders.parquet"
    pq.write_table(orders, path)
    for source in (path, orders.to_reader(), orders.to_pandas()):
        assert fitted(source).recommend(customers=["c1"], k=3).equals(wanted)
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().from_arrow(orders)
    assert fitted(relation).recommend(customers=["c1"], k=3).equals(wanted)
    polars = pytest.importorskip("polars")
    assert fitted(polars.from_arrow(orders)).recommend(customers=["c1"], k=3).equals(wanted)


def tiny(**columns) -> pa.Table:
    return pa.table(columns)


@pytest.mark.parametrize(
    "orders",
    [
        tiny(product_id=["a"]),
        tiny(order_id=["1"], customer_id=["x"], product_id=["a"], sequence=[1]),
        tiny(order_id=["1", "1"], customer_id=["x", "x"], product_id=["a", "b"], sequence=[1, 1]),
        tiny(order_id=list("1234"), customer_id=list("wxyz"), product_id=["a"] * 4, sequence=[1] * 4),
        tiny(
            order_id=list("112233"), customer_id=list("xxyyzz"), product_id=list("ababab"), sequence=[1] * 6
        ),
        tiny(
            order_id=["1", "2", "3"],
            customer_id=["x", None, "y"],
            product_id=["🚲", "🔔", "🚲"],
            sequence=[1, 2, 3],
        ),
        pa.table(
            {
                "order_id": pa.array([], pa.string()),
                "customer_id": pa.array([], pa.string()),
                "product_id": pa.array([], pa.string()),
            }
        ),
    ],
    ids=["one line", "one order", "one basket", "one product", "all equal", "emoji", "nothing"],
)
def test_odd_shops_get_an_answer(orders):
    shop = fitted(orders)
    known = set(orders["product_id"].to_pylist())
    for answer in (
        shop.recommend(k=3),
        shop.recommend(customers=["x", "stranger"], k=3),
        shop.recommend(carts=[["a"]], k=2),
    ):
        assert set(answer["product_id"].to_pylist()) <= known
        assert np.isfinite(answer["score"].to_numpy()).all()


def test_numbers_and_texts_are_the_same_identifier():
    numbers = tiny(order_id=[1, 2, 3], customer_id=[7.0, 7.0, 8.0], product_id=[1, 2, 1], sequence=[1, 2, 1])
    texts = tiny(order_id=list("123"), customer_id=list("778"), product_id=list("121"), sequence=[1, 2, 1])
    told, as_text = fitted(numbers).recommend(k=2), fitted(texts).recommend(k=2)
    assert told.schema.types[:3] == [pa.float64(), pa.int32(), pa.int64()]  # in the types in which they came
    for name in ("customer_id", "product_id"):
        assert [int(one) for one in as_text[name].to_pylist()] == told[name].to_pylist()
    assert told.select(["rank", "score"]).equals(as_text.select(["rank", "score"]))


def test_mistakes_are_told_with_a_remedy(shop):
    with pytest.raises(InvalidInput, match="product_id"):
        NextProduct().fit(pa.table({"sku": ["a"]}))
    with pytest.raises(NotFitted, match="not fitted yet"):
        NextProduct().recommend()
    with pytest.raises(InvalidInput, match="at least one"):
        shop.recommend(k=0)
    with pytest.raises(InvalidInput, match="one of them"):
        shop.recommend(customers=["c1"], carts=[["p1"]])
    with pytest.raises(InvalidInput, match="A table is needed"):
        NextProduct().fit(42)


def test_a_whole_shop_is_ranked_as_each_customer_alone(shop):
    whole = shop.ranked(4, exclude=["p7"])
    assert whole.num_rows == 4 * len(set(whole["customer_id"].to_pylist()))
    alone = shop.recommend(customers=["c3", "c17"], k=4, exclude=["p7"])
    of = {row["customer_id"]: [] for row in alone.to_pylist()}
    for row in whole.to_pylist():
        if row["customer_id"] in of:
            of[row["customer_id"]].append((row["rank"], row["product_id"], row["score"]))
    for row in alone.to_pylist():
        assert (row["rank"], row["product_id"], row["score"]) in of[row["customer_id"]]
