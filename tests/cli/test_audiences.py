"""Audiences from the command line: customers like others, and whose next need is near."""

import json

import pyarrow.compute as pc
import pytest

from passend.flow import ImportRequest, import_sources, make_plan
from passend.flow.audiences import find_due
from passend.market.sample import write_sample
from passend.ports import Silence
from passend.workspace import Workspace
from tests.cli.calls import passend


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audiences")
    write_sample(folder / "orders.csv", customers=300, seed=4)
    place = Workspace(folder / "ws", ["products.min_together=3"])
    import_sources(place, [ImportRequest(folder / "orders.csv")], Silence())
    make_plan(place, Silence())
    return folder, place


def test_alike_by_rule_file_and_saved_segment(shop):
    folder, place = shop
    where = ["-w", str(place.folder), "--quiet", "--json"]
    saved = folder / "segment.json"
    rule = "revenue cents more than 15000"
    told = json.loads(passend("customers", "alike", "--like", rule, "--save", str(saved), *where).stdout)
    facts = place.read("customer_facts")
    rich = facts.filter(pc.greater(facts["revenue_cents"], 15000))["customer_id"].to_pylist()
    assert told["members"] == len(rich)
    assert told["auc_low"] > 0.5
    assert not {row["customer_id"] for row in told["customers"]} & set(rich)
    assert all("revenue cents" not in one["says"] for one in told["rules"])  # it defines them
    listed = folder / "members.txt"
    listed.write_text("\n".join(rich))
    again = json.loads(passend("customers", "alike", "--like", str(listed), "--most", "3", *where).stdout)
    assert again["members"] == len(rich)
    assert len(again["customers"]) == 3
    assert json.loads(passend("customers", "alike", "--like", str(saved), *where).stdout)["members"] > 0


def test_due_counts_as_a_person_would(shop):
    _, place = shop
    orders = [row for row in place.read("orders").to_pylist() if row["customer_id"] and row["ordered_at"]]
    product = orders[0]["product_id"]
    found = find_due(place, product, None, 28)
    first = {}
    for row in orders:
        if row["product_id"] == product:
            known = first.get(row["customer_id"], row["ordered_at"])
            first[row["customer_id"]] = min(known, row["ordered_at"])
    went_on = {
        row["customer_id"]
        for row in orders
        if row["customer_id"] in first and row["ordered_at"].date() > first[row["customer_id"]].date()
    }
    assert found.customers == len(first)
    assert found.followed == len(went_on)
    assert set(found.due["customer_id"].to_pylist()) == set(first) - went_on
    told = json.loads(
        passend("customers", "due", product, "-w", str(place.folder), "--json", "--most", "2").stdout
    )
    assert told["customers"] == len(first)
    assert len(told["due"]) <= 2
    assert 0 <= told["window"]["low"] <= told["window"]["probability"] <= told["window"]["high"] <= 1


def test_a_rule_that_cannot_be_read_is_told(shop):
    _, place = shop
    refused = passend(
        "customers", "alike", "--like", "shoe size more than 44", "-w", str(place.folder), ok=False
    )
    assert "cannot be read" in refused.stdout + refused.stderr
