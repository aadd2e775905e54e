"""The channel and the time on which a customer answers; consent is a wall."""

from datetime import timedelta

import numpy as np

from passend.engines import DuckDBEngine
from tests.customers.kinds_world import START, load
from tests.worlds import compute, rows_of, table


def _channels(contacts, consents=()):
    engine = DuckDBEngine()
    tables = {"contacts": table("contacts", contacts), "consents": table("consents", consents)}
    load(engine, tables)
    compute(
        engine,
        "customers",
        "decision_date",
        "customer_contacts",
        "answer_rates",
        "latest_consents",
        "customer_channels",
    )
    return {(row["customer_id"], row["channel"]): row for row in rows_of(engine, "customer_channels")}


def _mails(seed=1, customers=80, each=30):
    """Half of the customers answer e-mail in the evening, the other half the telephone in the morning."""
    random = np.random.default_rng(seed)
    contacts = []
    for number in range(customers):
        for place in range(each):
            channel = ("email", "phone")[place % 2]
            hour = int(random.choice([9, 20]))
            likes = (channel, hour) == (("email", 20) if number % 2 else ("phone", 9))
            contacts.append(
                {
                    "contact_id": f"{number}-{place}",
                    "customer_id": f"c{number}",
                    "happened_at": START + timedelta(days=place, hours=hour),
                    "direction": "out",
                    "channel": channel,
                    "purpose": "offer",
                    "outcome": "click" if random.random() < (0.6 if likes else 0.05) else "none",
                }
            )
    return contacts


def test_the_planted_channel_and_time_are_found():
    found = _channels(_mails())
    right = 0
    for number in range(80):
        mail, phone = found[f"c{number}", "email"], found[f"c{number}", "phone"]
        best = mail if mail["answer_share"] > phone["answer_share"] else phone
        right += (best["channel"], best["best_day_part"]) == (
            ("email", "evening") if number % 2 else ("phone", "morning")
        )
    assert right / 80 > 0.9


def test_being_written_to_more_often_is_no_interest():
    few = [row for row in _mails() if row["customer_id"] == "c1"][:8]
    many = [
        {**row, "customer_id": "c2", "contact_id": f"{row['contact_id']}-{again}"}
        for row in few
        for again in range(6)
    ]
    found = _channels(few + many)
    gap = abs(found["c1", "email"]["answer_share"] - found["c2", "email"]["answer_share"])
    assert gap < 0.25


def test_nothing_is_guessed_from_silence():
    found = _channels(
        _mails(), [{"customer_id": "new", "channel": "email", "said_at": START, "is_given": True}]
    )
    assert found["new", "email"]["answer_share"] is None
    assert found["new", "email"]["best_day_part"] is None
    assert ("new", "phone") not in found


def test_consent_is_a_wall_and_the_latest_word_counts():
    day = timedelta(days=1)
    words = [
        {"customer_id": "a", "channel": "email", "said_at": START, "is_given": True},
        {"customer_id": "b", "channel": "email", "said_at": START, "is_given": True},
        {"customer_id": "b", "channel": "email", "said_at": START + day, "is_given": False},
        {"customer_id": "d", "channel": "email", "said_at": START, "is_given": True},
        {"customer_id": "d", "channel": "email", "said_at": START, "is_given": False},
    ]
    base = {"direction": "out", "purpose": "offer", "happened_at": START + 5 * day}
    contacts = [
        {**base, "contact_id": "1", "customer_id": "a", "channel": "email", "outcome": "click"},
        {**base, "contact_id": "2", "customer_id": "c", "channel": "email", "outcome": "click"},
        {**base, "contact_id": "3", "customer_id": "c", "channel": "onsite", "outcome": "click"},
    ]
    allowed = {key: row["is_allowed"] for key, row in _channels(contacts, words).items()}
    assert allowed == {
        ("a", "email"): True,
        ("b", "email"): False,
        ("c", "email"): False,
        ("c", "onsite"): True,
        ("d", "email"): False,
    }
    contacts.append(
        {**base, "contact_id": "4", "customer_id": "a", "channel": "email", "outcome": "unsubscribe"}
    )
    assert not _channels(contacts, words)["a", "email"]["is_allowed"]
