"""What customers need next: what is due, what is new, what rests and until when."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.needed import needs_of, needs_table
from passend.tables import contract
from tests.decisions.knowledge.test_needs import CUSTOMERS, OIL, shop, weeks_since

NAMES = [
    (name, "A > B" if name == "lock" else "") for name in ("bicycle", "other", "lock", "oil", "socks", "dear")
]


def rows():
    past, knowledge, wants = shop()
    ids = pa.array([f"c{one:03d}" for one in range(CUSTOMERS)])
    found = needs_of(past, np.arange(CUSTOMERS), wants, knowledge.taught.needs.rhythm)
    table = needs_table(past, [found], ids, NAMES)
    return contract("needs").check(table).to_pylist()


def test_each_need_is_in_one_state_with_its_chance():
    past, _, wants = shop()
    found = rows()
    assert max(Counter(row["customer_id"] for row in found).values()) <= 7
    for row in found:
        who, what = int(row["customer_id"][1:]), [name for name, _ in NAMES].index(row["need"])
        assert (row["state"] == "sated") == bool(wants.sated[who, what])
        assert (row["state"] == "new") == (row["last_bought_weeks"] is None and row["state"] != "sated")
        assert 0 <= row["chance_low"] <= row["chance_30_days"] <= row["chance_high"] <= 1
        assert (row["rests_until"] is None) == (row["state"] != "sated")
        assert row["rests_until"] is None or row["rests_until"] >= past.today
        assert row["chance_30_days"] == pytest.approx(1 - np.exp(-30 / 7 * wants.rate[who, what]), rel=1e-5)
    assert {row["category"] for row in found} == {None, "A > B"}


def test_the_oil_is_due_when_it_runs_out_and_rests_before():
    past, _, _ = shop()
    since = weeks_since(past, OIL)
    oil = {int(row["customer_id"][1:]): row["state"] for row in rows() if row["need"] == "oil"}
    due = np.flatnonzero((since > 10.5) & (since < 12.5))
    assert {oil.get(one) for one in due.tolist()} == {"due"}
    fresh = np.flatnonzero(since < 2)
    assert {oil.get(one, "sated") for one in fresh.tolist()} == {"sated"}
