"""Segments: counted, kept, taken as an audience, deleted and brought back; and two numbers made one customer."""

import re
import time

import pytest

from passend.campaigns import parse_campaign
from passend.errors import InvalidInput
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.planning import audience_of
from passend.flow.campaigns.publishing import save_draft
from passend.flow.segments import condition_of, counted, segments, typed_of
from tests.web.conftest import Site, token_of
from tests.web.shops import customer_path
from tests.web.test_rooms import text_of

RULE = {"column|0": "orders", "sign|0": "more than", "value|0": "1"}


def members(site: Site) -> set[str]:
    """Who has ordered more than once."""
    rows = site.desk.workspace().read("customer_facts").to_pylist()
    return {row["customer_id"] for row in rows if row["orders"] > 1}


def test_a_segment_is_counted_kept_and_shown_with_its_people(planned: Site) -> None:
    client = planned.client("manager")
    form = {"form_token": token_of(client), "name": "Stammkunden", **RULE}
    expected = len(members(planned))
    assert expected > 0
    count = text_of(client.post("/customers/segments/count", data=form).text)
    assert f"{expected} customers" in count
    assert client.post("/customers/segments", data=form).status_code == 303
    [kept] = segments(planned.desk.workspace())
    assert kept.name == "Stammkunden"
    shown = text_of(client.get("/customers/segments?name=Stammkunden").text)
    assert "orders more than 1" in shown
    links = re.findall(r'href="(/customers/[^"]+)"', client.get("/customers/segments?name=Stammkunden").text)
    assert len([one for one in links if "segments" not in one]) == min(expected, 25)


def test_a_segment_is_the_audience_of_a_campaign_and_stays_as_long_as_it_is(planned: Site) -> None:
    client = planned.client("manager")
    form = {"form_token": token_of(client), "name": "Oft", **RULE}
    client.post("/customers/segments", data=form)
    built = client.get("/campaigns/new?segment=Oft").text
    assert '<option value="segments/Oft.json" selected>' in built
    text = (
        "name: oft\naudience: {file: segments/Oft.json}\nsteps:\n"
        "  a: {hand: service, offer: none, script: Ask., then: e, failed: e}\n  e: {stop: x}\n"
    )
    audience = audience_of(planned.desk.workspace(), parse_campaign(text))
    assert set(audience.customers) == members(planned)
    assert [one.step for one in audience.funnel] == ["all customers", "segment: Oft"]
    save_draft(planned.desk.store, parse_campaign(text), "manager@shop.example", utc_now())
    drop = {"form_token": form["form_token"], "name": "Oft"}
    assert client.post("/customers/segments/drop", data=drop).status_code == 422
    assert "Oft" in [one.name for one in segments(planned.desk.workspace())]


def test_a_deleted_segment_comes_back(planned: Site) -> None:
    client = planned.client("manager")
    form = {"form_token": token_of(client), "name": "Kurz da", **RULE}
    client.post("/customers/segments", data=form)
    gone = client.post("/customers/segments/drop", data=form)
    assert gone.headers["location"] == "/customers/segments?gone=Kurz%20da&done=dropped"
    assert "Kurz da" not in [one.name for one in segments(planned.desk.workspace())]
    assert 'value="Kurz da"' in client.get(gone.headers["location"]).text
    assert client.post("/customers/segments/restore", data=form).status_code == 303
    assert "Kurz da" in [one.name for one in segments(planned.desk.workspace())]
    assert client.post("/customers/segments/restore", data=form).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../x"}, {"name": ""}, {"name": "a/b"}, {"column|0": "customer_id"}, {"column|0": ""},
        {"sign|0": "like"}, {"value|0": "many"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_segment_is_refused_and_kept_in_the_form(
    planned: Site, wrong: dict[str, str]
) -> None:
    client = planned.client("manager")
    before = segments(planned.desk.workspace())
    form = {"form_token": token_of(client), "name": "Wrong one", **RULE, **wrong}
    answer = client.post("/customers/segments", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert segments(planned.desk.workspace()) == before


def test_staff_see_segments_and_change_none(planned: Site) -> None:
    client = planned.client("staff")
    assert client.get("/customers/segments").status_code == 200
    form = {"form_token": token_of(client), "name": "Mine", **RULE}
    assert client.post("/customers/segments", data=form).status_code == 403


@pytest.mark.parametrize(
    ("column", "typed", "stored"),
    [
        ("revenue_cents", "49,90", 4990.0), ("revenue_cents", "1.234,50 €", 123450.0),
        ("revenue_cents", "1,234", 123400.0),
        ("returned_share", "10 %", 0.1), ("orders", "3", 3.0),
    ],
)  # fmt: skip
def test_values_are_typed_as_people_write_them(column: str, typed: str, stored: float) -> None:
    made = condition_of(column, "more than", typed)
    assert made.value == pytest.approx(stored)
    assert condition_of(column, "more than", typed_of(made)) == made


def test_nobody_meets_two_conditions_that_exclude_each_other(planned: Site) -> None:
    place = planned.desk.workspace()
    none = counted(place, [condition_of("orders", "more than", "3"), condition_of("orders", "at most", "3")])
    assert (none.people, none.of) == (0, place.read("customer_facts").num_rows)
    with pytest.raises(InvalidInput, match="no number"):
        condition_of("orders", "more than", "")


def test_two_numbers_become_one_customer_and_two_again(planned: Site) -> None:
    client = planned.client("manager")
    path, number = customer_path(planned, 3)
    _, other = customer_path(planned, 4)
    facts = {
        row["customer_id"]: row["orders"]
        for row in planned.desk.workspace().read("customer_facts").to_pylist()
    }
    form = {"form_token": token_of(client), "other": other, "reason": "same e-mail"}
    assert "same e-mail" not in client.get(path).text
    _done(client, client.post(f"{path}/merge", data=form).headers["location"], f"{path}?done=merged")
    orders = planned.desk.workspace().read("orders")
    mine = {row["order_id"] for row in orders.to_pylist() if row["customer_id"] == number}
    assert len(mine) == facts[number] + facts[other]
    shown = client.get(f"{path}?done=merged").text
    assert "They are one customer now" in shown
    assert "same e-mail" in shown
    parts = dict(re.findall(r'name="(first|other|reason)" value="([^"]*)"', shown))
    back = client.post(f"{path}/part", data={"form_token": form["form_token"], **parts})
    _done(client, back.headers["location"], f"{path}?done=parted")
    orders = planned.desk.workspace().read("orders")
    assert (
        len({row["order_id"] for row in orders.to_pylist() if row["customer_id"] == number}) == facts[number]
    )
    assert "same e-mail" not in client.get(path).text


def _done(client, work: str, leads_to: str) -> None:
    for _ in range(600):
        answer = client.get(work)
        if answer.status_code == 303:
            break
        time.sleep(0.05)
    assert answer.headers["location"] == leads_to
