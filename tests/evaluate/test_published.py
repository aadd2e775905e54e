"""Figures that others published, from the same split and the same rules."""

import numpy as np
import pytest

from benchmarks.products_next import tafeng_orders
from passend.evaluate.lists import best_lists
from passend.evaluate.metrics import Truth, measures
from passend.evaluate.protocols import _split
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.plain_methods import Known, last_basket_popularity
from passend.products.next_product.purchases import Snapshot


@pytest.mark.data("tafeng")
def test_last_basket_popularity_of_ta_feng(data_folder):
    table = read_orders(tafeng_orders())
    lines = table.purchases
    before = Snapshot(lines.where(lines.turns_back > 0), np.inf)
    following = Snapshot(lines, np.inf).last
    novel = (following - following.multiply(before.owned)).tocsr()
    novel.eliminate_zeros()
    recall, gain = [], []
    for fold in (0, 1):
        roles = _split(table, data_folder / "tafeng" / f"fold_{fold}.json", seed=0)
        judged = roles["test"][np.diff(novel.indptr)[roles["test"]] > 0]
        score = last_basket_popularity(Known(before, following, roles["train"]))
        lists = best_lists(score, judged, before.shape, before.owned)
        found = measures(lists, Truth(novel[judged], None, np.ones(lines.n_products, dtype=bool)))
        recall.append(found["recall@10"].mean())
        gain.append(found["ndcg_full@10"].mean())
    assert np.mean(recall) == pytest.approx(0.1015, abs=0.001)
    assert np.mean(gain) == pytest.approx(0.0857, abs=0.001)
