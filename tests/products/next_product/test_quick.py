"""Large shops: few signals must do, customers can be ranked part by part, and a learned ranker can be sent along."""

import pickle

import numpy as np
import pyarrow as pa
import pytest

from passend.products.next_product import NextProduct
from tests.products.next_product.shops import null_shop, planted_shop


@pytest.fixture(scope="module", params=["by date", "by order"])
def shop(request):
    orders = planted_shop(customers=200, orders=600)
    return orders if request.param == "by date" else orders.drop_columns(["ordered_at"])


@pytest.fixture(scope="module")
def model(shop):
    return NextProduct(threads=1, quick=True).fit(shop)


def test_few_signals_find_the_planted_tastes(shop, model):
    found = model.ranked(5)
    owner = np.array([int(one[1:]) % 5 for one in found["customer_id"].to_pylist()])
    taste = np.array([int(one[1:]) // 12 for one in found["product_id"].to_pylist()])
    assert (owner == taste).mean() > 0.85
    pairs = set(zip(shop["customer_id"].to_pylist(), shop["product_id"].to_pylist(), strict=True))
    offered = list(zip(found["customer_id"].to_pylist(), found["product_id"].to_pylist(), strict=True))
    assert not pairs & set(offered)
    assert len(offered) == len(set(offered)) == 5 * len(set(shop["customer_id"].to_pylist()))


def test_customers_in_parts_get_the_lists_of_the_whole_from_a_ranker_that_was_sent_along(shop, model):
    whole = model.ranked(5, exclude=["p3"])
    assert "p3" not in set(whole["product_id"].to_pylist())
    ids = pa.array(sorted(set(shop["customer_id"].to_pylist())))
    sent = pickle.loads(pickle.dumps(model))
    parts = [sent.ranked(5, customers=ids.slice(start, 70), exclude=["p3"]) for start in (0, 70, 140)]
    joined = pa.concat_tables(parts)
    for name in ("customer_id", "rank", "product_id"):
        assert joined[name].to_pylist() == whole[name].to_pylist(), name
    np.testing.assert_allclose(joined["score"].to_numpy(), whole["score"].to_numpy(), rtol=1e-4)


def test_who_is_not_known_gets_what_is_popular():
    model = NextProduct(threads=1, quick=True).fit(null_shop(customers=80, orders=400))
    found = model.ranked(3, customers=pa.array(["nobody", "c1"]))
    assert found["customer_id"].to_pylist() == ["nobody"] * 3 + ["c1"] * 3
    assert set(found["product_id"].to_pylist()[:3]) <= {f"p{one}" for one in range(12)}
