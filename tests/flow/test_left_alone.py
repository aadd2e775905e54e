"""People's word that a customer is left alone holds at once: on desk lists, in the shop, and for what is sent."""

from datetime import timedelta
from unittest import mock

import pyarrow as pa
import pytest
from sqlalchemy import select

from passend.campaigns.consent.standing import Terms
from passend.flow.campaigns.pulling import appear, desk_list
from passend.flow.consents import record_words
from passend.flow.permits import consent_permit, left_alone
from passend.flow.serving.answering import Moment, Question, answer
from passend.flow.serving.desk import Desk
from passend.flow.serving.shelf import open_shelf
from passend.flow.treated import carry_treatments
from passend.flow.treating import Decision, treat
from passend.store import Store, open_store
from passend.store.consents import SuppressionRow
from passend.store.ledger import NewWord
from passend.store.live import PersonRow, TreatmentRow
from passend.store.marks import mark
from passend.workspace import Workspace
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import START, Stage
from tests.flow.campaigns.test_pulling import DESK, SHOP
from tests.flow.serving.shop import ALONE, OFFERED, open_shop
from tests.store.databases import BOTH, opened
from tests.worlds import table

MAIL = """
name: letter
holdout_share: 0
steps:
  mail: {send: email, subject: Hello, text: Well., expires: 5 days, then: end, failed: gone}
  gone: {stop: nothing left}
  end: {stop: sent}
"""


@pytest.fixture(params=BOTH)
def store(request, tmp_path):
    yield from opened(request, tmp_path)


@pytest.fixture
def stage(store: Store) -> Stage:
    return Stage(store)


def says(store: Store, customer: str, verdict: str) -> None:
    with store.change() as connection:
        connection.execute(
            TreatmentRow.__table__.insert().values(customer_id=customer, verdict=verdict, at=START)
        )


def listed(stage: Stage, most: int = 20) -> list[str]:
    return [one.message.customer_id for one in desk_list(stage.store, "service", stage.now, most=most)]


def test_the_desk_list_leaves_out_who_is_left_alone_and_fills_up_with_others(stage: Stage) -> None:
    stage.offers(["C1"], channels=["desk"], value=900.0)
    stage.start(campaign(DESK))
    stage.enter("spring", ["C1"])
    stage.tick()
    stage.offers(["C1", "C2", "C3"], channels=["desk"], value=5.0)
    stage.enter("spring", ["C2", "C3"])
    stage.tick()
    assert listed(stage) == ["C1", "C2", "C3"]
    says(stage.store, "C1", "leave alone")
    assert listed(stage) == ["C2", "C3"]
    assert listed(stage, most=1) == ["C2"], "who comes next takes the place"
    says(stage.store, "C1", "offer")
    assert listed(stage, most=1) == ["C1"]


@pytest.mark.parametrize("channel", ["desk", "any"])
def test_who_objected_is_on_no_list_and_sees_nothing(stage: Stage, channel: str) -> None:
    stage.offers(["C1", "C2"], channels=["desk"])
    stage.start(campaign(DESK))
    stage.enter("spring", ["C1", "C2"])
    stage.tick()
    record_words(stage.store, [NewWord(channel, False, stage.now, "staff", customer_id="C1")], stage.now)
    assert listed(stage) == ["C2"]
    record_words(stage.store, [NewWord("email", False, stage.now, "staff", customer_id="C2")], stage.now)
    assert listed(stage) == ["C2"], "a word on mail says nothing of the desk"


def test_a_wall_before_an_address_and_a_yes_of_tomorrow_hold_at_the_desk_as_in_mails(stage: Stage) -> None:
    stage.offers(["C1", "C2", "C3"], channels=["desk"])
    stage.start(campaign(DESK))
    stage.enter("spring", ["C1", "C2", "C3"])
    stage.tick()
    plain = lambda text: text  # noqa: E731 - a mark that is no secret
    with stage.store.change() as connection:
        version = mark(connection, "people")
        people = [(version, number) for number in ("C1", "C2", "C3")]
        for state, number in (*people, (version + 1, "C1")):  # C1 twice: a newer state is being loaded
            row = {
                "version": state,
                "customer_id": number,
                "email": f"{number.lower()}@example.org",
                "facts": "{}",
            }
            connection.execute(PersonRow.__table__.insert().values(row))
        wall = {
            "key": "w", "mark": "c3@example.org", "address": None, "channel": "any", "reason": "robinson",
            "since": stage.now, "source": "list", "evidence": "", "lifted_at": None, "lifted_by": "",
        }  # fmt: skip
        connection.execute(SuppressionRow.__table__.insert().values(wall))
    later = stage.now + timedelta(days=400)
    words = [NewWord("desk", False, stage.now, "staff", customer_id="C2"),
             NewWord("desk", True, later, "staff", customer_id="C2")]  # fmt: skip
    record_words(stage.store, words, stage.now)
    tasks = desk_list(stage.store, "service", stage.now, marker=plain)
    assert [one.message.customer_id for one in tasks] == ["C1"]


