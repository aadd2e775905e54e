"""What comes back ends what it must, proves what it can, and stops what annoys; opt-ins are confirmed once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from passend.channels.email.feedback import Feedback, Kind
from passend.channels.links.hits import Hit
from passend.channels.links.pages import Effect, Request, confirm, unsubscribe
from passend.channels.links.signing import Signer, seconds
from passend.channels.port import Message
from passend.flow.campaigns.steering import switch
from passend.flow.feedback import carry_out, derive_clicks, take_feedback
from passend.flow.guarding import MAIL, alarms, guard_permit, warm_up_permit
from passend.flow.opting import Wish, ask
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.campaigns import CampaignRow, SwitchRow
from passend.store.consents import ConsentRow, ConsentTextRow, SuppressionRow
from passend.store.ledger import walls_of, words_of
from passend.store.mails import DeliveryRow, HitRow
from passend.store.outbox import OutboxRow, ResponseRow
from tests.store.databases import BOTH, opened

NOW = datetime(2026, 3, 2, 12)
SIGNER = Signer((b"k" * 32,))


def marked(text: str) -> str:
    return f"mark:{text}"


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield from opened(request, tmp_path)


def deliver(store: Store, count: int, at: datetime = NOW, campaign: str = "spring", start: int = 0) -> None:
    """So many messages were accepted by mail servers."""
    with store.change() as connection:
        known = connection.execute(select(CampaignRow.id).where(CampaignRow.name == campaign)).scalar()
        if known is None:
            connection.execute(
                insert(CampaignRow).values(
                    name=campaign, state="running", state_reason="", draft_by="", created_at=at, changed_at=at
                )
            )
            known = connection.execute(select(CampaignRow.id).where(CampaignRow.name == campaign)).scalar()
        places = range(start, start + count)
        messages = [
            {"key": f"{campaign}/{n}", "journey_id": n, "campaign_id": known, "revision": 1, "customer_id": f"c{n}",
             "step": "mail", "channel": "email", "place": "", "variant": "", "discount_share": 0.0,
             "contact_cents": 0.0, "content": "{}", "state": "sent", "queued_at": at, "not_before": at,
             "expires_at": at, "attempts": 0, "happened_at": at, "code": "", "diagnostic": "",
             "is_held_out": False}
            for n in places
        ]  # fmt: skip
        sent = [
            {"outbox_key": f"{campaign}/{n}", "campaign": campaign, "version": "1", "message_id": f"<{campaign}{n}@x>",
             "address": f"c{n}@example.org", "at": at, "outcome": "accepted", "blame": "nobody", "code": 250,
             "enhanced": "", "diagnostic": ""}
            for n in places
        ]  # fmt: skip
        for begin in range(0, count, 1000):
            insert_rows(connection, OutboxRow, messages[begin : begin + 1000])
            insert_rows(connection, DeliveryRow, sent[begin : begin + 1000])


def back(
    kind: Kind, number: int, at: datetime = NOW, source: str = "ses", campaign: str = "spring", **more
) -> Feedback:
    return Feedback(
        kind, f"c{number}@example.org", at, more.pop("message_id", f"<{campaign}{number}@x>"), "5.1.1", "no such user",
        source, more.pop("event_id", f"{kind}{number}{at}"),
    )  # fmt: skip


def count(store: Store, kind: type) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(kind)).scalar_one())


def walls(store: Store, number: int) -> list[str]:
    with store.read() as connection:
        found = walls_of(connection, [f"c{number}@example.org"], "email", marked)
    return [one.basis for one in found.get(f"c{number}@example.org", [])]


def words(store: Store, number: int) -> list[tuple[str, bool]]:
    with store.read() as connection:
        found = words_of(connection, {f"c{number}": f"c{number}@example.org"})
    return [(one.topic, one.is_given) for one in found[f"c{number}"]]


def test_bounces_and_complaints_end_an_address_and_stand_with_their_message(store):
    deliver(store, 5)
    told = [back(Kind.HARD, 0), back(Kind.COMPLAINT, 1), back(Kind.UNSUBSCRIBE, 2), back(Kind.BLOCKED, 3)]
    assert take_feedback(store, [*told, told[0]], marked, NOW) == 4
    assert take_feedback(store, told, marked, NOW) == 0
    assert [walls(store, n) for n in range(5)] == [["hard bounce"], ["complaint"], [], [], []]
    assert [words(store, n) for n in range(5)] == [[], [("", False)], [("", False)], [], []]
    assert count(store, ResponseRow) == 4


def test_a_forged_report_in_the_mailbox_ends_nobody(store):
    deliver(store, 2)
    forged = back(Kind.HARD, 0, source="mailbox", message_id="<never@x>")
    assert take_feedback(store, [forged, back(Kind.HARD, 1, source="mailbox")], marked, NOW) == 2
    assert (walls(store, 0), walls(store, 1)) == ([], ["hard bounce"])


def test_a_mailbox_that_stays_full_is_given_up(store):
    deliver(store, 1)
    for day in range(4):
        assert walls(store, 0) == []
        take_feedback(
            store, [back(Kind.SOFT, 0, NOW + timedelta(days=3 * day))], marked, NOW + timedelta(days=3 * day)
        )
    assert walls(store, 0) == ["given up"]


def mail(campaign: str = "spring", key: str = "k") -> Message:
    return Message(key, "c1", campaign, 1, "mail", "email")


def held(store: Store, *messages: Message, permit=guard_permit, now: datetime = NOW) -> dict[str, str]:
    with store.change() as connection:
        return {key: one.code for key, one in permit(connection, messages, now).items()}


def test_planted_complaints_pause_within_the_batch_and_a_person_resumes(store):
    deliver(store, 1000)
    deliver(store, 12, campaign="small")
    take_feedback(store, [back(Kind.COMPLAINT, n + 7, campaign="small") for n in range(2)], marked, NOW)
    take_feedback(store, [back(Kind.COMPLAINT, n) for n in range(2)], marked, NOW)
    later = NOW + timedelta(minutes=1)
    assert held(store, mail(), mail("small", "s"), now=later) == {"k": "guard", "s": "guard"}
    with store.read() as connection:
        off = {row.name: row.who for row in connection.execute(select(SwitchRow.__table__)) if row.is_off}
    assert off == {MAIL: "guard"}
    switch(store, MAIL, "Ann", "list cleaned", later, off=False)
    assert held(store, mail(), now=later + timedelta(minutes=1)) == {}, "old complaints do not trip it again"


def test_one_campaign_is_stopped_and_the_others_go_on(store):
    deliver(store, 1000)
    deliver(store, 900, campaign="good")
    take_feedback(store, [back(Kind.COMPLAINT, n) for n in range(3)], marked, NOW)
    later = NOW + timedelta(minutes=1)
    assert held(store, mail(), mail("good", "g"), now=later) == {"k": "guard"}
    with store.read() as connection:
        assert {name: one.pauses for name, one in alarms(connection, ["spring", "good"], later).items()} == {
            "campaign/spring": True,
            MAIL: False,
        }


def test_twelve_sends_with_one_complaint_go_on(store):
    deliver(store, 12)
    take_feedback(store, [back(Kind.COMPLAINT, 0)], marked, NOW)
    assert held(store, mail()) == {}


def test_warming_up_lets_so_many_out_a_day(store):
    deliver(store, 198)
    messages = [mail(key=str(n)) for n in range(5)]
    assert held(store, *messages, permit=warm_up_permit) == {"2": "warm-up", "3": "warm-up", "4": "warm-up"}
    assert held(store, *messages, permit=warm_up_permit, now=NOW + timedelta(days=1)) == {}


def test_a_goodbye_by_link_is_a_word_with_its_evidence(store):
    deliver(store, 1)
    token = SIGNER.token("unsubscribe", {"m": "spring/0", "c": "c0", "a": "c0@example.org", "l": "de"})
    for _ in range(2):
        page = unsubscribe(SIGNER, Request("POST", token, NOW, evidence="mail program"))
        carry_out(store, page.effects, marked, NOW)
    assert words(store, 0) == [("", False)]
    with store.read() as connection:
        row = connection.execute(select(ConsentRow.__table__)).one()
    assert "spring/0" in row.evidence
    assert count(store, ResponseRow) == 1


def test_double_opt_in_is_confirmed_by_post_once_and_proves_its_text(store):
    wish = Wish(
        "C0@Example.org",
        "Ich möchte Angebote von Radhaus.",
        "footer form",
        ("tours",),
        "c0",
        evidence="1.2.3.4",
    )
    token, why_not = ask(store, SIGNER, wish, NOW)
    assert token
    assert not why_not
    later = NOW + timedelta(hours=1)
    assert confirm(SIGNER, Request("GET", token, later)).effects == ()
    assert words(store, 0) == []
    for _ in range(2):
        carry_out(store, confirm(SIGNER, Request("POST", token, later)).effects, marked, later)
    assert words(store, 0) == [("tours", True)]
    with store.read() as connection:
        row = connection.execute(select(ConsentRow.__table__)).one()
        text = connection.execute(
            select(ConsentTextRow.words).where(ConsentTextRow.version == row.text_version)
        ).scalar()
    assert (row.basis, text) == ("double opt-in", "Ich möchte Angebote von Radhaus.")
    assert "1.2.3.4" in row.evidence


def test_one_mail_confirms_several_wishes_and_nobody_is_flooded(store):
    first, _ = ask(store, SIGNER, Wish("c0@example.org", "Text", "form", ("tours",), "c0"), NOW)
    second, _ = ask(store, SIGNER, Wish("c0@example.org", "Text", "form", ("bikes",), "c0"), NOW)
    third, why_not = ask(store, SIGNER, Wish("c0@example.org", "Text", "form", ("sales",), "c0"), NOW)
    assert first
    assert second
    assert not third
    assert "within a day" in why_not
    carry_out(store, confirm(SIGNER, Request("POST", second, NOW)).effects, marked, NOW)
    assert sorted(words(store, 0)) == [("bikes", True), ("tours", True)]


def test_preferences_become_words_by_topic(store):
    told = {"c": "c0", "a": "c0@example.org", "topics": {"bikes": False, "tours": True}, "gap_days": 30}
    carry_out(store, [Effect("prefer", told)], marked, NOW)
    assert sorted(words(store, 0)) == [("bikes", False), ("how often", True), ("tours", True)]


def test_clicks_of_people_are_derived_once_and_machines_are_kept_apart(store):
    deliver(store, 2)
    hour = NOW + timedelta(hours=1)
    person = [Hit("spring/0", 0, "click", "GET", hour)]
    gateway = [Hit("spring/1", n, "click", "GET", NOW + timedelta(seconds=30)) for n in range(3)]
    effects = [Effect("hit", {"agent": "Mozilla"}, one) for one in (*person, *gateway)]
    carry_out(store, effects, marked, hour)
    assert derive_clicks(store, NOW, hour) == 0, "the visit goes on"
    assert derive_clicks(store, NOW, hour + timedelta(minutes=2)) == 1
    assert derive_clicks(store, NOW, hour + timedelta(minutes=3)) == 0
    with store.read() as connection:
        rows = connection.execute(select(ResponseRow.customer_id, ResponseRow.is_human)).all()
    assert sorted(rows) == [("c0", True), ("c1", False), ("c1", False), ("c1", False)]
    assert count(store, HitRow) == 4
    assert seconds(NOW) == 1772452800
    assert count(store, SuppressionRow) == 0
