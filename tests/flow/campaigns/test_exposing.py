"""Who entered, in which arm and phase, comes into the table that results compare; each once, whatever breaks off."""

from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from passend.channels import Answer, Outcome
from passend.flow import numbered_batches
from passend.flow.campaigns.bridging import bridge
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.exposing import expose
from passend.flow.campaigns.publishing import impact, publish, save_draft
from passend.flow.campaigns.pulling import answer, desk_list
from passend.workspace import Workspace
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage

PEOPLE = [f"C{number}" for number in range(60)]
TEXT = """
name: spring
holdout_share: 30 %
caps: {most: 9, again_after: 1 day}
steps:
  invite: {send: email, then: pause, failed: end}
  pause: {wait: 1 days, then: again}
  again: {send: email, then: end, failed: end}
  end: {stop: all said}
"""


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "ws")


def exposures(stage: Stage, place: Workspace):
    bridge(stage.store, place, stage.now)
    expose(stage.store, place, stage.now)
    return {(row["customer_id"], row["phase"]): row for row in place.read("exposures").to_pylist()}


def test_everybody_who_entered_is_exposed_in_the_arm_they_were_drawn_for(
    stage: Stage, place: Workspace
) -> None:
    stage.hold_out = HoldOut(share=0.3)
    stage.offers(PEOPLE)
    stage.start(campaign(TEXT))
    stage.enter("spring", PEOPLE)
    entered = stage.now
    before = exposures(stage, place)
    assert len(before) == 60
    assert not any(row["is_contacted"] or row["exposed_at"] for row in before.values())
    stage.tick(hours=1)
    sent = stage.now
    stage.tick(days=1)
    found = exposures(stage, place)
    assert len(found) == 60
    held = {row["held_by"] for row in found.values() if row["arm"] == "held-out"}
    assert held == {"programme", "campaign"}
    for (customer, _), row in found.items():
        assert row["held_by"] == (stage.hold_out.held_by(customer, stage.run("spring").now) or None)
        assert (row["arm"] == "held-out") == bool(row["held_by"])
        assert row["is_contacted"] == (row["arm"] == "treated")
        assert (row["eligible_at"], row["exposed_at"], row["channel"]) == (entered, sent, "email")
        assert row["chance"] == pytest.approx(0.7 * 0.7)
    assert expose(stage.store, place, stage.now) == 0


def test_on_a_list_of_staff_both_arms_come_to_a_contact_alike(stage: Stage, place: Workspace) -> None:
    """Who is held out of a list cannot be seen to be called: standing on it is what the arms have in common."""
    text = TEXT.replace("invite: {send: email,", "invite: {hand: service,")
    stage.offers(PEOPLE, channels=["desk"])
    stage.start(campaign(text))
    stage.enter("spring", PEOPLE)
    assert not any(row["exposed_at"] for row in exposures(stage, place).values())
    stage.tick(hours=1)
    listed = stage.now
    found = exposures(stage, place)
    assert {row["arm"] for row in found.values()} == {"treated", "held-out"}
    assert {(row["exposed_at"], row["channel"]) for row in found.values()} == {(listed, "desk")}
    assert not any(row["is_contacted"] for row in found.values())
    [first, *_] = desk_list(stage.store, "service", stage.now)
    answer(stage.store, first.key, "accept", "Eva", stage.now + timedelta(hours=3))
    called = [row for row in exposures(stage, place).values() if row["is_contacted"]]
    assert [(row["customer_id"], row["exposed_at"]) for row in called] == [
        (first.message.customer_id, listed)
    ]


def test_where_no_plan_asked_before_the_held_out_need_consent_like_the_others(
    stage: Stage, place: Workspace
) -> None:
    """Half of the customers may not be written to: in both arms the same share comes to a contact."""
    text = TEXT.replace(
        "invite: {send: email, then: pause, failed: end}",
        "invite: {send: email, offer: none, then: pause, failed: gone}\n  gone: {stop: barred}",
    )
    barred = set(PEOPLE[::2])

    def permit(_connection, batch, _now):
        return {
            one.key: Answer(one.key, Outcome.REFUSED, "no consent", "ledger")
            for one in batch
            if one.customer_id in barred
        }

    stage.permits = [permit]
    stage.start(campaign(text))
    stage.enter("spring", PEOPLE)
    stage.tick(hours=1)
    found = exposures(stage, place).values()
    assert {row["arm"] for row in found} == {"treated", "held-out"}
    assert {row["customer_id"] for row in found if row["exposed_at"]} == set(PEOPLE) - barred
    assert {row.step for row in stage.journeys("spring") if row.customer_id in barred} == {"gone"}


def test_a_phase_begins_when_what_people_get_changes_and_not_with_the_budget(
    stage: Stage, place: Workspace
) -> None:
    stage.offers(PEOPLE)
    stage.start(campaign(TEXT))

    def published(**changes: str) -> None:
        stage.now = stage.now.replace(hour=stage.now.hour + 1)
        save_draft(stage.store, campaign(TEXT, **changes), "Ann", stage.now)
        publish(stage.store, "spring", impact(stage.store, "spring").token, "Ann", stage.now)

    stage.enter("spring", PEOPLE[:1])
    published(budget="900")
    stage.enter("spring", PEOPLE[1:2])
    published(budget="900", variants="{short: 30 %, long: 70 %}")
    stage.enter("spring", PEOPLE[2:3])
    stage.tick()
    stage.tick(days=2)
    stage.enter("spring", PEOPLE[:1])
    assert sorted(exposures(stage, place)) == [("C0", 1), ("C0", 2), ("C1", 1), ("C2", 2)]


def test_a_batch_that_breaks_off_is_written_once(stage: Stage, place: Workspace) -> None:
    stage.offers(PEOPLE)
    stage.start(campaign(TEXT))
    stage.enter("spring", PEOPLE)
    with (
        mock.patch.object(numbered_batches, "_kept", side_effect=OSError("the disk is full")),
        pytest.raises(OSError, match="full"),
    ):
        expose(stage.store, place, stage.now)
    assert len(exposures(stage, place)) == 60
    assert place.read("exposures").num_rows == 60
