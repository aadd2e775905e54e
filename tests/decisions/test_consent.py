"""What the law, the customer's word and the peace rules permit, offer by offer."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.candidates import candidates, side
from passend.decisions.reasons import Losses
from passend.decisions.rules import load_rules
from passend.decisions.rules.consent import GROUNDS, contacts_left, permitted, stop_forbidden

CUSTOMERS = ("anna", "ben", "cleo", "dora")
CHANNELS = ("email", "onsite", "phone")
NOTICES = {"legal_basis": "existing customer", "notice_at_collection": True, "notice_in_message": True}


def made(rows=None, channels=CHANNELS):
    """Offers: customer, product, type, because of; by default of one product to everybody, on every channel."""
    rows = rows or [(one, "x", "popular", None) for one in CUSTOMERS]
    customers = pa.table({"customer_id": CUSTOMERS})
    products = pa.table({"product_id": ["x", "y", "z", "q"], "category": ["Wine", "Wine", "Beer", None]})
    names = ("customer_id", "product_id", "type", "because_of")
    fits = pa.table(
        {name: pa.array(part, pa.string()) for name, part in zip(names, zip(*rows, strict=True), strict=True)}
    )
    return candidates(
        side(customers, "customer_id"), side(products, "product_id"), fits, channels, datetime(2026, 1, 5)
    )


def said(*rows):
    """The latest words: customer, channel, given or not, basis."""
    names = ("customer_id", "channel", "is_given", "basis")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def sent(*rows):
    """Contacts of late: customer, channel, days ago."""
    return pa.table(
        dict(zip(("customer_id", "channel", "days_ago"), map(list, zip(*rows, strict=True)), strict=True))
    )


def judged(offers, rules, consents=None, contacts=None):
    """By customer (with product where several) and channel why an offer is stopped, or the ground that permits it."""
    losses = Losses(np.full(len(offers), -1, np.int16))
    permission = stop_forbidden(offers, load_rules(rules), losses, consents, contacts)
    ids, channels = offers.customers.ids.to_pylist(), offers.channels
    found = {}
    for place in range(len(offers)):
        why = losses.why[place]
        key = ids[offers.customer[place]], channels[offers.channel[place]]
        found[key] = losses.reasons[why].code if why >= 0 else GROUNDS[permission.ground[place]]
    return found, permission, losses


def test_a_refusal_is_a_wall_on_every_channel_and_on_no_other():
    words = said(
        ("anna", "onsite", False, None), ("ben", "email", False, "opt-in"), ("ben", "phone", True, "opt-in")
    )
    found, *_ = judged(made(), {"channels": {"email": NOTICES, "phone": {"use": True}}}, words)
    assert found["anna", "onsite"] == "objected: onsite"
    assert found["ben", "email"] == "objected: email", "also where the firm states another ground"
    assert found["ben", "phone"] == "opt-in"
    assert found["ben", "onsite"] == found["cleo", "onsite"] == "not needed"
    assert found["cleo", "phone"] == "needs consent: phone"


def test_without_a_word_consent_is_missing_and_free_channels_are_free():
    for consents in (None, said(("anna", "email", True, "opt-in")).slice(0, 0)):
        found, permission, losses = judged(made(), {}, consents)
        assert {found[one, "email"] for one in CUSTOMERS} == {"needs consent: email"}
        assert {found[one, "onsite"] for one in CUSTOMERS} == {"not needed"}
        assert (permission.similar_to == -1).all()
        assert {one.step for one in losses.reasons} == {"permitted"}
    says = {one.code: one.says for one in losses.reasons}
    assert "state a legal basis" in says["needs consent: email"]
    assert "legal basis" not in says["needs consent: phone"]


def test_the_ground_of_a_consent_is_kept_and_counts_only_where_it_is_accepted():
    words = said(("anna", "email", True, "double opt-in"), ("ben", "email", True, "opt-in"),
                 ("cleo", "email", True, "somehow"), ("nobody", "email", True, "opt-in"))  # fmt: skip
    found, *_ = judged(made(), {"channels": {"email": {"accepts": ["double opt-in", "opt-in"]}}}, words)
    assert [found[one, "email"] for one in CUSTOMERS] == [
        "double opt-in", "opt-in", "opt-in", "needs consent: email",
    ]  # fmt: skip
    strict, *_ = judged(made(), {"channels": {"email": {"accepts": ["double opt-in"]}}}, words)
    assert [strict[one, "email"] for one in CUSTOMERS] == [
        "double opt-in", *["consent without basis: email"] * 2, "needs consent: email",
    ]  # fmt: skip


def test_without_consent_an_existing_customer_is_shown_similar_goods_only_with_the_bought_one_as_evidence():
    rows = [("anna", "x", "complement", "y"), ("ben", "x", "complement", "z"), ("cleo", "z", "upgrade", "x"),
            ("dora", "q", "complement", "q")]  # fmt: skip
    offers = made(rows)
    found, permission, _ = judged(
        offers, {"channels": {"email": NOTICES}}, said(("ben", "phone", True, "opt-in"))
    )
    similar = "existing customer"
    assert [found[one, "email"] for one in CUSTOMERS] == [
        similar, "not similar: email", similar, "not similar: email",
    ], "same category; another; a better one of another; without a category nothing is alike"  # fmt: skip
    email = offers.channel == 0
    names = offers.products.ids.to_pylist()
    assert [names[one] for one in permission.similar_to[email]][:3:2] == ["y", "x"]
    assert (permission.similar_to[~email] == -1).all()
    # A replacement is similar, too; with consent no evidence is asked for.
    words = said(("ben", "email", True, "double opt-in"))
    swap = made(
        [("anna", "z", "substitute", "x"), ("ben", "x", "complement", "z"), ("cleo", "x", "next", None)]
    )
    found, permission, _ = judged(swap, {"channels": {"email": NOTICES}}, words)
    assert (found["anna", "email"], found["ben", "email"]) == (similar, "double opt-in")
    assert found["cleo", "email"] == "not similar: email"
    assert permission.similar_to[(swap.channel == 0) & (swap.customer == 1)].tolist() == [-1]


@pytest.mark.parametrize(("days", "stopped"), [(6.9, True), (7.0, False)])
def test_days_of_peace_on_one_channel(days, stopped):
    rules = {"channels": {"onsite": {"gap_days": 7}, "email": NOTICES}}
    contacts = sent(
        ("anna", "onsite", 20.0), ("anna", "onsite", days), ("ben", "email", 1.0), ("stranger", "onsite", 0.0)
    )
    found, *_ = judged(made(), rules, None, contacts)
    assert (found["anna", "onsite"] == "gap: onsite") == stopped
    assert found["ben", "onsite"] == "not needed"


@pytest.mark.parametrize(("days", "stopped"), [(2.9, True), (3.0, False)])
def test_days_of_peace_on_any_channel(days, stopped):
    found, *_ = judged(made(), {"customer": {"gap_days": 3}}, None, sent(("anna", "phone", days)))
    assert (found["anna", "onsite"] == "gap: any channel") == stopped
    assert found["ben", "onsite"] == "not needed"


def test_so_many_contacts_within_so_many_days_are_enough():
    rules = {
        "customer": {"most_contacts": 2, "within_days": 30},
        "channels": {"onsite": {"most_contacts": 1}},
    }
    contacts = sent(("anna", "phone", 3.0), ("anna", "email", 29.0), ("ben", "phone", 3.0), ("ben", "phone", 30.0),
                    ("cleo", "onsite", 5.0), ("dora", "onsite", 30.0))  # fmt: skip
    found, *_ = judged(made(), rules, None, contacts)
    assert [found[one, "onsite"] for one in CUSTOMERS] == [
        "contacts: any channel", "not needed", "contacts: onsite", "not needed",
    ]  # fmt: skip


def test_offers_that_are_left_to_a_customer():
    rules = load_rules({
        "customer": {"most_offers": 3, "most_contacts": 4, "within_days": 30},
        "channels": {"onsite": {"placements": {"cart": 2, "product_page": 1}, "most_contacts": 2},
                     "email": {"most_per_customer": 2}},
    })  # fmt: skip
    contacts = sent(("anna", "onsite", 3.0), ("anna", "email", 29.9), ("ben", "onsite", 30.0),
                    *[("cleo", "onsite", 1.0)] * 5, ("stranger", "onsite", 1.0))  # fmt: skip
    room, by_channel = contacts_left(made(), rules, contacts)
    assert room.tolist() == [2, 3, 0, 3]
    assert by_channel.tolist() == [[2, 1, 1], [2, 2, 1], [2, 0, 1], [2, 2, 1]]
    room, by_channel = contacts_left(made(), rules, None)
    assert room.tolist() == [3] * 4
    assert by_channel.tolist() == [[2, 2, 1]] * 4
    free = load_rules({"customer": {"most_offers": 3}})
    assert contacts_left(made(), free, contacts)[0].tolist() == [3] * 4


def test_who_may_be_contacted_at_all():
    rules = load_rules({"channels": {"email": NOTICES}})
    words = said(
        ("anna", "email", False, None), ("ben", "phone", True, "opt-in"), ("cleo", "onsite", False, None)
    )
    email, onsite, phone = (permitted(made(), rules.channels[name], words).tolist() for name in CHANNELS)
    assert email == [False, True, True, True]
    assert onsite == [True, True, False, True]
    assert phone == [False, True, False, False]
