"""What keeps campaigns from going on is told: a dead channel, a worker that stopped, a store that cannot be written."""

import threading
from datetime import timedelta
from unittest import mock

import pytest
from sqlalchemy.exc import OperationalError

from passend.channels import Answer, Outcome
from passend.flow.campaigns.health import BEAT, Pulse, troubles
from passend.flow.campaigns.steering import resume
from passend.flow.campaigns.telling import progress
from passend.flow.campaigns.working import Done
from passend.worker import Loop
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage, states

PEOPLE = [f"C{number}" for number in range(350)]
TEXT = """
name: spring
holdout_share: 0
steps:
  invite: {send: email, then: end, failed: end}
  end: {stop: all said}
"""


class Dead:
    """A mail server that is not there."""

    name, is_idempotent = "email", False

    def __init__(self) -> None:
        self.asked = 0

    def send(self, batch, now):
        self.asked += len(batch)
        return [
            Answer(one.key, Outcome.DEFERRED, "line", "no connection to mail:25", is_down=True)
            for one in batch
        ]


@pytest.fixture
def started(stage: Stage) -> Stage:
    stage.offers(PEOPLE)
    stage.start(campaign(TEXT))
    stage.enter("spring", PEOPLE)
    return stage


def test_a_dead_server_is_told_and_asked_for_few_and_then_the_rest_leaves_once(started: Stage) -> None:
    alive, dead = started.email, Dead()
    started.email = dead  # type: ignore[assignment]
    started.tick()
    assert dead.asked == 100
    assert "no connection to mail:25" in progress(started.store, started.now)[0].last_error
    assert states(started.outbox()) == {"queued": 350}
    started.email = alive
    assert started.tick(minutes=1).sent == 0
    started.tick(minutes=5)
    assert states(started.outbox()) == {"sent": 350}
    assert len({one.key for one in alive.got}) == len(alive.got) == 350


def test_one_message_put_off_is_no_dead_server(started: Stage) -> None:
    started.email.says = lambda one: Outcome.DEFERRED if one.customer_id == "C7" else Outcome.ACCEPTED
    started.tick()
    assert progress(started.store, started.now)[0].last_error == ""
    assert states(started.outbox()) == {"sent": 349, "queued": 1}


def test_a_worker_that_does_not_run_is_missed_and_only_where_something_is_due(started: Stage) -> None:
    (told,) = troubles(started.store, started.now)
    assert told == "No worker has been at work yet. Start one: passend worker"
    pulse = Pulse(started.store, lambda: started.now, "here/1")
    pulse.beat()
    assert troubles(started.store, started.now + timedelta(seconds=40)) == ()
    (told,) = progress(started.store, started.now + timedelta(seconds=60))[0].troubles
    assert told == "No worker has been at work since 2026-05-04 09:00:00. Start one: passend worker"
    started.tick()
    assert troubles(started.store, started.now + timedelta(days=1)) == ()


def test_a_pulse_is_felt_every_few_seconds_and_when_its_trouble_changes(started: Stage) -> None:
    pulse = Pulse(started.store, lambda: started.now, "here/1")
    pulse.beat()
    with mock.patch.object(started.store, "change") as change:
        started.now += BEAT / 2
        pulse.beat()
        assert not change.called
    pulse.beat("disk full")
    assert troubles(started.store, started.now) == ("The worker cannot go on: disk full",)
    pulse.beat()
    assert troubles(started.store, started.now) == ("The worker cannot go on: disk full",)
    pulse.beat("")
    assert troubles(started.store, started.now) == ()


def test_a_worker_whose_database_goes_away_says_so_and_goes_on_when_it_is_back(started: Stage) -> None:
    worker = started.worker
    broken = OperationalError("insert", None, Exception("database or disk is full"))
    ticks = [broken, Done(sent=1), Done()]
    told: list[Done] = []
    loop = Loop(worker, lambda: pytest.fail("not asked"), told.append, threading.Event())
    loop._bridged = started.now
    object.__setattr__(worker, "pulse", Pulse(started.store, worker.clock, "here/1"))
    waits: list[tuple[str, ...]] = []

    def wait(_: float) -> None:
        waits.append(troubles(started.store, started.now))
        if len(waits) == 2:
            loop.stop.set()

    with (
        mock.patch.object(loop, "once", side_effect=ticks),
        mock.patch.object(loop.stop, "wait", side_effect=wait),
    ):
        loop.run()
    assert waits == [("The worker cannot go on: database or disk is full",), ()]
    assert [one.errors for one in told] == [{"worker": "database or disk is full"}, {}]


def test_a_store_that_cannot_be_written_is_told(started: Stage) -> None:
    broken = OperationalError("insert", None, Exception("database or disk is full"))
    with mock.patch("passend.flow.campaigns.health.set_mark", side_effect=broken):
        (told,) = troubles(started.store, started.now)
    assert told == "The store of campaigns cannot be written: database or disk is full"


def test_a_campaign_that_was_stopped_is_not_told_that_nobody_works(started: Stage) -> None:
    from passend.flow.campaigns.steering import pause

    pause(started.store, "spring", "Ann", "", started.now)
    assert progress(started.store, started.now)[0].troubles == ()
    resume(started.store, "spring", "Ann", started.now, timedelta(0))
    assert progress(started.store, started.now)[0].troubles
