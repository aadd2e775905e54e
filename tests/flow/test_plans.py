"""Plans in a workspace: numbered, kept for good, comparable; what other rules would change; replay of contacts."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from passend.decisions.replay import CannotReplay, Replay
from passend.errors import InvalidInput, InvalidRules, WorkspaceError
from passend.flow import ImportRequest, import_sources, make_plan
from passend.flow.plans import compare_plans, export_plan, list_plans, show_plan
from passend.flow.replaying import replay_rules
from passend.flow.rules_file import check_rules
from passend.flow.trying import what_if
from passend.market.sample import write_sample
from passend.ports import Silence
from passend.tables import contract
from passend.workspace import Workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    write_sample(folder / "orders.csv", customers=200, seed=6)
    place = Workspace(folder / "ws", ["products.min_together=3"])
    import_sources(place, [ImportRequest(folder / "orders.csv")], Silence())
    make_plan(place, Silence())
    make_plan(place, Silence(), changes=["cap=1", "capacity.desk=5"])
    return place


def test_plans_are_numbered_and_kept(shop):
    assert [one["plan"] for one in list_plans(shop)] == [2, 1]
    assert list_plans(shop)[0]["changes"] == "cap=1 capacity.desk=5"
    offers = shop.read("plan_offers")
    first = offers.filter(pc.equal(offers["plan"], 1))
    assert first.num_rows > shop.read("offers").num_rows
    assert set(shop.read("offers")["plan"].to_pylist()) == {2}
    assert show_plan(shop)["limits"][0]["capacity"] == 5
    assert show_plan(shop, 1)["funnel"][0]["step"] == "library"
    with pytest.raises(InvalidInput, match="no plan 9"):
        show_plan(shop, 9)


def test_two_plans_side_by_side(shop, tmp_path):
    found = compare_plans(shop, 1, 2)
    assert found.before["offers"] > found.after["offers"]
    assert found.before["offers"] - found.lost + found.new == found.after["offers"]
    count = export_plan(shop, 1, tmp_path / "one.parquet")
    assert pq.read_table(tmp_path / "one.parquet").num_rows == count > 0
    with pytest.raises(InvalidInput, match="neither CSV, Excel nor Parquet"):
        export_plan(shop, 1, tmp_path / "one.txt")


def test_what_if_stores_nothing(shop):
    before = shop.manifest.number
    found = what_if(shop, ["budget=0", "use.email=no"], Silence())
    assert found.after["offers"] == 0
    assert found.before["offers"] > 0
    assert Workspace(shop.folder).manifest.number == before
    with pytest.raises(InvalidRules, match="no rule"):
        what_if(shop, ["dance=1"], Silence())


def test_the_base_of_a_what_if_is_the_plan_itself_until_something_else_changed(tmp_path):
    write_sample(tmp_path / "orders.csv", customers=150, seed=8)
    place = Workspace(tmp_path / "ws", ["products.min_together=3"])
    import_sources(place, [ImportRequest(tmp_path / "orders.csv")], Silence())
    make_plan(place, Silence())
    plan = show_plan(place)
    offers = place.read("offers").to_pylist()[:40]
    later = [
        {
            "contact_id": f"k{number}", "customer_id": row["customer_id"], "direction": "out", "channel": "onsite",
            "happened_at": plan["as_of"] + timedelta(days=1), "purpose": "offer", "product_id": row["product_id"],
            "probability": 0.9, "outcome": "none", "cost_cents": 0,
        }
        for number, row in enumerate(offers)
    ]  # fmt: skip
    with place.change("contacts") as change, place.engine() as engine:
        engine.load("contacts", pa.Table.from_pylist(later, schema=contract("contacts").schema))
        change.write(engine, "contacts")
    found = what_if(place, ["explore=0.05"], Silence())  # as it is
    told = ("value_cents", "value_low_cents", "offers", "customers", "contact_cents")
    assert {name: found.before[name] for name in told} == {name: plan[name] for name in told}
    assert {name: found.after[name] for name in told} == {name: plan[name] for name in told}
    assert (found.since, found.lost, found.new) == ((), 0, 0)
    (place.folder / "rules.yaml").write_text("customer: {most_offers: 1}\n", "utf-8")
    found = what_if(place, ["budget=5"], Silence())
    assert found.since == ("rules",)
    assert found.before["offers"] < plan["offers"] == found.plan["offers"]
    assert found.changes == ("budget=5",)


def test_rules_of_the_workspace_are_checked_beside_its_tables(shop):
    file = shop.folder / "rules.yaml"
    file.write_text("stock: {nothing: 3}\n", "utf-8")
    try:
        assert "'nothing'" in check_rules(shop)[0].says
        file.write_text("channels:\n  phone:\n    legal_basis: existing customer\n", "utf-8")
        with pytest.raises(InvalidRules, match="line 3"):
            make_plan(shop, Silence())
    finally:
        file.unlink()


def test_an_empty_workspace_says_what_to_do(tmp_path):
    with pytest.raises(WorkspaceError, match="no plan yet"):
        list_plans(Workspace(tmp_path))
    with pytest.raises(WorkspaceError, match="no plan yet"):
        what_if(Workspace(tmp_path), ["cap=1"], Silence())


def test_contacts_with_known_chances_can_be_replayed(shop):
    assert isinstance(replay_rules(shop, [], Silence()), CannotReplay)
    offers = shop.read("offers").to_pylist()
    start = pc.min(shop.read("orders")["ordered_at"]).as_py()
    rows = [
        {
            "contact_id": f"k{number}", "customer_id": row["customer_id"], "happened_at": start, "direction": "out",
            "channel": "email" if number % 3 else "onsite", "purpose": "offer", "product_id": row["product_id"],
            "probability": 0.5, "outcome": "held-out" if number % 2 else "none", "cost_cents": 50,
        }
        for number, row in enumerate(offers)
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=contract("contacts").schema)
    with shop.change("contacts") as change, shop.engine() as engine:
        engine.load("contacts", table)
        change.write(engine, "contacts")
    same = replay_rules(shop, [], Silence())
    assert isinstance(same, Replay)
    assert same.best.value == pytest.approx(same.logged.value)
    other = replay_rules(shop, ["use.email=no"], Silence())
    assert isinstance(other, Replay)
    assert 0 < other.effective < same.effective
    (shop.folder / "rules.yaml").write_text("never:\n  - {who: {bought_within_days: 90}, because: peace}\n")
    unknown = replay_rules(shop, [], Silence())
    assert isinstance(unknown, CannotReplay), "what they had at the time of each contact is not kept"
    assert "bought_within_days" in unknown.remedy
    (shop.folder / "rules.yaml").unlink()
    shop.undo()
