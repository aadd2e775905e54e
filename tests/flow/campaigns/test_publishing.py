"""A running campaign changes by preview and token only: who is moved where, four eyes, rollback, recalled texts."""

from datetime import timedelta

import pytest

from passend.channels import Outcome
from passend.errors import InvalidCampaign, StoreError
from passend.flow.campaigns.publishing import approve, impact, publish, recall, rollback, save_draft
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage, states

OLD = """
name: spring
holdout_share: 0
caps: {most: 9}
steps:
  invite: {send: email, then: pause, failed: end}
  pause: {wait: 10 days, then: again}
  again: {send: email, then: end, failed: end}
  end: {stop: all said}
"""
PEOPLE = [f"C{number}" for number in range(300)]


def running(stage: Stage, text: str = OLD, people=PEOPLE) -> None:
    stage.offers(people)
    stage.start(campaign(text))
    stage.enter("spring", people)
    stage.tick()


def change(stage: Stage, text: str):
    save_draft(stage.store, campaign(text), "Ann", stage.now)
    return impact(stage.store, "spring")


def test_a_draft_changes_nothing_and_its_preview_tells_who_would_be_moved(stage: Stage) -> None:
    running(stage)
    shown = change(stage, OLD.replace("pause", "rest") + "moves: {pause: rest}")
    assert [(one.step, one.people, one.to, one.change) for one in shown.moved] == [
        ("pause", 300, "rest", "deleted")
    ]
    assert (shown.number, shown.under_way) == (2, 300)
    assert {row.step for row in stage.journeys("spring")} == {"pause"}
    publish(stage.store, "spring", shown.token, "Ann", stage.now)
    assert {(row.step, row.revision) for row in stage.journeys("spring")} == {("rest", 2)}
    stage.tick(days=10)
    assert len(stage.email.got) == 600


def test_those_on_a_deleted_step_without_a_new_one_leave(stage: Stage) -> None:
    running(stage, people=PEOPLE[:3])
    shown = change(
        stage, "name: spring\nsteps:\n  invite: {send: email, then: end, failed: end}\n  end: {stop: x}"
    )
    assert shown.moved[0].to == ""
    publish(stage.store, "spring", shown.token, "Ann", stage.now)
    assert states(stage.journeys("spring")) == {"left": 3}


def test_a_shortened_wait_wakes_people_spread_out(stage: Stage) -> None:
    running(stage)
    stage.tick(days=5)
    shown = change(stage, OLD.replace("10 days", "2 days"))
    assert [one.change for one in shown.moved] == ["shorter wait"]
    publish(stage.store, "spring", shown.token, "Ann", stage.now)
    at = [row.due_at - stage.now for row in stage.journeys("spring")]
    assert timedelta(0) <= min(at) < timedelta(minutes=10)
    assert timedelta(minutes=100) < max(at) <= timedelta(hours=2)
    assert stage.tick().sent < 30


def test_a_lengthened_wait_counts_from_when_people_came(stage: Stage) -> None:
    running(stage, people=PEOPLE[:2])
    began = stage.now
    publish(stage.store, "spring", change(stage, OLD.replace("10 days", "20 days")).token, "Ann", stage.now)
    assert {row.due_at for row in stage.journeys("spring")} == {began + timedelta(days=20)}


def test_old_ones_may_finish_what_they_began(stage: Stage) -> None:
    running(stage, people=PEOPLE[:2])
    shown = change(stage, OLD.replace("again", "more") + "keep_old: yes")
    assert shown.finish_old
    publish(stage.store, "spring", shown.token, "Ann", stage.now)
    stage.tick(days=10)
    assert {one.step for one in stage.email.got} == {"invite", "again"}


def test_a_token_is_worth_nothing_once_something_has_changed(stage: Stage) -> None:
    running(stage, people=PEOPLE[:2])
    token = change(stage, OLD.replace("10 days", "9 days")).token
    change(stage, OLD.replace("10 days", "8 days"))
    with pytest.raises(StoreError, match="has changed since"):
        publish(stage.store, "spring", token, "Ann", stage.now)


def test_an_approval_ends_with_the_draft_that_was_approved(stage: Stage) -> None:
    careful = OLD + "four_eyes: yes"
    token = change(stage, careful).token
    with pytest.raises(StoreError, match="approval of another person"):
        publish(stage.store, "spring", token, "Ann", stage.now)
    with pytest.raises(StoreError, match="cannot approve"):
        approve(stage.store, "spring", token, "Ann", stage.now)
    approve(stage.store, "spring", token, "Bob", stage.now)
    other = change(stage, careful.replace("10 days", "11 days")).token
    with pytest.raises(StoreError, match="approval of another person"):
        publish(stage.store, "spring", other, "Ann", stage.now)


def test_an_earlier_version_comes_back_as_a_draft(stage: Stage) -> None:
    running(stage, people=PEOPLE[:2])
    publish(stage.store, "spring", change(stage, OLD.replace("10 days", "1 day")).token, "Ann", stage.now)
    shown = rollback(stage.store, "spring", 1, "Ann", stage.now)
    assert publish(stage.store, "spring", shown.token, "Ann", stage.now).number == 3
    assert stage.run("spring").now.steps["pause"].wait == timedelta(days=10)
    with pytest.raises(StoreError, match="no version 9"):
        rollback(stage.store, "spring", 9, "Ann", stage.now)


def test_a_recalled_text_never_leaves_also_for_those_on_the_old_version(stage: Stage) -> None:
    stage.email.says = lambda _: Outcome.DEFERRED
    running(stage, people=PEOPLE[:5])
    shown = change(stage, OLD.replace("send: email, then: pause", "send: email, price: right, then: pause"))
    publish(stage.store, "spring", shown.token, "Ann", stage.now)
    assert recall(stage.store, "spring", 1, "Ann", reason="a wrong price", now=stage.now) == 5
    stage.email.says, stage.email.got = (lambda _: Outcome.ACCEPTED), []
    stage.tick(days=1)
    assert [(one.revision, one.content.get("price")) for one in stage.email.got] == [(2, "right")] * 5
    assert states(stage.outbox()) == {"cancelled": 5, "sent": 5}


def test_a_journey_that_cannot_be_walked_is_not_even_kept(stage: Stage) -> None:
    with pytest.raises(InvalidCampaign, match="dead end"):
        save_draft(stage.store, campaign(OLD.replace(", failed: end", "")), "Ann", stage.now)


def test_every_change_is_in_the_audit_log(stage: Stage) -> None:
    from sqlalchemy import select

    from passend.store.audit import AuditRow

    running(stage, people=PEOPLE[:1])
    with stage.store.read() as connection:
        told = connection.execute(select(AuditRow.who, AuditRow.what, AuditRow.subject)).all()
    assert {tuple(one) for one in told} == {
        ("Ann", what, "campaign/spring") for what in ("drafted", "published")
    }
