"""A campaign from entry to end: sent once, failures on their own way, held-out people as ghosts, nothing stuck."""

from dataclasses import replace
from datetime import timedelta

import pytest

from passend.channels import Answer, Outcome
from passend.flow.campaigns import sending
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.steering import cancel, pause, resume, switch
from passend.flow.campaigns.telling import progress
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage, states

PEOPLE = [f"C{number}" for number in range(40)]
PLAIN = """
name: spring
holdout_share: 0
caps: {most: 9}
steps:
  invite: {send: email, then: pause, failed: lost}
  pause: {wait: 3 days, then: again}
  again: {send: email, then: end, failed: lost}
  lost: {stop: not reached}
  end: {stop: all said}
"""


def test_everybody_gets_each_message_once_and_comes_to_the_end(stage: Stage) -> None:
    stage.offers(PEOPLE)
    stage.start(campaign(PLAIN))
    assert stage.enter("spring", PEOPLE) == 40
    assert stage.enter("spring", PEOPLE) == 0
    stage.tick()
    assert sorted(one.customer_id for one in stage.email.got) == sorted(PEOPLE)
    assert stage.tick(days=2).sent == 0
    stage.tick(days=1)
    assert len({one.key for one in stage.email.got}) == len(stage.email.got) == 80
    assert states(stage.journeys("spring")) == {"done": 40}
    assert {row.reason for row in stage.journeys("spring")} == {"all said"}
    assert states(stage.outbox()) == {"sent": 80}


def test_a_refused_message_is_not_done_and_its_person_goes_the_way_of_a_failure(stage: Stage) -> None:
    stage.email.says = lambda one: Outcome.REFUSED if one.customer_id == "C1" else Outcome.ACCEPTED
    stage.offers(PEOPLE[:3])
    stage.start(campaign(PLAIN))
    stage.enter("spring", PEOPLE[:3])
    stage.tick()
    lost = [row for row in stage.journeys("spring") if row.state == "done"]
    assert [(row.customer_id, row.step) for row in lost] == [("C1", "lost")]
    (refused,) = stage.outbox(state="refused")
    assert (refused.code, refused.diagnostic, refused.happened_at) == ("550 5.1.1", "told", None)


def test_a_deferred_message_is_tried_again_until_it_expires(stage: Stage) -> None:
    stage.email.says = lambda _: Outcome.DEFERRED
    stage.offers(["C1"])
    stage.start(campaign(PLAIN))
    stage.enter("spring", ["C1"])
    stage.tick()
    stage.tick(minutes=4)
    assert len(stage.email.got) == 1
    stage.tick(minutes=2)
    assert len(stage.email.got) == 2
    for _ in range(12):
        stage.tick(hours=6)
    assert states(stage.outbox()) == {"expired": 1}
    assert stage.journeys("spring")[0].step == "lost"


def test_held_out_people_walk_the_same_way_and_nothing_is_sent(stage: Stage) -> None:
    stage.hold_out = HoldOut(share=0.5)
    stage.offers(PEOPLE)
    stage.start(campaign(PLAIN))
    stage.enter("spring", PEOPLE)
    stage.tick()
    stage.tick(days=3)
    held = {row.customer_id for row in stage.journeys("spring") if row.is_held_out}
    assert 10 < len(held) < 30
    assert held.isdisjoint(one.customer_id for one in stage.email.got)
    ghosts = stage.outbox(state="ghost")
    assert {row.customer_id for row in ghosts} == held
    assert len(ghosts) == 2 * len(held)
    assert {row.step for row in stage.journeys("spring")} == {"end"}


def test_what_never_came_to_its_channel_is_sent_when_the_lease_of_a_dead_worker_ends(stage: Stage) -> None:
    """Only what may have been handed over is unclear; the rest of the batch leaves later, and once."""

    class Dies:
        name, is_idempotent = "email", False

        def send(self, batch, now):
            raise KeyboardInterrupt

    people = PEOPLE[:8]
    stage.offers(people)
    stage.start(campaign(PLAIN))
    stage.enter("spring", people)
    before, stage.email = stage.email, Dies()  # type: ignore[assignment]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "_TOGETHER", 3)
        with pytest.raises(KeyboardInterrupt):
            stage.tick()
    stage.email = before
    assert states(stage.outbox()) == {"sending": 8}
    stage.tick(minutes=11)
    stage.tick(minutes=6)
    assert states(stage.outbox(step="invite")) == {"unclear": 3, "sent": 5}


