"""Triggers: each event lets in whom it should, once; orders and objections take people out; checks look again."""

from datetime import timedelta
from pathlib import Path

import pytest

from passend.campaigns.truth import Good
from passend.flow.campaigns.news import note_goods
from passend.flow.campaigns.telling import would_enter
from passend.workspace import Workspace
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage, states

STEPS = """
name: cart
holdout_share: 0
steps:
  remind: {send: email, offer: none, then: asked, failed: end}
  asked: {check: bought, within: 3 days, yes: good, no: end}
  good: {stop: bought}
  end: {stop: all said}
"""


def always(stage: Stage, trigger: str, **more: str) -> None:
    stage.start(campaign(STEPS, trigger=trigger, **more))


def test_a_cart_that_is_left_is_reminded_of_after_its_time(stage: Stage) -> None:
    always(stage, "{on: cart left, after: 4 hours}")
    stage.happens("cart", "C1", product_id="P")
    assert stage.tick().entered == 1
    assert stage.email.got == []
    stage.tick(hours=4)
    assert [one.customer_id for one in stage.email.got] == ["C1"]
    assert stage.tick(days=9).entered == 0


def test_who_buys_meanwhile_is_not_reminded(stage: Stage) -> None:
    always(stage, "{on: cart left, after: 4 hours}")
    stage.happens("cart", "C1")
    stage.tick()
    stage.now += timedelta(hours=1)
    stage.happens("order", "C1", order_id="O1")
    stage.happens("cart", "C2")
    stage.now += timedelta(minutes=1)
    stage.happens("order", "C2", order_id="O2")
    stage.tick()
    stage.tick(hours=9)
    assert stage.email.got == []
    (row,) = stage.journeys("cart")
    assert (row.customer_id, row.state, row.reason) == ("C1", "left", "purchase")


def test_an_order_answers_the_check_at_once(stage: Stage) -> None:
    always(stage, "{on: service solved}", exits="[objection]")
    stage.happens("service solved", "C1")
    stage.tick()
    stage.now += timedelta(hours=5)
    stage.happens("order", "C1", order_id="O1")
    stage.tick()
    (row,) = stage.journeys("cart")
    assert (row.state, row.step) == ("done", "good")


@pytest.mark.parametrize(("kind", "reason"), [("objection", "objection"), ("complaint", "complaint")])
def test_objections_and_complaints_end_journeys_and_take_messages_back(
    stage: Stage, kind: str, reason: str
) -> None:
    from passend.channels import Outcome

    stage.email.says = lambda _: Outcome.DEFERRED
    always(stage, "{on: joined}")
    stage.happens("joined", "C1", details="cart")
    stage.tick()
    stage.happens(kind, "C1")
    stage.tick(days=1)
    assert len(stage.email.got) == 1
    assert states(stage.outbox()) == {"cancelled": 1}
    assert stage.journeys("cart")[0].reason == reason


def test_two_orders_walk_two_journeys_where_entry_is_keyed_by_orders(stage: Stage) -> None:
    always(stage, "{on: next need, after: 10 days, products: [P]}", caps="{keyed_by: order, most: 9}")
    for order in ("O1", "O2", "O1"):
        stage.happens("order", "C1", order_id=order, product_id="P", line=len(stage.outbox()))
        stage.now += timedelta(seconds=1)
    stage.happens("order", "C2", order_id="O3", product_id="Q")
    stage.tick()
    assert sorted(row.entry_key for row in stage.journeys("cart")) == ["O1", "O2"]


def test_a_customer_enters_again_only_after_the_time_set(stage: Stage) -> None:
    always(stage, "{on: viewed}", caps="{again_after: 30 days, most: 9}")
    for days in (0, 10, 25):
        stage.tick(days=days)
        stage.happens("view", "C1", product_id="P")
        stage.tick()
    assert len(stage.journeys("cart")) == 2


def test_repeated_purchases_count_orders_of_one_product(stage: Stage) -> None:
    always(stage, "{on: repeated purchases, at_least: 3, within: 90 days}", exits="[objection]")
    for number in range(3):
        stage.happens("order", "C1", order_id=f"A{number}", product_id="P")
        stage.happens("order", "C2", order_id=f"B{number}", product_id=f"P{number}")
    stage.tick()
    assert {row.customer_id for row in stage.journeys("cart")} == {"C1"}


def test_back_in_stock_reaches_those_who_looked_and_have_not_bought(stage: Stage) -> None:
    stage.happens("view", "C1", product_id="P")
    stage.happens("view", "C2", product_id="P")
    stage.happens("view", "C3", product_id="Q")
    stage.now += timedelta(days=1)
    stage.happens("order", "C2", product_id="P", order_id="O")
    stage.tick()
    always(stage, "{on: back in stock}")
    stage.happens("stock", None, product_id="P")
    stage.tick()
    assert {row.customer_id for row in stage.journeys("cart")} == {"C1"}


def test_nothing_that_happened_before_the_start_lets_anybody_in(stage: Stage) -> None:
    stage.happens("cart", "C1")
    stage.tick()
    always(stage, "{on: cart left}")
    assert stage.tick(days=1).entered == 0


def test_a_dry_run_tells_who_would_have_entered(stage: Stage, tmp_path: Path) -> None:
    always(stage, "{on: cart left}")
    stage.happens("cart", "C1")
    stage.happens("view", "C2")
    place = Workspace(tmp_path / "firm")
    assert would_enter(stage.store, place, "cart", stage.now, 1) == ["C1"]
    assert would_enter(stage.store, place, "cart", stage.now + timedelta(days=2), 1) == []


def test_a_dry_run_keeps_to_the_caps(stage: Stage, tmp_path: Path) -> None:
    always(stage, "{on: cart left}", caps="{entries_a_day: 2, at_once: 3}")
    for number in range(9):
        stage.happens("cart", f"C{number}")
    place = Workspace(tmp_path / "firm")
    assert would_enter(stage.store, place, "cart", stage.now, 1) == ["C0", "C1"]
    assert would_enter(stage.store, place, "cart", stage.now, 5) == ["C0", "C1", "C2"]


def test_news_that_is_taken_back_ends_the_journeys_that_began_with_it(stage: Stage) -> None:
    exits = "[objection, trigger gone]"
    always(stage, "{on: back in stock, after: 2 hours}", exits=exits)
    for customer, product in (("C1", "P"), ("C2", "Q")):
        stage.happens("view", customer, product_id=product)
    note(stage, ("P", 0), ("Q", 0))
    note(stage, ("P", 5), ("Q", 5))
    stage.tick()
    assert {row.customer_id for row in stage.journeys("cart")} == {"C1", "C2"}
    note(stage, ("P", 0))
    stage.tick(minutes=1)
    assert {row.customer_id: row.reason for row in stage.journeys("cart")} == {
        "C1": "trigger gone",
        "C2": "",
    }


def note(stage: Stage, *goods: tuple[str, int]) -> None:
    with stage.store.change() as connection:
        note_goods(
            connection, [Good(name, name, 100, "EUR", stock, True) for name, stock in goods], stage.now
        )


def test_limits_of_entry_hold(stage: Stage) -> None:
    always(stage, "{on: joined}", caps="{entries_a_day: 2, at_once: 3, most: 9}")
    for number in range(3):
        stage.happens("joined", f"C{number}", details="cart")
    stage.tick()
    assert len(stage.journeys("cart")) == 2
    stage.now += timedelta(days=1, minutes=1)
    stage.happens("joined", "C8", details="cart")
    stage.happens("joined", "C9", details="cart")
    stage.tick()
    assert len(stage.journeys("cart")) == 3
