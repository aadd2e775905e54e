"""Offers that wait: in the shop they count when shown, staff work their list, what nobody fetched is released."""

import pytest

from passend.campaigns.truth import Good
from passend.errors import StoreError
from passend.flow.campaigns.desks import cards
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.pulling import answer, appear, desk_list, shown
from passend.flow.campaigns.steering import switch
from passend.flow.campaigns.telling import progress
from passend.store.shelf import keep_goods
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage, states

SHOP = """
name: spring
holdout_share: 0
budget: 1
steps:
  show: {send: onsite, place: cart, expires: 5 days, then: end, failed: gone}
  gone: {stop: nobody came}
  end: {stop: seen}
"""
DESK = """
name: spring
holdout_share: 0
steps:
  call: {hand: service, script: Ask., never_say: cheap, then: end, yes: happy, no: sorry, failed: gone}
  happy: {stop: accepted}
  sorry: {stop: declined}
  gone: {stop: nobody called}
  end: {stop: x}
"""


def test_an_offer_in_the_shop_is_a_contact_when_it_was_seen(stage: Stage) -> None:
    stage.offers(["C1"], channels=["onsite"])
    stage.start(campaign(SHOP))
    stage.enter("spring", ["C1"])
    stage.tick()
    assert appear(stage.store, "C1", "checkout", stage.now) == []
    assert appear(stage.store, "C2", "cart", stage.now) == []
    (given,) = appear(stage.store, "C1", "cart", stage.now)
    assert states(stage.outbox()) == {"given": 1}
    assert shown(stage.store, [given.key, "unknown"], stage.now) == 1
    assert shown(stage.store, [given.key], stage.now) == 0
    stage.tick()
    assert stage.journeys("spring")[0].reason == "seen"


def test_what_nobody_fetched_is_released_with_its_budget(stage: Stage) -> None:
    stage.offers(["C1", "C2"], channels=["onsite"], cost=100.0)
    stage.start(campaign(SHOP))
    stage.enter("spring", ["C1", "C2"])
    stage.tick()
    assert states(stage.outbox()) == {"reserved": 1}
    stage.tick(days=5)
    assert appear(stage.store, "C1", "cart", stage.now) == []
    assert "expired" in states(stage.outbox())
    assert {row.step for row in stage.journeys("spring")} == {"gone"}


def test_a_held_out_customer_who_appears_sees_nothing_and_is_logged(stage: Stage) -> None:
    stage.hold_out = HoldOut(share=0.999)
    stage.offers(["C1"], channels=["onsite"])
    stage.start(campaign(SHOP))
    stage.enter("spring", ["C1"])
    stage.tick()
    assert stage.outbox()[0].happened_at is None
    assert appear(stage.store, "C1", "cart", stage.now) == []
    (row,) = stage.outbox()
    assert (row.state, row.happened_at) == ("ghost", stage.now)
    stage.tick()
    assert stage.journeys("spring")[0].reason == "seen"


def test_staff_work_their_list_the_most_valuable_first(stage: Stage) -> None:
    stage.offers(["C1"], channels=["desk"], value=5.0)
    stage.start(campaign(DESK))
    stage.enter("spring", ["C1", "C2"])
    stage.offers(["C1", "C2"], channels=["desk"], value=7.0)
    stage.tick()
    tasks = desk_list(stage.store, "service", stage.now)
    assert len(tasks) == 2
    assert tasks[0].message.content["never_say"] == "cheap"
    assert desk_list(stage.store, "other", stage.now) == []
    first, second = (one.key for one in tasks)
    answer(stage.store, first, "accept", "Eva", stage.now, reason="liked it")
    answer(stage.store, second, "later", "Eva", stage.now)
    assert desk_list(stage.store, "service", stage.now) == []
    with pytest.raises(StoreError, match="on no list"):
        answer(stage.store, first, "decline", "Eva", stage.now)
    stage.tick(days=1)
    (again,) = desk_list(stage.store, "service", stage.now)
    answer(stage.store, again.key, "decline", "Eva", stage.now)
    stage.tick()
    assert sorted(row.reason for row in stage.journeys("spring")) == ["accepted", "declined"]
    with pytest.raises(StoreError, match="no answer 'perhaps'"):
        answer(stage.store, first, "perhaps", "Eva", stage.now)


def test_a_card_tells_what_this_customer_pays(stage: Stage) -> None:
    """A tenth off what the plan knew, 20.00; and off what the shop has told since, 25.00."""
    stage.offers(
        ["C1"], channels=["desk"], discount_share=0.1, facts='{"price_cents": 2000, "currency": "EUR"}'
    )
    stage.start(campaign(DESK))
    stage.enter("spring", ["C1"])
    stage.tick()
    ((offer,),) = [one.offers for one in cards(stage.store, "service", stage.now)]
    assert (offer.price_cents, offer.final_cents, offer.stock) == (2000, 1800, None)
    with stage.store.change() as connection:
        keep_goods(connection, [Good("P", "Kette", 2500, "EUR", 4)], stage.now)
    ((offer,),) = [one.offers for one in cards(stage.store, "service", stage.now)]
    assert (offer.name, offer.price_cents, offer.final_cents, offer.stock) == ("Kette", 2500, 2250, 4)


def test_the_switch_empties_shop_and_lists_at_once(stage: Stage) -> None:
    stage.offers(["C1"], channels=["onsite"])
    stage.start(campaign(SHOP))
    stage.enter("spring", ["C1"])
    stage.tick()
    switch(stage.store, "all", "Ann", "a wrong price", stage.now, off=True)
    assert appear(stage.store, "C1", "cart", stage.now) == []
    assert "Ann" in progress(stage.store, stage.now)[0].stopped_by