def test_a_worker_that_slept_through_its_lease_sends_nothing_of_it(stage: Stage) -> None:
    people = PEOPLE[:4]
    stage.offers(people)
    stage.start(campaign(PLAIN))
    stage.enter("spring", people)
    taken = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sending, "_handed_over", lambda store, runs, channel, batch, now: taken.append((batch, now))
        )
        stage.tick()
    stage.tick(minutes=11)
    stage.tick(minutes=6)
    sent = len(stage.email.got)
    for batch, now in taken:
        assert sending._still_ours(stage.store, batch, now) == []
    assert sent == 4
    assert len({one.key for one in stage.email.got}) == 4


def test_a_lost_answer_is_listed_as_unclear_and_never_sent_again(stage: Stage) -> None:
    class Dies:
        name, is_idempotent = "email", False

        def send(self, batch, now):
            yield Answer(batch[0].key, Outcome.ACCEPTED, "250")
            raise ConnectionError("the line is dead")

    stage.offers(PEOPLE[:5])
    stage.start(campaign(PLAIN))
    stage.enter("spring", PEOPLE[:5])
    before, stage.email = stage.email, Dies()  # type: ignore[assignment]
    assert "the line is dead" in stage.tick().errors["channel/email"]
    assert "the line is dead" in progress(stage.store, stage.now)[0].last_error
    stage.email = before
    assert states(stage.outbox()) == {"sent": 1, "sending": 4}
    stage.tick(minutes=11)
    assert states(stage.outbox()) == {"sent": 1, "unclear": 4}
    stage.tick(days=3)
    assert [one.step for one in before.got] == ["again"] * 5
    assert all(row.state == "done" for row in stage.journeys("spring"))


def test_where_the_other_side_knows_keys_a_lost_answer_is_asked_for_again(stage: Stage) -> None:
    stage.email = replace(stage.email, is_idempotent=True)
    stage.offers(["C1"])
    stage.start(campaign(PLAIN))
    stage.enter("spring", ["C1"])
    quiet, stage.email.send = stage.email.send, lambda batch, now: []  # type: ignore[method-assign]
    stage.tick()
    assert states(stage.outbox()) == {"queued": 1}
    stage.email.send = quiet  # type: ignore[method-assign]
    stage.tick(minutes=6)
    assert states(stage.outbox()) == {"sent": 1}


def test_a_pause_stops_everything_and_its_end_is_no_flood(stage: Stage) -> None:
    many = [f"C{number}" for number in range(300)]
    stage.offers(many)
    stage.start(campaign(PLAIN))
    stage.enter("spring", many)
    pause(stage.store, "spring", "Ann", "a wrong price", stage.now)
    assert not stage.tick(hours=5).anything
    assert resume(stage.store, "spring", "Ann", stage.now) == 300
    first = stage.tick().sent
    assert 0 < first < 60
    for _ in range(4):
        stage.tick(minutes=30)
    assert len(stage.email.got) == 300


def test_what_is_cancelled_never_leaves(stage: Stage) -> None:
    stage.email.says = lambda _: Outcome.DEFERRED
    stage.offers(PEOPLE)
    stage.start(campaign(PLAIN))
    stage.enter("spring", PEOPLE)
    stage.tick()
    assert cancel(stage.store, "spring", "Ann", "enough", stage.now) == 40
    stage.tick(days=1)
    assert len(stage.email.got) == 40
    assert states(stage.outbox()) == {"cancelled": 40}
    assert states(stage.journeys("spring")) == {"left": 40}


