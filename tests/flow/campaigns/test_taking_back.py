"""Answers at the desk that are taken back: all stands as before, unless something followed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from passend.errors import StoreError
from passend.flow.campaigns.pulling import OffList, answer, desk_list
from passend.flow.campaigns.taking_back import PATIENCE, take_back
from passend.store.campaigns import TallyRow
from passend.store.outbox import ResponseRow
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage, states

DESK = """
name: spring
holdout_share: 0
steps:
  call: {hand: service, then: end, yes: happy, no: sorry, failed: gone}
  happy: {stop: accepted}
  sorry: {send: onsite, place: cart, expires: 5 days, then: end, failed: gone}
  gone: {stop: nobody called}
  end: {stop: x}
"""


def _at_desk(stage: Stage) -> str:
    stage.offers(["C1"], channels=["desk", "onsite"])
    stage.start(campaign(DESK))
    stage.enter("spring", ["C1"])
    stage.tick()
    (task,) = desk_list(stage.store, "service", stage.now)
    return task.key


def _counted(stage: Stage) -> tuple[dict[str, int], list[str]]:
    """People by way of the desk's step, and the answers that count."""
    with stage.store.read() as connection:
        ways = connection.execute(select(TallyRow.way, TallyRow.people).where(TallyRow.step == "call")).all()
        answers = connection.scalars(select(ResponseRow.kind)).all()
    return {way: people for way, people in ways if people}, list(answers)


@pytest.mark.parametrize("says", ["accept", "decline", "later"])
def test_an_answer_taken_back_leaves_no_trace_and_can_be_given_anew(stage: Stage, says: str) -> None:
    key = _at_desk(stage)
    answer(stage.store, key, says, "Eva", stage.now)
    take_back(stage.store, key, "Eva", stage.now)
    assert _counted(stage) == ({}, [])
    assert [one.key for one in desk_list(stage.store, "service", stage.now)] == [key]
    answer(stage.store, key, "accept", "Eva", stage.now)
    stage.tick()
    assert _counted(stage) == ({"yes": 1}, ["accept"])
    assert [row.reason for row in stage.journeys("spring")] == ["accepted"]


def test_also_where_the_journey_was_over(stage: Stage) -> None:
    key = _at_desk(stage)
    answer(stage.store, key, "accept", "Eva", stage.now)
    stage.tick()
    assert [row.state for row in stage.journeys("spring")] == ["done"]
    take_back(stage.store, key, "Eva", stage.now)
    assert [(row.state, row.step, row.ended_at) for row in stage.journeys("spring")] == [
        ("sending", "call", None)
    ]
    answer(stage.store, key, "decline", "Eva", stage.now)
    assert _counted(stage) == ({"no": 1}, ["decline"])


def test_not_once_an_offer_followed(stage: Stage) -> None:
    key = _at_desk(stage)
    answer(stage.store, key, "decline", "Eva", stage.now)
    stage.tick()
    assert states(stage.outbox()) == {"shown": 1, "reserved": 1}
    with pytest.raises(StoreError, match="something followed"):
        take_back(stage.store, key, "Eva", stage.now)
    assert _counted(stage)[1] == ["decline"]


def test_not_after_the_offer_has_expired(stage: Stage) -> None:
    key = _at_desk(stage)
    (row,) = stage.outbox()
    stage.now = row.expires_at - timedelta(minutes=5)
    answer(stage.store, key, "decline", "Eva", stage.now)
    with pytest.raises(StoreError, match="no answer to take back"):
        take_back(stage.store, key, "Eva", row.expires_at + timedelta(minutes=5))
    assert _counted(stage) == ({"no": 1}, ["decline"])


def test_an_offer_that_has_expired_is_answered_no_more(stage: Stage) -> None:
    key = _at_desk(stage)
    (row,) = stage.outbox()
    with pytest.raises(OffList):
        answer(stage.store, key, "accept", "Eva", row.expires_at)


def test_not_for_ever_and_not_what_nobody_answered(stage: Stage) -> None:
    key = _at_desk(stage)
    with pytest.raises(StoreError, match="no answer to take back"):
        take_back(stage.store, key, "Eva", stage.now)
    answer(stage.store, key, "accept", "Eva", stage.now)
    with pytest.raises(StoreError, match="no answer to take back"):
        take_back(stage.store, key, "Eva", stage.now + PATIENCE + timedelta(seconds=1))
    with pytest.raises(StoreError, match="no answer to take back"):
        take_back(stage.store, "1.9.9", "Eva", stage.now)
