"""The word that counts: the later one wins, of two at one moment the no, in whatever order they were written down."""

from datetime import timedelta
from itertools import groupby

import numpy as np
import pytest

from passend.engines import DuckDBEngine
from passend.settings import Settings
from tests.customers.kinds_world import START, load
from tests.worlds import compute, rows_of, table

DAY = timedelta(days=1)
NO = {"direction": "out", "purpose": "news", "outcome": "unsubscribe"}


def latest(consents=(), contacts=(), customers=(), settings=None):
    engine = DuckDBEngine()
    load(engine, {
        "consents": table("consents", consents), "contacts": table("contacts", contacts),
        "customers": table("customers", customers),
    })  # fmt: skip
    compute(engine, "customers", "decision_date", "latest_consents", settings=settings)
    return {(row["customer_id"], row["channel"]): row for row in rows_of(engine, "latest_consents")}


def said(customer, day, is_given, channel="email", **more):
    return {
        "customer_id": customer,
        "channel": channel,
        "said_at": START + day * DAY,
        "is_given": is_given,
        **more,
    }


def contact(number, customer, day, channel="email", **more):
    return {"contact_id": f"t{number}", "customer_id": customer, "channel": channel,
            "happened_at": START + day * DAY, **NO, **more}  # fmt: skip


def drawn(seed, customers=250):
    """Yes and no of many customers on a few days, as consents and as unsubscribing, with many words at one moment."""
    random = np.random.default_rng(seed)
    consents, contacts = [], []
    for place in range(customers * 4):
        who, day = f"c{random.integers(customers)}", int(random.integers(4))
        channel = str(random.choice(["email", "phone", "onsite"]))
        if random.random() < 0.3:
            contacts.append(contact(place, who, day, channel))
        else:
            consents.append(said(who, day, bool(random.random() < 0.6), channel))
    return consents, contacts


def expected(consents, contacts):
    """The same in three lines of plain Python."""
    words = [(row["customer_id"], row["channel"], row["said_at"], row["is_given"]) for row in consents]
    words += [(row["customer_id"], row["channel"], row["happened_at"], False) for row in contacts]
    words.sort(key=lambda word: (*word[:3], not word[3]))
    return {key: list(group)[-1][3] for key, group in groupby(words, key=lambda word: word[:2])}


@pytest.mark.parametrize("seed", range(3))
def test_the_later_word_wins_and_a_tie_is_a_no_in_any_order(seed):
    consents, contacts = drawn(seed)
    found = latest(consents, contacts)
    assert {key: row["is_given"] for key, row in found.items()} == expected(consents, contacts)
    assert latest(consents[::-1], contacts[::-1]) == found


@pytest.mark.parametrize("seed", range(2))
def test_whoever_says_no_last_is_refused_and_nobody_else_changes(seed):
    consents, contacts = drawn(seed)
    before = latest(consents, contacts)
    refusing = [f"c{number}" for number in range(0, 250, 5)]
    more = [contact(f"x{who}", who, 9) for who in refusing]
    after = latest(consents, [*contacts, *more])
    assert all(
        not after[who, "email"]["is_given"] and after[who, "email"]["basis"] == "objection"
        for who in refusing
    )
    others = {key for key in before if key[1] != "email" or key[0] not in refusing}
    assert {key: after[key] for key in others} == {key: before[key] for key in others}


def test_a_word_before_or_after_unsubscribing():
    words = [said("early", 1, True), said("again", 3, True), said("tie", 2, True)]
    contacts = [contact(place, who, 2) for place, who in enumerate(("early", "again", "tie", "new"))]
    given = {who: row["is_given"] for (who, _), row in latest(words, contacts).items()}
    assert given == {"early": False, "again": True, "tie": False, "new": False}


def test_a_report_as_spam_is_a_no_and_a_complaint_on_a_delivery_is_none():
    contacts = [
        contact(1, "spam", 2, outcome="complaint"),
        contact(2, "late parcel", 2, direction="in", purpose="complaint", outcome="complaint"),
        contact(3, "at the desk", 2, channel="desk", outcome="complaint"),
    ]
    words = [said(who, 1, True) for who in ("spam", "late parcel", "at the desk")]
    given = {who: row["is_given"] for (who, _), row in latest(words, contacts).items()}
    assert given == {"spam": False, "late parcel": True, "at the desk": True}


def test_a_word_under_an_address_counts_for_everybody_who_has_it():
    customers = [
        {"customer_id": "41", "email": "Kim@example.com"},
        {"customer_id": "42", "email": "kim@example.com"},
    ]
    words = [said("41", 1, True), said("42", 1, True), said("kim@example.com", 2, False)]
    found = latest(words, customers=customers)
    assert not any(found[who, "email"]["is_given"] for who in ("41", "42", "kim@example.com"))


def test_a_refusal_after_the_last_order_counts_and_a_plan_for_an_earlier_day_does_not_know_it():
    words = [said("k", 1, True), said("k", 400, False)]
    assert not latest(words)["k", "email"]["is_given"]
    asked = Settings({"customers.as_of": (START + 100 * DAY).isoformat(sep=" ")})
    assert latest(words, settings=asked)["k", "email"]["is_given"]
