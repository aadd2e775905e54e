"""What no customer does and triggers wait for: products that are back or cheaper, contracts whose year ends soon."""

from datetime import datetime, timedelta

import pytest

from passend.campaigns.truth import Good
from passend.flow.campaigns.news import AHEAD, _anniversary, note_goods
from passend.flow.mail_facts import facts_now
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage

STEPS = """
name: news
holdout_share: 0
caps: {most: 9, again_after: 1 days}
steps:
  tell: {send: email, offer: trigger, then: end, failed: end}
  end: {stop: said}
"""


def told(stage: Stage, *goods: Good) -> None:
    with stage.store.change() as connection:
        note_goods(connection, goods, stage.now)


@pytest.mark.parametrize(
    ("trigger", "before", "after"),
    [
        ("back in stock", Good("P", stock=0), Good("P", stock=3)),
        ("back in stock", Good("P", is_sold=False), Good("P")),
        ("price drop", Good("P", price_cents=900), Good("P", price_cents=700)),
    ],
)
def test_who_looked_for_a_product_hears_that_it_is_back_or_cheaper(stage: Stage, trigger, before, after):
    stage.start(campaign(STEPS, trigger=f"{{on: {trigger}, within: 30 days}}"))
    told(stage, before, Good("Q", price_cents=100, stock=1))
    stage.happens("view", "C1", product_id="P")
    stage.happens("view", "C2", product_id="Q")
    assert stage.tick(hours=1).entered == 0
    told(stage, after)
    assert stage.tick(hours=1).entered == 1
    [message] = stage.email.got
    assert (message.customer_id, message.product_id) == ("C1", "P")
    told(stage, after)
    assert stage.tick(hours=1).entered == 0


@pytest.mark.parametrize("after", [Good("P", price_cents=900, stock=2), Good("P", price_cents=950, stock=9)])
def test_what_is_neither_back_nor_cheaper_is_no_news(stage: Stage, after):
    stage.start(campaign(STEPS, trigger="{on: price drop, within: 30 days}"))
    told(stage, Good("P", price_cents=900, stock=5))
    stage.happens("view", "C1", product_id="P")
    told(stage, after)
    assert stage.tick(hours=1).entered == 0


def test_a_message_about_the_trigger_needs_no_plan_and_still_the_product(stage: Stage):
    stage.start(campaign(STEPS, trigger="{on: price drop, within: 30 days}"))
    stage.offers(["C1"], product="Z")
    told(stage, Good("P", "Pump", 900))
    stage.happens("view", "C1", product_id="P")
    told(stage, Good("P", "Pump", 700))
    stage.tick(hours=1)
    with stage.store.read() as connection:
        facts = facts_now(connection, stage.email.got, stage.now)
    [message] = stage.email.got
    assert facts.why_not(message) == ("no address", "live_people/C1")
    assert facts.goods["P"].price_cents == 700


BEGUN = datetime(2024, 3, 1)


@pytest.mark.parametrize(
    ("since", "now", "year"),
    [
        (datetime(2025, 1, 29), datetime(2025, 1, 31), 2025),
        (datetime(2025, 2, 2), datetime(2025, 2, 3), None),
        (datetime(2026, 1, 29), datetime(2026, 1, 31), 2026),
        (datetime(2024, 1, 1), datetime(2024, 3, 2), None),
    ],
)
def test_an_anniversary_is_told_once_a_year_and_ahead_of_it(since, now, year):
    row = {
        "contract_id": "K", "customer_id": "C", "product_id": "P", "started_at": BEGUN, "cancelled_at": None,
        "ends_at": None,
    }  # fmt: skip
    found = list(_anniversary(row, since, now))
    assert [one["key"][:15] for one in found] == ([f"contract/K/{year}"] if year else [])
    for one in found:
        assert since < one["happened_at"] <= now
        assert (one["happened_at"] + AHEAD).month in {2, 3}
    assert list(_anniversary({**row, "cancelled_at": BEGUN}, since, now)) == []


def test_looks_that_follow_each_other_tell_each_year_once():
    row = {
        "contract_id": "K", "customer_id": "C", "product_id": "P", "started_at": BEGUN, "cancelled_at": None,
        "ends_at": None,
    }  # fmt: skip
    at, keys = BEGUN, []
    while at < BEGUN + timedelta(days=5 * 365.25):
        keys += [one["key"] for one in _anniversary(row, at, at + timedelta(days=3))]
        at += timedelta(days=3)
    assert len(keys) == len(set(keys)) == 5
