"""What happened with a customer: each thing once, the newest first, whether tables or the store know of it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from passend.campaigns.consent.standing import Question
from passend.decisions.rules import load_rules
from passend.flow.campaigns.bridging import bridge
from passend.flow.campaigns.pulling import answer, desk_list
from passend.flow.consents import Said, bring_in, carry_over, explain, note_word
from passend.flow.timeline import timeline
from passend.store import open_store
from passend.store.outbox import OutboxRow, ResponseRow
from passend.workspace import Workspace
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import START, Stage
from tests.flow.campaigns.test_pulling import DESK
from tests.worlds import table

WHO = "K1"
MAIL = """
name: letter
holdout_share: 0
steps:
  mail: {send: email, subject: Hello, text: Well., then: end, failed: end}
  end: {stop: sent}
"""
DAY = timedelta(days=1)


def put(workspace: Workspace, **tables) -> None:
    with workspace.change("tables") as change, workspace.engine() as engine:
        for name, rows in tables.items():
            engine.load(name, table(name, rows))
            change.write(engine, name)


@pytest.fixture
def shop(tmp_path) -> Workspace:
    made = Workspace(tmp_path)
    order = {"order_id": "o1", "customer_id": WHO, "ordered_at": START - 9 * DAY, "currency": "EUR"}
    contact = {"customer_id": WHO, "channel": "phone", "happened_at": START - 5 * DAY, "outcome": "none"}
    put(
        made,
        products=[{"product_id": "P", "name": "Lamp"}, {"product_id": "Q", "name": "Lock"}],
        orders=[
            {**order, "line": 1, "product_id": "P", "revenue_cents": 1000},
            {**order, "line": 2, "product_id": "Q", "revenue_cents": 500},
        ],
        returns=[{"return_id": "r", "line": 1, "customer_id": WHO, "product_id": "Q", "returned_at": START - 8 * DAY}],
        contacts=[
            {**contact, "contact_id": "call", "direction": "in"},
            {**contact, "contact_id": "old", "direction": "out", "campaign": "winter", "product_id": "P",
             "outcome": "held-out", "happened_at": START - 6 * DAY},
        ],
        consents=[{"customer_id": WHO, "channel": "email", "said_at": START - 7 * DAY, "is_given": True,
                   "basis": "double opt-in", "evidence": "form at registration"}],
        treatment_edits=[{"customer_id": WHO, "verdict": "leave alone", "reason": "rang us", "author": "Ann",
                          "edited_at": START - 4 * DAY}],
    )  # fmt: skip
    return made


def told(workspace, store):
    words = explain(workspace, store, load_rules(None), WHO, Question("email", START)).words
    return timeline(workspace, store, WHO, words)


def whats(workspace, store):
    return [one.what for one in told(workspace, store)]


TABLES = [
    "Ann decided: leave alone",
    "Contacted us by phone",
    "No contact by phone: in the hold-out, to measure what offers bring",
    "Agreed to contact by email",
    "Sent back",
    "Ordered for 15.00 EUR",
]


def test_tables_alone_are_told_the_newest_first_with_what_they_are_about(shop):
    with open_store(shop.folder) as store:
        lines = told(shop, store)
    assert [one.what for one in lines] == TABLES
    assert [one.about for one in lines] == ["", "", "Lamp, campaign winter", "", "Lock", "Lamp, Lock"]
    assert [one.note for one in lines] == ["rang us", "", "", "form at registration", "", ""]
    assert [one.is_held_out for one in lines] == [False, False, True, False, False, False]
    assert [one.at for one in lines] == sorted((one.at for one in lines), reverse=True)


def test_words_of_the_ledger_stand_once_wherever_they_came_from_or_went(shop):
    with open_store(shop.folder) as store:
        bring_in(shop, store, START)
        assert whats(shop, store) == TABLES
        note_word(shop, store, Said(WHO, "any", False, "on the phone"), "Ann", START)
        carry_over(shop, store)
        lines = told(shop, store)
    assert [one.what for one in lines] == ["Objected to all contact", *TABLES]
    assert lines[0].note == "told to staff, how: on the phone, noted by: Ann"


def test_messages_and_answers_are_told_once_though_they_went_over_to_the_tables(shop):
    with open_store(shop.folder) as store:
        stage = Stage(store)
        stage.offers([WHO], channels=["email", "desk"], facts='{"product_name": "Lamp"}')
        for text in (MAIL, DESK):
            stage.start(campaign(text))
        stage.enter("letter", [WHO])
        stage.tick()
        sent = stage.now
        (mail,) = stage.outbox(state="sent")
        with store.change() as connection:
            for place, (kind, is_human) in enumerate(
                [("open", False), ("click", True), ("unsubscribe", True)]
            ):
                row = {
                    "key": f"r{place}",
                    "outbox_id": mail.id,
                    "customer_id": WHO,
                    "kind": kind,
                    "is_human": is_human,
                    "happened_at": sent + timedelta(minutes=1),
                    "details": "link 3",
                }
                connection.execute(insert(ResponseRow).values(**row))  # fmt: skip
        stage.tick(days=8)
        stage.enter("spring", [WHO])
        stage.tick()
        (task,) = desk_list(store, "service", stage.now)
        answer(store, task.key, "decline", "Ann", stage.now + timedelta(minutes=2), reason="too dear")
        expected = [
            ("Declined at the desk", "Lamp, campaign spring", "too dear"),
            ("Clicked in the message by email", "Lamp, campaign letter", ""),
            ("Message by email sent", "Lamp, campaign letter", ""),
        ]
        assert [(one.what, one.about, one.note) for one in told(shop, store)][:4] == [
            *expected,
            (TABLES[0], "", "rang us"),
        ]
        assert bridge(store, shop, stage.now) == 2
        assert [(one.what, one.about, one.note) for one in told(shop, store)][:4] == [
            *expected,
            (TABLES[0], "", "rang us"),
        ]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("ghost", "No contact by email: in the hold-out, to measure what offers bring"),
        ("refused", "Message by email did not leave"),
        ("unclear", "Message by email: it is unclear whether it arrived"),
        ("queued", TABLES[0]),
    ],
)
def test_a_message_is_told_by_what_became_of_it(shop, state, says):
    with open_store(shop.folder) as store:
        stage = Stage(store)
        stage.offers([WHO])
        stage.start(campaign(MAIL))
        stage.enter("letter", [WHO])
        stage.tick()
        with store.change() as connection:
            connection.execute(update(OutboxRow).values(state=state, code="objected", happened_at=None))
        first = told(shop, store)[0]
    assert first.what == says
    assert first.is_held_out is (state == "ghost")
    assert first.note == {"refused": "objected", "queued": "rang us"}.get(state, "")


def test_no_more_lines_than_asked_for(shop):
    with open_store(shop.folder) as store:
        assert [one.what for one in timeline(shop, store, WHO, most=2)] == TABLES[:2]