@pytest.mark.parametrize("name", ["all", "channel/email", "campaign/spring"])
def test_a_switch_stops_sending_at_once(stage: Stage, name: str) -> None:
    stage.offers(PEOPLE)
    stage.start(campaign(PLAIN))
    stage.enter("spring", PEOPLE)
    switch(stage.store, name, "Ann", "a wrong text", stage.now, off=True)
    stage.tick()
    assert stage.email.got == []
    switch(stage.store, name, "Ann", "mended", stage.now, off=False)
    stage.tick()
    assert len(stage.email.got) == 40


def test_whoever_may_forbid_a_message_is_asked_when_it_leaves(stage: Stage) -> None:
    def no_consent(_connection, batch, _now):
        return {
            one.key: Answer(one.key, Outcome.REFUSED, "no consent", "consents/17")
            for one in batch
            if one.customer_id == "C1"
        }

    stage.permits = [no_consent]
    stage.offers(PEOPLE[:3])
    stage.start(campaign(PLAIN))
    stage.enter("spring", PEOPLE[:3])
    stage.tick()
    assert sorted(one.customer_id for one in stage.email.got) == ["C0", "C2"]
    (refused,) = stage.outbox(state="refused")
    assert (refused.customer_id, refused.diagnostic) == ("C1", "consents/17")


def test_who_has_no_offer_is_not_contacted_and_the_reason_is_kept(stage: Stage) -> None:
    stage.start(campaign(PLAIN))
    stage.enter("spring", ["C1"])
    stage.tick()
    (one,) = stage.journeys("spring")
    assert (one.state, one.step) == ("done", "lost")
    assert stage.outbox() == []


def test_the_budget_is_spent_once_and_what_did_not_leave_is_given_back(stage: Stage) -> None:
    stage.email.says = lambda one: Outcome.REFUSED if one.customer_id in ("C0", "C1") else Outcome.ACCEPTED
    stage.offers(PEOPLE[:20], cost=10.0)
    stage.start(campaign(PLAIN.replace("then: pause", "then: end"), budget="1"))
    stage.enter("spring", PEOPLE[:20])
    stage.tick()
    assert states(stage.outbox()) == {"sent": 8, "refused": 2}
    stage.tick(hours=6)
    assert states(stage.outbox()) == {"sent": 10, "refused": 2}
    stage.tick(days=4)
    assert states(stage.outbox()) == {"sent": 10, "refused": 2}
    assert states(stage.journeys("spring")) == {"done": 20}


def test_of_two_campaigns_the_more_valuable_gets_the_customer(stage: Stage) -> None:
    one = PLAIN.replace("{most: 9}", "{most: 1, within: 30 days}")
    stage.offers(["C1"], worth={"P": 5.0, "Q": 50.0})
    stage.start(campaign(one, products="[P]"))
    stage.start(campaign(one.replace("spring", "summer"), products="[Q]"))
    stage.enter("spring", ["C1"])
    stage.enter("summer", ["C1"])
    stage.tick()
    assert [(one.campaign, one.product_id) for one in stage.email.got] == [("summer", "Q")]
    (loser,) = stage.journeys("spring")
    assert loser.state == "waiting"
    assert loser.reason in ("rival: campaign/summer", "cap: contact of 2026-05-04 09:00")


def test_a_campaign_begins_and_ends_when_it_says(stage: Stage) -> None:
    stage.offers(PEOPLE)
    stage.start(campaign(PLAIN, starts_at="2026-05-05 09:00", ends_at="2026-05-06"))
    assert stage.enter("spring", PEOPLE[:3]) == 3
    assert stage.tick(hours=23).sent == 0
    assert stage.tick(hours=1).sent == 3
    stage.now += timedelta(days=1)
    assert stage.enter("spring", PEOPLE[3:]) == 0


def test_variants_keep_their_shares(stage: Stage) -> None:
    many = [f"C{number}" for number in range(200)]
    stage.offers(many)
    stage.start(campaign(PLAIN, variants="{short: 30 %, long: 70 %}"))
    stage.enter("spring", many)
    stage.tick()
    got = [one.variant for one in stage.email.got]
    assert 40 < got.count("short") < 80
    assert got.count("short") + got.count("long") == 200
