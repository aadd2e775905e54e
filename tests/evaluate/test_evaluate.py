import json
from datetime import datetime
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
import scipy.sparse as sp

from passend.errors import InvalidInput
from passend.evaluate import evaluate, plot
from passend.evaluate.intervals import resample
from passend.evaluate.metrics import Truth, coverage, head_products, measures
from tests.products.next_product.shops import null_shop, planted_carts, planted_shop

PLAIN = ("global popularity", "last-basket popularity", "item-kNN", "EASE")


def test_measures_by_hand():
    wanted = sp.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 1]], dtype=np.float32))
    truth = Truth(wanted, np.array([1.0, 3.0, 1.0, 1.0]), np.array([True, False, False, True]))
    lists = np.full((2, 20), -1)
    lists[0, :3] = [2, 1, 3]
    lists[1, :2] = [0, 1]
    found = measures(lists, truth)
    np.testing.assert_allclose(found["recall@5"], [0.5, 0.0])
    np.testing.assert_allclose(found["mrr"], [0.5, 0.0])
    gain = 1 / np.log2(3)
    np.testing.assert_allclose(found["ndcg@5"], [gain / (1 + gain), 0.0])
    np.testing.assert_allclose(found["recall_revenue@10"], [0.75, 0.0])
    np.testing.assert_allclose(found["recall_head@10"], [0.0, 0.0])
    np.testing.assert_allclose(found["recall_tail@10"], [1.0, np.nan])
    assert coverage(lists, 4) == 1.0


def test_the_two_ideals_differ_for_long_wish_lists():
    wanted = sp.csr_matrix(np.ones((1, 30), dtype=np.float32))
    lists = np.arange(20)[None, :]
    found = measures(lists, Truth(wanted, None, np.ones(30, dtype=bool)))
    assert found["ndcg@10"][0] == pytest.approx(1.0)
    assert found["ndcg_full@10"][0] < 0.6


def test_head_products_are_the_fewest_that_make_four_fifths():
    assert head_products(np.array([50.0, 30.0, 15.0, 5.0])).tolist() == [True, True, False, False]


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    inside = 0
    for trial in range(100):
        found = resample(rng.normal(1.0, 1.0, (80, 1)), seed=trial).mean(0)
        inside += found.low <= 1.0 <= found.high
    assert 87 <= inside <= 100


def test_a_method_is_never_better_than_itself():
    values = np.random.default_rng(2).random((50, 1))
    lift = resample(np.concatenate([values, values], axis=1), seed=0).lift(0, 1)
    assert (lift.value, lift.low, lift.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("protocol", ["next-novel", "time-cut"])
def test_planted_tastes_beat_popularity(protocol):
    found = evaluate(planted_shop(), protocol, methods=PLAIN, threads=1)
    assert found.lift_over("recall@10", "global popularity").low > 0
    assert found.value("passend", "recall@10") > 0.9 * found.value("EASE", "recall@10")
    assert json.loads(found.to_json())["protocol"] == protocol
    assert "passend" in str(found)


def test_carts_reach_the_planted_share():
    found = evaluate(planted_carts(), "basket-completion", threads=1)
    assert found.value("passend", "hit@5") > 0.6
    assert found.lift_over("mrr", "popularity").low > 0


def test_nothing_is_won_where_there_is_nothing_to_learn():
    found = evaluate(null_shop(), "next-novel", methods=("global popularity",), threads=1)
    lift = found.lift_over("recall@10", "global popularity")
    assert lift.low < 0.05
    assert lift.value < 0.25


def test_the_order_of_rows_does_not_matter():
    orders = planted_shop()
    shuffled = orders.take(pa.array(np.random.default_rng(3).permutation(orders.num_rows)))
    first, second = (
        evaluate(one, "time-cut", cut=datetime(2024, 11, 1), methods=PLAIN, threads=1)
        for one in (orders, shuffled)
    )
    assert first.rows == second.rows


def test_predictions_are_written(tmp_path):
    path = tmp_path / "lists.csv"
    found = evaluate(planted_shop(), "next-novel", methods=(), predictions_file=path, threads=1)
    table = pacsv.read_csv(path)
    assert table.column_names == ["user_id", "rank", "product_id", "score"]
    assert table["rank"].to_pylist()[:3] == [1, 2, 3]
    assert len(set(table["user_id"].to_pylist())) == found.judged


def test_relations_hold_in_later_orders_and_the_report_can_be_drawn():
    found = evaluate(planted_carts(), "relations", threads=1)
    assert set(found.seconds) == {"passend", "raw counts", "lift rules", "global popularity"}
    assert found.lift_over("recall@10", "global popularity").low > 0
    assert found.judged > 100
    picture = plot(found)
    tree = ET.fromstring(picture)
    words = [item.text for item in tree.iter() if item.text]
    assert words.count("raw counts") == words.count("passend") >= 3
    assert f"{found.value('passend', 'recall@10'):.4f}" in words


def test_mistakes_are_told_with_a_remedy(tmp_path):
    orders = planted_shop(customers=60, orders=300)
    with pytest.raises(InvalidInput, match="no protocol"):
        evaluate(orders, "guess")
    with pytest.raises(InvalidInput, match="no method"):
        evaluate(orders, "next-novel", methods=("magic",))
    with pytest.raises(InvalidInput, match="needs dates"):
        evaluate(orders.drop_columns(["ordered_at"]), "time-cut")
    with pytest.raises(InvalidInput, match="no orders on one side"):
        evaluate(orders, "time-cut", cut=datetime(2030, 1, 1))
    with pytest.raises(InvalidInput, match="split"):
        evaluate(orders, "next-novel", split=tmp_path / "absent.json")
    with pytest.raises(InvalidInput, match="Nothing can be judged"):
        evaluate(pa.table({"order_id": ["1"], "customer_id": ["x"], "product_id": ["a"]}), "next-novel")


def test_a_split_of_other_customers_is_refused(tmp_path):
    orders = planted_shop(customers=60, orders=300)
    names = sorted(set(orders["customer_id"].to_pylist()))
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"train": names[:40], "val": ["strange"], "test": names[41:]}))
    with pytest.raises(InvalidInput, match="1 of its 1 customers in val have none") as told:
        evaluate(orders, "next-novel", split=split)
    assert told.value.record == "customer strange"
    split.write_text(json.dumps({"train": names[:40], "val": [], "test": names[39:]}))
    with pytest.raises(InvalidInput, match="1 customers of test in an earlier part") as told:
        evaluate(orders, "next-novel", split=split)
    assert told.value.record == f"customer {names[39]}"


def test_all_products_judges_what_is_bought_again_by_time_and_by_last_orders():
    orders = planted_shop(customers=150, orders=1_200)
    for given in (orders, orders.drop_columns(["ordered_at"])):
        found = evaluate(given, "all-products", horizon_days=60, threads=1)
        assert {"own frequency", "three decays", "TIFU-KNN"} <= set(found.seconds)
        assert found.value("passend", "recall@10") >= 0.9 * found.value("own frequency", "recall@10")
        assert f"passend offered by: {found.method}" in str(found)


def test_what_cannot_be_compared_is_said():
    lines = [(f"c{one}", f"o{one}-{turn}", f"p{one}-{turn}", turn) for one in range(60) for turn in range(2)]
    customer, order, product, turn = zip(*lines, strict=True)
    orders = pa.table({"customer_id": customer, "order_id": order, "product_id": product, "sequence": turn})
    found = str(evaluate(orders, "next-novel", methods=("item-kNN",), threads=1))
    assert "cannot be compared, item-kNN has 0" in found
    assert "nan" not in found
