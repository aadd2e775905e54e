"""The market as a firm meets it: same seed same market, tables that keep their contracts, days that can be stepped."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from passend.errors import InvalidInput
from passend.market.likeness import cross_buyers
from passend.market.offers import make_offers
from passend.market.scenario import load_scenario
from passend.market.world import Market
from passend.tables import contract
from tests.market.worlds import market, small


def fingerprint(tables):
    digest = hashlib.sha256()
    for name, table in tables.items():
        digest.update(name.encode())
        for column in table.columns:
            digest.update(str(column.to_pylist()).encode())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_market_and_another_does_not():
    again = Market(small("bicycle-shop"), 1)
    assert fingerprint(market().tables()) == fingerprint(again.tables())
    assert fingerprint(market().tables()) != fingerprint(market(seed=2).tables())


def test_a_customers_life_does_not_depend_on_how_many_others_there_are_in_the_loop():
    many = market()
    alone = market()
    many.step(28)
    for _ in range(28):
        alone.step(1)
    assert fingerprint(many.tables()) == fingerprint(alone.tables())


def test_every_table_keeps_its_contract_and_is_filled():
    for name, table in market().tables().items():
        contract(name).check(table)
        if name != "contracts":
            assert table.num_rows > 0, name


def test_an_insurer_has_contracts():
    table = market("insurer").table("contracts")
    assert table.num_rows > 20
    assert pc.all(pc.greater(table["ends_at"], table["started_at"])).as_py()


def test_tables_know_nothing_of_the_future():
    world = market()
    world.step(3)
    for name, column in (("orders", "ordered_at"), ("returns", "returned_at"), ("events", "happened_at"),
                         ("contacts", "happened_at")):  # fmt: skip
        latest = pc.max(world.table(name)[column]).as_py()
        assert latest is None or latest <= world.today, name


def test_returns_reverse_sales_of_the_same_product():
    tables = market().tables()
    joined = tables["returns"].join(
        tables["orders"],
        keys=["order_id", "order_line"],
        right_keys=["order_id", "line"],
        right_suffix="_sold",
    )
    assert pc.all(pc.equal(joined["product_id"], joined["product_id_sold"])).as_py()
    returned = pc.sum(tables["orders"]["returned_quantity"]).as_py()
    assert returned == tables["returns"].num_rows > 0


def test_the_history_has_a_randomised_slice_with_its_probabilities():
    contacts = market().table("contacts")
    drawn = contacts.filter(pc.is_valid(contacts["probability"]))
    outcomes = set(drawn["outcome"].to_pylist())
    assert {"held-out", "none"} <= outcomes
    chosen = contacts.filter(
        pc.and_(pc.is_null(contacts["probability"]), pc.equal(contacts["purpose"], "offer"))
    )
    assert chosen.num_rows > drawn.num_rows / 4


def test_past_campaigns_went_to_better_customers():
    world = Market(small("bicycle-shop", customers__number=1500, customers__arriving=0.0), 3)
    rows = world.log.touches
    aimed = np.unique(np.concatenate([one.customer[np.isnan(one.probability)] for one in rows]))
    others = np.setdiff1d(np.arange(1500), aimed)
    spend = world.people.weekly_spend
    assert spend[aimed].mean() > 1.2 * spend[others].mean()


def test_an_offer_without_permission_is_refused():
    world = market()
    barred = np.flatnonzero(~world.state.consent[:, 0] & (world.people.begins < world.week))[:5]
    sent = world.send(make_offers(barred, 0))
    assert sent.taken == 0
    assert sent.refused == {"no permission": 5}


def test_only_one_offer_a_week_goes_out_to_a_customer():
    world = market()
    reachable = np.flatnonzero(world.state.consent[:, 0] & (world.people.begins < world.week))[:1]
    assert world.send(make_offers(np.repeat(reachable, 2), 0)).refused == {"second offer": 1}
    assert world.send(make_offers(reachable, 1)).refused == {"second offer": 1}


@pytest.mark.parametrize("wrong", [("customer", 999), ("product", -1), ("channel", 7), ("discount", 1.2)])
def test_an_offer_of_what_does_not_exist_is_named(wrong):
    columns = {"customer": 3, "product": 0, "channel": 0, "discount": 0.0} | {wrong[0]: wrong[1]}
    offers = make_offers(np.array([columns.pop("customer")]), **columns)
    with pytest.raises(InvalidInput, match=wrong[0]):
        market().send(offers)


def test_what_was_sent_stands_in_the_contacts_with_what_came_of_it():
    world = market()
    who = np.flatnonzero(world.state.consent[:, 1] & (world.people.begins < world.week))
    before = world.table("contacts").num_rows
    world.send(make_offers(who, 3, 1))
    world.step()
    added = world.table("contacts").slice(before).to_pylist()
    mine = [row for row in world.table("contacts").to_pylist() if row["channel"] == "onsite"]
    assert len(mine) == len(who)
    assert {row["outcome"] for row in mine} <= {"none", "open", "click", "accept", "decline", "unsubscribe"}
    assert added


def test_the_order_file_holds_what_real_files_hold(tmp_path):
    world = Market(small("bicycle-shop", dirt__repeated=0.05, dirt__test_rows=0.02, customers__guests=0.2), 1)
    lines = world.write_orders(tmp_path / "orders.csv")
    text = (tmp_path / "orders.csv").read_text("utf-8").splitlines()
    assert len(text) == lines + 1
    assert any(row.startswith("C") for row in text)
    assert any(",POST," in row for row in text)
    assert len(set(text)) < len(text)
    assert isinstance(world.table("orders"), pa.Table)


@pytest.mark.parametrize("name", ["bicycle-shop", "electronics", "insurer", "gym", "b2b-parts", "odd"])
def test_about_one_in_five_cross_buyers_is_unprofitable_and_makes_most_of_the_losses(name):
    """Shah and Kumar, Harvard Business Review, December 2012: one in five, and some 70 % of the losses."""
    found = cross_buyers(Market(load_scenario(name).changed({"customers.number": 1500}), 1))
    assert 0.1 < found.unprofitable < 0.27
    assert found.of_losses > 0.55
