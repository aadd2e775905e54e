"""What may not be offered: sold out, inactive, a substitute of what is owned or in the cart, kept apart."""

import pyarrow as pa
import pytest

from passend.errors import InvalidInput
from passend.products.next_product import NextProduct

from .shops import planted_carts, planted_shop


def told(answer: pa.Table, product: str) -> bool:
    return product in answer["product_id"].to_pylist()


@pytest.mark.parametrize("lack", [{"stock": [0.0]}, {"stock": [-2.0]}, {"is_active": [False]}])
def test_what_cannot_be_delivered_is_never_offered(lack):
    orders = planted_carts()
    products = pa.table({"product_id": ["companion3"], **lack})
    plain, barred = NextProduct(threads=1).fit(orders), NextProduct(threads=1).fit(orders, products)
    assert told(plain.recommend(carts=[["anchor3"]], k=3), "companion3")
    assert not told(barred.recommend(carts=[["anchor3"]], k=3), "companion3")
    assert not told(barred.recommend(customers=["stranger"], k=50), "companion3")


def test_a_contract_has_no_stock():
    products = pa.table({"product_id": ["companion3"], "stock": [0.0], "kind": ["contract"]})
    shop = NextProduct(threads=1).fit(planted_carts(), products)
    assert told(shop.recommend(carts=[["anchor3"]], k=3), "companion3")


@pytest.mark.parametrize(
    ("kind", "offered"), [("substitute", False), ("forbidden", False), ("complement", True)]
)
def test_substitutes_of_what_is_in_the_cart_are_not_offered(kind, offered):
    relations = pa.table({"product_id": ["anchor3"], "other_id": ["companion3"], "type": [kind]})
    shop = NextProduct(threads=1).fit(planted_carts(), relations=relations)
    assert told(shop.recommend(carts=[["anchor3"]], k=5), "companion3") is offered
    assert told(shop.recommend(carts=[["anchor4"]], k=1), "companion4"), "another cart is not touched"


def test_customers_are_not_offered_substitutes_of_what_they_own():
    orders = planted_shop()
    customer = orders["customer_id"][0].as_py()
    plain = NextProduct(threads=1).fit(orders)
    best = plain.recommend(customers=[customer], k=1)["product_id"][0].as_py()
    owned = orders.filter(pa.compute.equal(orders["customer_id"], customer))["product_id"][0].as_py()
    relations = pa.table({"product_id": [owned], "other_id": [best], "type": ["substitute"]})
    shop = NextProduct(threads=1).fit(orders, relations=relations)
    everything = shop.recommend(customers=[customer], k=100)
    assert not told(everything, best)
    assert everything.num_rows > 10


def test_relations_without_their_columns_are_named():
    with pytest.raises(InvalidInput, match="no column other_id, type"):
        NextProduct().fit(planted_carts(), relations=pa.table({"product_id": ["x"]}))


def test_shuffling_what_came_after_the_decision_changes_no_recommendation():
    """Through the public door: cut at a day, later orders shuffled among the products."""
    import numpy as np

    orders = planted_shop()
    times = orders["ordered_at"].to_pylist()
    cut = sorted(times)[len(times) * 2 // 3]
    later = [place for place, time in enumerate(times) if time >= cut]
    products = orders["product_id"].to_pylist()
    mixed = np.random.default_rng(3).permutation([products[place] for place in later])
    for place, product in zip(later, mixed.tolist(), strict=True):
        products[place] = product
    other = orders.set_column(orders.schema.get_field_index("product_id"), "product_id", pa.array(products))
    before = [table.filter(pa.compute.less(table["ordered_at"], cut)) for table in (orders, other)]
    answers = [NextProduct(threads=1).fit(table).recommend(k=5) for table in before]
    assert answers[0].equals(answers[1])