def test_offers_in_the_shop_wait_while_their_customer_is_left_alone(stage: Stage) -> None:
    stage.offers(["C1"], channels=["onsite"])
    stage.start(campaign(SHOP))
    stage.enter("spring", ["C1"])
    stage.tick()
    says(stage.store, "C1", "leave alone")
    assert appear(stage.store, "C1", "cart", stage.now) == []
    assert [row.state for row in stage.outbox()] == ["reserved"]
    says(stage.store, "C1", "automatic")
    assert len(appear(stage.store, "C1", "cart", stage.now)) == 1


def test_mail_waits_while_its_customer_is_left_alone_and_leaves_when_the_word_is_taken_back(
    stage: Stage,
) -> None:
    stage.permits = [consent_permit({"email": Terms("nothing")}, lambda text: text)]
    stage.offers(["C1", "C2"])
    stage.start(campaign(MAIL))
    says(stage.store, "C1", "leave alone")
    stage.enter("letter", ["C1", "C2"])
    stage.tick()
    assert [one.customer_id for one in stage.email.got] == ["C2"]
    (waits,) = [row for row in stage.outbox() if row.customer_id == "C1"]
    assert (waits.state, waits.code, waits.not_before) == (
        "queued", "left alone", stage.now + timedelta(hours=1),
    )  # fmt: skip
    stage.tick(hours=2)
    assert len(stage.email.got) == 1
    says(stage.store, "C1", "offer")
    stage.tick(hours=2)
    assert [one.customer_id for one in stage.email.got] == ["C2", "C1"]


def test_what_is_never_released_expires(stage: Stage) -> None:
    stage.permits = [consent_permit({"email": Terms("nothing")}, lambda text: text)]
    stage.offers(["C1"])
    stage.start(campaign(MAIL))
    says(stage.store, "C1", "leave alone")
    stage.enter("letter", ["C1"])
    for _ in range(6):
        stage.tick(days=1)
    assert stage.email.got == []
    assert [row.state for row in stage.outbox()] == ["expired"]


def decided(workspace: Workspace, customer: str, verdict: str, minute: int = 0) -> None:
    treat(workspace, Decision(customer, verdict, "asked us to", "Ann", START + timedelta(minutes=minute)))


@pytest.fixture
def shop(tmp_path) -> Workspace:
    made = open_shop(tmp_path)
    with made.change("facts") as change, made.engine() as engine:
        rows = [{"customer_id": one, "currency": "EUR"} for one in (OFFERED, ALONE)]
        engine.load("customer_facts", table("customer_facts", rows))
        engine.load("customer_kinds", table("customer_kinds", []))
        for name in ("customer_facts", "customer_kinds"):
            change.write(engine, name)
    return made


def test_a_placement_hears_it_at_the_next_look_and_the_other_way_round(shop: Workspace) -> None:
    desk = Desk(shop.folder)
    asked = Question(customer=OFFERED, fallback="none")
    desk.look()
    assert desk.recommend(asked).items
    decided(shop, OFFERED, "leave alone")
    desk.look()
    assert desk.recommend(asked).items == ()
    decided(shop, OFFERED, "offer", minute=1)
    desk.look()
    assert desk.recommend(asked).items
    desk.close()


def test_a_word_against_the_shelf_holds_until_it_is_taken_back(shop: Workspace) -> None:
    shelf, asked = open_shelf(shop.folder), Question(customer=ALONE, fallback="none")
    assert answer(shelf, Moment(), asked).items == ()
    assert answer(shelf, Moment(alone={ALONE: False}), asked).items


def test_a_word_holds_for_what_was_begun_under_another_number_of_the_person(shop: Workspace) -> None:
    known = {"customer_id": pa.Table.from_pylist([{"spelling": "0815-old", "customer_id": OFFERED}])}
    with mock.patch.object(Workspace, "aliases", return_value=known):
        decided(shop, OFFERED, "leave alone")
    with open_store(shop.folder) as store, store.read() as connection:
        assert set(left_alone(connection, ["0815-old", OFFERED, ALONE])) == {"0815-old", OFFERED}


def test_undone_words_are_taken_back_and_nothing_is_told_twice(shop: Workspace) -> None:
    decided(shop, OFFERED, "leave alone")
    with open_store(shop.folder) as store:
        assert carry_treatments(store, shop, START) == 0
        before = Workspace(shop.folder)
        shop.undo()
        assert carry_treatments(store, shop, START) == 1
        assert carry_treatments(store, before, START) == 0, "an older state changes nothing"
        with store.read() as connection:
            rows = connection.execute(select(TreatmentRow.customer_id, TreatmentRow.verdict)).all()
        assert [tuple(row) for row in rows] == [(OFFERED, "leave alone"), (OFFERED, "automatic")]
