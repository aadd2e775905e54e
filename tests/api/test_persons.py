"""One customer: offers, and that an erased one leaves nothing behind."""

import pytest
from sqlalchemy import select

from passend.flow.persons import erase_person
from passend.flow.serving.shelf import open_shelf
from passend.store.doors import ReceivedRow
from tests.api.conftest import Shop, opened
from tests.flow.serving.shop import HELD_OUT, OFFERED


def test_the_next_best_offers_come_with_reasons_and_not_to_the_held_out(shop: Shop) -> None:
    told = shop.client.get(f"/v1/customers/{OFFERED}/offers", headers=shop.headers("shop")).json()
    assert [one["product_id"] for one in told] == ["lamp", "helmet"]
    assert all(one["reason"] and one["accept_label"] for one in told)
    assert shop.client.get(f"/v1/customers/{HELD_OUT}/offers", headers=shop.headers("shop")).json() == []
    held = shop.client.get(f"/v1/customers/{HELD_OUT}/holdout", headers=shop.headers("shop")).json()
    assert held["held_out"] is True


def test_a_reaction_to_an_offer_that_never_was_is_not_new(shop: Shop) -> None:
    told = shop.client.post(
        "/v1/offers/none/reactions", json={"reaction": "click"}, headers=shop.headers("shop")
    )
    assert told.json() == {"new": False}


@pytest.fixture
def own(tmp_path):
    """A shop of one test's own."""
    made = opened(tmp_path)
    yield made
    made.desk.close()


def test_an_erased_customer_is_nowhere_any_more(own: Shop) -> None:
    event = {
        "event": "Product Viewed",
        "messageId": "v",
        "userId": OFFERED,
        "properties": {"product_id": "bike"},
    }
    own.client.post("/v1/events", json={"batch": [event]}, headers=own.headers("shop"))
    head = own.headers("administrator")
    assert own.client.get(f"/v1/customers/{OFFERED}/export", headers=head).status_code == 200
    answer = own.client.delete(f"/v1/customers/{OFFERED}", headers=head)
    assert answer.status_code == 200, answer.text
    assert answer.json()["received"] == 1
    assert open_shelf(own.desk.folder).customers.find(OFFERED) == -1
    assert own.client.get(f"/v1/customers/{OFFERED}/export", headers=head).status_code == 422
    own.desk.look()
    assert own.ask(customer=OFFERED, fallback="none").json()["items"] == []


def test_erasing_on_the_command_line_reaches_what_shops_told_and_the_lists(own: Shop) -> None:
    """There is one erasure, whichever door it comes through; under every way of writing."""
    told = {
        "event": "Product Viewed",
        "messageId": "w",
        "userId": OFFERED,
        "properties": {"product_id": "bike"},
    }
    own.client.post("/v1/events", json={"batch": [told]}, headers=own.headers("shop"))
    assert open_shelf(own.desk.folder).customers.find(OFFERED) >= 0
    assert erase_person(own.desk.workspace(), f" {OFFERED} ")["received"] == 1
    assert open_shelf(own.desk.folder).customers.find(OFFERED) == -1
    with own.desk.store.read() as connection:
        assert connection.execute(select(ReceivedRow.id)).all() == []
