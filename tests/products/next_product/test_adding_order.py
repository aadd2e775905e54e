import numpy as np
import pyarrow as pa
import pytest

from passend.evaluate import evaluate
from passend.products.next_product.adding_order import is_order_of_adding
from tests.products.next_product.shops import planted_carts


def carts(seed, *, arranged, orders=600, products=15):
    """Orders of three lines, drawn freely; the file holds them as drawn, or sorted by article."""
    random = np.random.default_rng(seed)
    lines = np.argsort(random.random((orders, products)), axis=1)[:, :3]
    lines = np.sort(lines, axis=1) if arranged else lines
    return np.repeat(np.arange(orders), 3), np.tile(np.arange(3), orders), lines.ravel()


@pytest.mark.parametrize("seed", range(5))
def test_a_sorted_file_is_told_from_carts(seed):
    assert is_order_of_adding(*carts(seed, arranged=False))
    assert not is_order_of_adding(*carts(seed, arranged=True))


def test_a_few_renamed_articles_do_not_hide_the_sorting():
    order, place, product = carts(1, arranged=True)
    place = np.where(np.random.default_rng(1).random(len(place)) < 0.01, 9, place)
    assert not is_order_of_adding(order, place, product)


def test_little_data_is_given_the_benefit_of_the_doubt():
    assert is_order_of_adding(*carts(1, arranged=True, orders=8))
    assert is_order_of_adding(np.zeros(1, int), np.zeros(1, int), np.zeros(1, int))


def test_a_sorting_earns_no_praise():
    """Lines of independent products that were sorted: nobody can foresee which one was left out."""
    order, place, product = carts(3, arranged=True, orders=1500)
    table = pa.table({"order_id": order, "product_id": product, "line_number": place}).cast(
        pa.schema([("order_id", pa.string()), ("product_id", pa.string()), ("line_number", pa.int64())])
    )
    found = evaluate(table, "basket-completion", methods=("popularity",))
    assert found.lift_over("mrr", "popularity").low < 0.1
    kept = evaluate(planted_carts(), "basket-completion", methods=("popularity",))
    assert kept.lift_over("mrr", "popularity").low > 0.5
