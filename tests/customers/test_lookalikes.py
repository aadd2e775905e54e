import numpy as np
import pyarrow as pa
import pytest

from passend.customers.lookalikes import LookAlikes
from passend.customers.segments import Segment
from passend.errors import InvalidInput, NotSeparable, PassendError


def customers(seed, rows=1500):
    random = np.random.default_rng(seed)
    return pa.table(
        {
            "customer_id": [f"c{number}" for number in range(rows)],
            "orders": random.poisson(4, rows),
            "region": random.choice(["north", "south"], rows).tolist(),
            "noise": random.normal(size=rows),
        }
    )


def _planted(table):
    """The audience: southerners with many orders, of whom half are known."""
    like = [row["region"] == "south" and row["orders"] >= 6 for row in table.to_pylist()]
    return [f"c{number}" for number, is_like in enumerate(like) if is_like]


def test_the_planted_likeness_is_found_and_said():
    table = customers(1)
    alike = _planted(table)
    found = LookAlikes().fit(table, alike[::2])
    assert found.auc_low_ > 0.8
    best = found.table(most=len(alike) // 4)
    assert np.mean([number in set(alike) for number in best["customer_id"].to_pylist()]) > 0.9
    assert "orders" in best["reason"][0].as_py()
    rule = found.rules()[0]
    assert {condition.column for condition in rule.conditions} == {"orders", "region"}
    assert rule.lift > 4
    assert "region is south" in str(rule) or "region is not north" in str(rule)


def test_a_segment_can_be_saved_and_used_again():
    table = customers(2)
    rule = LookAlikes().fit(table, _planted(table)).rules()[0]
    again = Segment.from_json(rule.as_json())
    assert again == rule
    assert again.of(table).equals(rule.of(table))
    assert set(again.of(table)["customer_id"].to_pylist()) <= set(_planted(table))
    with pytest.raises(InvalidInput, match="no segment"):
        Segment.from_json("{}")


def test_an_audience_drawn_by_lot_cannot_be_measured():
    table = customers(3)
    told = 0
    for seed in range(4):
        drawn = np.random.default_rng(seed).choice(table["customer_id"].to_pylist(), 150, replace=False)
        try:
            LookAlikes().fit(table, drawn.tolist())
        except NotSeparable as problem:
            told += "where .5 is chance" in str(problem)
    assert told >= 3


def test_too_small_audiences_and_wrong_tables():
    table = customers(4, rows=100)
    with pytest.raises(InvalidInput, match="3 members"):
        LookAlikes().fit(table, ["c1", "c2", "c3"])
    with pytest.raises(InvalidInput, match="customer_id"):
        LookAlikes().fit({"x": [1]}, ["c1"])
    with pytest.raises(PassendError, match="not fitted"):
        LookAlikes().table()


def test_empty_values_do_not_stop_the_search_for_rules():
    random = np.random.default_rng(5)
    known = random.random(400) < 0.5
    facts = pa.table(
        {
            "customer_id": [f"c{n}" for n in range(400)],
            "satisfaction": pa.array(np.where(known, 8.0, 0.0), mask=~known),
            "orders": random.poisson(3, 400),
        }
    )
    members = [f"c{n}" for n in range(400) if known[n]]
    best = LookAlikes().fit(facts, members).rules()[0]
    assert str(best) == "satisfaction is known"
    assert best.of(facts)["customer_id"].to_pylist() == members
