"""What customers need next: what is due, what is new, what rests and until when."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.needed import needs_of, needs_table
from passend.tables import contract
from tests.decisions.knowledge.test_needs import CUSTOMERS, OIL, shop, stopped, weeks_since

NAMES = [
    (name, "A > B" if name == "lock" else "") for name in ("bicycle", "other", "lock", "oil", "socks", "dear")
]


def rows(world=shop):
    past, knowledge, wants = world()
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
        if row["state"] in {"due", "lapsed"} and row["usual_weeks"] is not None:
            over = row["last_bought_weeks"] > 4 * max(row["usual_weeks"], 4)
            assert over == (row["state"] == "lapsed")
        assert row["usual_weeks"] is None or row["last_bought_weeks"] is not None
        assert 0 <= row["chance_low"] <= row["chance_30_days"] <= row["chance_high"] <= 1
        assert row["rests_until"] is None or row["state"] == "sated"
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


def test_what_is_used_up_rests_until_a_day_and_of_what_lasts_for_years_none_is_told():
    found = [row for row in rows() if row["state"] == "sated" and row["last_bought_weeks"] is not None]
    oil = [row for row in found if row["need"] == "oil"]
    bicycle = [row for row in found if row["need"] == "bicycle"]
    assert len(oil) > 10
    assert len(bicycle) > 10
    assert all(row["rests_until"] is not None for row in oil)
    assert all((row["usual_weeks"], row["rests_until"]) == (None, None) for row in bicycle)


def test_whoever_took_oil_every_eight_weeks_and_stopped_is_told_as_over():
    past, _, _ = stopped()
    since = weeks_since(past, OIL)
    told = {int(row["customer_id"][1:]): row for row in rows(stopped) if row["need"] == "oil"}
    over, due = np.flatnonzero((since > 50) & (since < 1000)), np.flatnonzero((since > 6) & (since < 12))
    assert {told[one]["state"] for one in over.tolist() if one in told} == {"lapsed"}
    assert {told[one]["state"] for one in due.tolist() if one in told} == {"due"}
    assert all(6 < told[one]["usual_weeks"] < 11 for one in due.tolist() if one in told)
