"""Calls to other systems that failed: seen, made again by a person, and never twice what they cost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from passend.campaigns import parse_campaign
from passend.channels import Answer, Outcome
from passend.flow.campaigns.replaying import failed_calls, replay
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.steering import pause
from passend.flow.campaigns.working import Worker
from passend.store import Store
from passend.store.audit import AuditRow
from passend.store.outbox import AllowanceRow
from tests.flow.campaigns.stage import Remembers, Stage

TEXT = """
name: crm
budget: 2
steps:
  tell: {webhook: https://crm.example/in, then: end, failed: end}
  end: {stop: told}
"""


class Firm(Stage):
    """A stage whose campaigns call another system."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.crm = Remembers("webhook", is_idempotent=True)

    @property
    def worker(self) -> Worker:
        return Worker(self.store, Ways({"webhook": self.crm}, self.permits), self.hold_out, lambda: self.now)

    def used(self) -> float:
        """Of the campaign's budget, in cents."""
        with self.store.read() as connection:
            return connection.execute(select(AllowanceRow.used)).scalar_one()


@pytest.fixture
def firm(store: Store) -> Firm:
    """Two customers whose calls were refused."""
    made = Firm(store)
    made.offers(["a", "b"], ["webhook"], cost=100.0)
    made.start(parse_campaign(TEXT))
    made.crm.says = lambda _: Outcome.REFUSED
    made.enter("crm", ["a", "b"])
    made.tick(hours=1)
    return made


def test_failed_calls_are_listed_page_by_page(firm: Firm) -> None:
    rows = failed_calls(firm.store)
    assert [(one.campaign, one.step, one.customer_id, one.code) for one in rows] == [
        ("crm", "tell", "b", "550 5.1.1"), ("crm", "tell", "a", "550 5.1.1"),
    ]  # fmt: skip
    first = failed_calls(firm.store, most=1)
    assert first == rows[:1]
    assert failed_calls(firm.store, first[0].id) == rows[1:]


def test_a_call_made_again_arrives_under_its_id_and_costs_once(firm: Firm) -> None:
    assert firm.used() == 0
    key = failed_calls(firm.store)[0].key
    assert replay(firm.store, [key], "kim", firm.now) == {key: ""}
    assert firm.used() == 100
    firm.crm.says = lambda _: Outcome.ACCEPTED
    firm.tick(minutes=1)
    assert [one.key for one in firm.crm.got].count(key) == 2
    assert (firm.outbox(key=key)[0].state, firm.used()) == ("sent", 100)
    assert [one.key for one in failed_calls(firm.store)] != [key]
    assert replay(firm.store, [key], "kim", firm.now) == {key: "unknown"}
    with firm.store.read() as connection:
        assert connection.execute(
            select(AuditRow.who).where(AuditRow.what == "replayed")
        ).scalars().all() == ["kim"]


def test_one_that_fails_again_is_listed_again_and_gives_back_what_it_took(firm: Firm) -> None:
    keys = [one.key for one in failed_calls(firm.store)]
    for _ in range(2):
        assert set(replay(firm.store, keys, "kim", firm.now).values()) == {""}
        firm.tick(minutes=1)
        assert sorted(one.key for one in failed_calls(firm.store)) == sorted(keys)
        assert firm.used() == 0


def test_what_stands_against_a_call_is_told(firm: Firm) -> None:
    second, first = (one.key for one in failed_calls(firm.store))
    with firm.store.change() as connection:
        connection.execute(AllowanceRow.__table__.update().values(used=100))
    assert replay(firm.store, [first, second, "x"], "kim", firm.now) == {
        first: "",
        second: "no room",
        "x": "unknown",
    }
    assert firm.used() == 200
    pause(firm.store, "crm", "kim", "", firm.now)
    assert replay(firm.store, [second], "kim", firm.now) == {second: "not running"}


def test_whoever_may_forbid_a_message_is_asked_again(firm: Firm) -> None:
    key = failed_calls(firm.store)[0].key
    firm.crm.says = lambda _: Outcome.ACCEPTED
    calls = len(firm.crm.got)
    firm.permits.append(
        lambda _, batch, now: {one.key: Answer(one.key, Outcome.REFUSED, "consent", "") for one in batch}
    )
    replay(firm.store, [key], "kim", firm.now)
    firm.tick(minutes=1)
    assert (len(firm.crm.got), firm.outbox(key=key)[0].code) == (calls, "consent")


def test_an_expired_call_gets_its_time_again(firm: Firm) -> None:
    firm.crm.says = lambda _: Outcome.DEFERRED
    one = failed_calls(firm.store)[0]
    replay(firm.store, [one.key], "kim", firm.now)
    row = firm.outbox(key=one.key)[0]
    assert row.expires_at - firm.now >= timedelta(days=1)
    firm.tick(days=90)
    assert firm.outbox(key=one.key)[0].state == "expired"
    firm.crm.says = lambda _: Outcome.ACCEPTED
    assert replay(firm.store, [one.key], "kim", firm.now) == {one.key: ""}
    firm.tick(minutes=1)
    assert firm.outbox(key=one.key)[0].state == "sent"
