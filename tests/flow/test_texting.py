"""Text messages from the outbox to a real HTTP server: what is true when they leave, and to whom they may go."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from passend.campaigns import parse_campaign
from passend.campaigns.consent.standing import Terms
from passend.campaigns.truth import Good
from passend.channels.safe_line import SafeLine
from passend.channels.sms import SmsChannel
from passend.flow.campaigns.loading import fill
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.flow.permits import consent_permit
from passend.flow.sms_settings import sms_provider
from passend.flow.texting import TextDesk
from passend.settings import Settings
from passend.store import Store
from passend.store.ledger import NewWord, add_words
from passend.store.live import PersonRow
from passend.store.shelf import add_coupons, keep_goods
from tests.channels.http_server import web_server
from tests.flow.campaigns.stage import Stage
from tests.store.databases import BOTH, opened

CAMPAIGN = """
name: Spring
holdout_share: 0
caps: {most: 9}
steps:
  tell:
    send: sms
    text: "%s"
    expires: 3 days
    then: end
    failed: end
    %s
  end: {stop: said}
"""
SAID = "{{ customer.first_name }}: {{ offer.name }} {{ offer.final_cents | money: offer.currency }}"
NUMBERS = {"kim": "0171 1111111", "ann": "0171 22222222", "bo": ""}


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield from opened(request, tmp_path)


class TextRoom:
    """A firm with a provider of text messages, three customers who agreed, and one product."""

    def __init__(self, store: Store, port: int) -> None:
        self.stage = Stage(store)
        self.permit = consent_permit({"sms": Terms(accepts=("double opt-in",))}, "mark:{}".format)
        provider = sms_provider(Settings({"sms.url": f"http://127.0.0.1:{port}/"}))
        line = SafeLine(timeout=5, allowed=frozenset({"127.0.0.1"}))
        self.channel = SmsChannel(provider, TextDesk(store, self.permit).prepare, line)
        rows = [
            {"customer_id": one, "email": f"{one}@example.org", "language": "de", "best_hour": None,
             "facts": json.dumps({"name": one.title(), "phone": phone})}
            for one, phone in NUMBERS.items()
        ]  # fmt: skip
        fill(store, PersonRow, "people", rows, self.stage.now)
        self.costs(2000)
        for one in NUMBERS:
            self.says(one, agrees=True)

    def costs(self, cents: int) -> None:
        with self.stage.store.change() as connection:
            keep_goods(connection, [Good("P", "Kette", cents, "EUR", 5)], self.stage.now)

    def says(self, who: str, *, agrees: bool) -> None:
        basis = "double opt-in" if agrees else "objection"
        with self.stage.store.change() as connection:
            word = NewWord("sms", agrees, self.stage.now, "form", customer_id=who, basis=basis)
            add_words(connection, [word], self.stage.now)

    def start(self, said: str = SAID, more: str = "") -> None:
        self.stage.offers(NUMBERS, channels=("sms",))
        self.stage.start(parse_campaign(CAMPAIGN % (said, more), "spring.yaml"))
        self.stage.enter("Spring", NUMBERS)

    def queue(self) -> None:
        """Walk without a channel: messages wait."""
        Worker(self.stage.store, Ways({}, []), self.stage.hold_out, lambda: self.stage.now).tick()

    def tick(self) -> dict[str, tuple[str, str]]:
        stage = self.stage
        stage.now += timedelta(days=1)
        worker = Worker(stage.store, Ways({"sms": self.channel}, []), stage.hold_out, lambda: stage.now)
        while worker.tick().anything:
            pass
        return {row.customer_id: (row.state, row.code) for row in stage.outbox()}


@pytest.fixture
def room(store: Store) -> Iterator[tuple[TextRoom, list]]:
    with web_server() as web:
        yield TextRoom(store, web.port), web.got


def test_each_customer_with_a_number_gets_one_message_with_the_price_of_that_moment(room):
    firm, got = room
    firm.start()
    firm.queue()
    firm.costs(1800)
    told = firm.tick()
    firm.tick()
    assert told == {"kim": ("sent", "200"), "ann": ("sent", "200"), "bo": ("refused", "no address")}
    said = {body["to"]: body["text"] for body in (json.loads(raw) for _, raw in got)}
    assert said == {"+491711111111": "Kim: Kette 18,00 €", "+4917122222222": "Ann: Kette 18,00 €"}
    assert len({json.loads(raw)["reference"] for _, raw in got}) == 2


def test_a_refusal_after_the_queue_is_the_last_word(room):
    firm, got = room
    firm.start()
    firm.queue()
    firm.says("kim", agrees=False)
    assert firm.tick()["kim"][0] == "refused"
    assert [json.loads(raw)["to"] for _, raw in got] == ["+4917122222222"]


def test_what_the_plan_no_longer_offers_stays(room):
    firm, got = room
    firm.start()
    firm.queue()
    firm.stage.offers(NUMBERS, channels=("sms",), product="Q")
    assert {code for _, code in firm.tick().values()} == {"no longer planned", "no address"}
    assert got == []


def test_words_that_cannot_be_written_are_refused_with_their_reason(room):
    firm, got = room
    firm.start("{{ offer.nothing }}")
    assert firm.tick()["kim"] == ("refused", "InvalidTemplate")
    assert got == []


def test_each_gets_a_code_of_their_own_and_who_gets_none_waits(room):
    firm, got = room
    with firm.stage.store.change() as connection:
        add_coupons(connection, "spring", ["ONE"], None)
    firm.start("Code {{ offer.code }}", "coupons: spring")
    told = firm.tick()
    assert sorted(told[one] for one in ("kim", "ann")) == [("queued", "no code left"), ("sent", "200")]
    assert [json.loads(raw)["text"] for _, raw in got] == ["Code ONE"]
