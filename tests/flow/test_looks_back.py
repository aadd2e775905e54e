"""Looks in the past: each is what somebody would have measured on that day, and the last is what is measured now."""

import csv
import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from passend.flow.importing import import_sources
from passend.flow.looks_back import MOST, days_of, looks_back
from passend.flow.results_shown import measured_now
from passend.flow.sources import ImportRequest
from passend.ports import Silence
from passend.results import PROFIT
from passend.workspace import Workspace

START = datetime(2024, 3, 1, 9)
ORDERS = ["order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price"]
CONTACTS = [
    "contact_id", "customer_id", "happened_at", "direction", "channel", "purpose", "product_id", "campaign",
    "probability", "outcome", "cost_cents",
]  # fmt: skip


def firm_with_a_campaign(folder, until=70, customers=400):
    """A workspace in which a campaign's offers double what customers buy, as far as it had come after some days."""
    draw, orders, contacts = random.Random(5), [], []
    for number in range(customers):
        held = draw.random() < 0.3
        first = draw.uniform(0, 30)
        days = [
            draw.uniform(-90, 0),
            *(first + draw.uniform(0, 28) for _ in range(1 if held else 2)),
            69.0 * (number == 0),
        ]
        orders += [
            [
                f"{number}-{at}",
                f"K{number}",
                f"P{number % 5}",
                START + timedelta(days=day),
                1,
                draw.choice([20, 40]),
            ]
            for at, day in enumerate(days)
        ]
        contacts.append(
            [number, f"K{number}", START + timedelta(days=first), "out", "email", "offer", f"P{number % 5}", "spring",
             0.3 if held else 0.7, "held-out" if held else "click", 2]
        )  # fmt: skip
    requests = []
    for name, head, rows, at in (("orders", ORDERS, orders, 3), ("contacts", CONTACTS, contacts, 2)):
        file = folder / f"{name}.csv"
        with file.open("w", newline="", encoding="utf-8") as text:
            known = [row for row in rows if row[at] <= START + timedelta(days=until)]
            told = [[*row[:at], f"{row[at]:%Y-%m-%d %H:%M:%S}", *row[at + 1 :]] for row in known]
            csv.writer(text).writerows([head, *told])
        requests.append(ImportRequest(file, as_table=name))
    place = Workspace(folder / "ws")
    import_sources(place, requests, Silence())
    return place


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return firm_with_a_campaign(tmp_path_factory.mktemp("looks"))


def test_the_last_look_is_what_is_measured_now(place):
    looks = looks_back(place, "spring", 1)
    now = next(one for one in measured_now(place)[0] if one.campaign == "spring")
    assert len(looks) == MOST
    assert looks[-1].one.effects == now.effects
    assert looks[-1].one.verdict == "works"
    days = [look.at for look in looks]
    assert days == sorted(days)
    people = [sum(look.one.people) for look in looks]
    assert people == sorted(people)
    assert people[0] < people[-1] == 400


def test_a_look_is_what_would_have_been_measured_on_that_day(place, tmp_path):
    look = looks_back(place, "spring", 1)[4]
    then = firm_with_a_campaign(tmp_path, until=(look.at - START) / timedelta(days=1))
    measured = looks_back(then, "spring", 1)[-1].one
    assert measured.people == look.one.people
    # Its last order is some hours before the look, which moves nobody's days.
    assert measured.effects[PROFIT].total == pytest.approx(look.one.effects[PROFIT].total, rel=1e-9)


def test_of_what_was_never_measured_there_is_nothing_to_look_back_on(place):
    assert looks_back(place, "nothing", 1) == looks_back(place, "spring", 2) == []


@pytest.mark.parametrize(("length", "looks"), [(0.4, 1), (1, 1), (5, 5), (12, 12), (13, 7), (400, 12)])
def test_looks_stand_evenly_and_end_with_the_data(length, looks):
    end = START + timedelta(days=length)
    days = days_of(START, end, MOST)
    assert days[-1] == end
    assert len(days) <= MOST
    assert len(days) == pytest.approx(looks, abs=1)
    steps = {later - one for one, later in pairwise(days)}
    assert len(steps) <= 1
    assert all(day > START for day in days) or days == [end]
