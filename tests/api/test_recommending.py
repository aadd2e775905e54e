"""The hot route: whatever comes in, a shop's page goes on."""

import json

import pytest

from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.flow.serving.keys import GRACE, revoke_key, rotate_key
from tests.api.conftest import Shop, opened
from tests.flow.serving.shop import HELD_OUT, OFFERED

HOSTILE = (
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"limit": 0}', b'{"limit": 1e99}', b'{"cart": "bike"}',
    b'{"intent": "sell"}', b'{"product": 1}', b'{"product": "' + b"x" * 201 + b'"}',
    b'{"cart": [' + b'"a",' * 300 + b'"a"]}', b"[" * 10_000,
)  # fmt: skip


def test_a_page_gets_its_list_with_a_number_to_echo(shop: Shop) -> None:
    told = shop.ask(product="bike", placement="product_page", limit=2).json()
    assert [one["product_id"] for one in told["items"]] == ["lamp", "helmet"]
    assert told["placement"] == "product_page"
    assert len(told["recommendation_id"]) == 16


def test_what_is_unknown_gets_a_fallback_or_nothing(shop: Shop) -> None:
    assert shop.ask(product="never seen").json()["source"] == "popular"
    assert shop.ask(product="never seen", fallback="none").json()["items"] == []


def test_the_held_out_get_an_empty_list(shop: Shop) -> None:
    told = shop.ask(customer=HELD_OUT).json()
    assert (told["items"], told["held_out"]) == ([], True)


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_bodies_are_told_what_is_wrong(shop: Shop, body: bytes) -> None:
    answer = shop.client.post("/v1/recommendations", content=body, headers=shop.headers("shop"))
    assert answer.status_code == 422, body[:40]
    assert answer.headers["content-type"] == "application/problem+json"


def test_odd_texts_are_just_unknown(shop: Shop) -> None:
    for odd in (
        "'; drop table orders; --",
        "../../etc/passwd",
        "\u0000",
        "=cmd()",
        "<script>",
        "\U0001f6b2" * 50,
    ):
        told = shop.ask(product=odd, cart=[odd], visit=odd, exclude=[odd])
        assert told.status_code == 200, odd
        assert odd not in json.dumps(told.json()["items"], ensure_ascii=False)


def test_an_error_of_ours_is_an_empty_list_and_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "choose", lambda *_: 1 / 0)
    answer = shop.ask(product="bike")
    assert answer.status_code == 200
    assert (answer.json()["items"], answer.json()["source"]) == ([], "error")
    metrics = shop.client.get("/metrics", headers=shop.headers("viewer")).text
    assert 'passend_answers_total{source="error"} 1' in metrics


def test_stock_and_price_hold_from_the_next_look_on(shop: Shop) -> None:
    goods = [
        {"product_id": "lamp", "stock": 0},
        {"product_id": "helmet", "price_cents": 555, "currency": "EUR"},
    ]
    told = shop.client.post("/v1/products", json={"products": goods}, headers=shop.headers("shop"))
    assert told.json() == {"changed": 2}
    shop.desk.look()
    items = shop.ask(product="bike", fallback="none").json()["items"]
    assert next((one["product_id"], one["price_cents"]) for one in items) == ("helmet", 555)
    assert "lamp" not in {one["product_id"] for one in items}
    back = {"products": [{"product_id": "lamp", "stock": 5}]}
    shop.client.post("/v1/products", json=back, headers=shop.headers("shop"))
    shop.desk.look()
    assert shop.ask(product="bike").json()["items"][0]["product_id"] == "lamp"


def test_what_the_customer_said_and_bought_holds_from_the_next_look_on(shop: Shop) -> None:
    assert shop.ask(customer=OFFERED, fallback="none").json()["items"]
    bought = {
        "event": "Order Completed", "messageId": "b1", "userId": OFFERED,
        "properties": {"order_id": "n1", "products": [{"product_id": "helmet"}]},
    }  # fmt: skip
    assert (
        shop.client.post("/v1/events", json={"batch": [bought]}, headers=shop.headers("shop")).status_code
        == 202
    )
    shop.desk.look()
    items = shop.ask(customer=OFFERED, fallback="none").json()["items"]
    assert [one["product_id"] for one in items] == ["lamp"]
    no = {
        "customer_id": OFFERED, "channel": "onsite", "is_given": False, "basis": "objection", "evidence": "click",
    }  # fmt: skip
    told = shop.client.post("/v1/consents", json=no, headers=shop.headers("manager"))
    assert told.status_code == 201, told.text
    shop.desk.look()
    assert shop.ask(customer=OFFERED, fallback="none").json()["items"] == []


def test_before_anything_is_laid_out_lists_are_empty(tmp_path) -> None:
    desk = Desk(tmp_path)
    desk.look()
    from passend.flow.serving.answering import Question

    assert desk.recommend(Question(product="bike")).items == ()
    assert desk.key("sk_x") is None
    desk.close()


def test_whoever_waited_too_long_gets_an_empty_list_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("passend.api.recommending.PATIENCE_SECONDS", -1.0)
    answer = shop.ask(product="bike")
    assert (answer.status_code, answer.json()["items"], answer.json()["source"]) == (200, [], "busy")
    monkeypatch.undo()
    assert shop.ask(product="bike").json()["items"]


def test_the_hot_route_keeps_what_the_guard_keeps(shop: Shop) -> None:
    for asked in ({"product": "bike"}, {"limit": 0}):
        answer = shop.ask(**asked)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 16
    large = shop.client.post(
        "/v1/recommendations", content=b'{"product":"' + b"x" * 70_000, headers=shop.headers("shop")
    )
    assert large.status_code == 413


def test_a_store_that_cannot_be_read_blocks_no_page(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = opened(tmp_path)
    try:
        own.desk.look()
        monkeypatch.setattr(own.desk.store, "read", lambda: 1 / 0)
        assert own.ask(product="bike").json()["items"]
        unknown = own.client.post("/v1/recommendations", json={}, headers={"Authorization": "Bearer sk_x"})
        assert (unknown.status_code, unknown.json()["items"]) == (200, [])
    finally:
        monkeypatch.undo()
        own.desk.close()


def test_a_key_ends_at_the_next_look_or_when_its_time_is_over(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = opened(tmp_path)
    try:
        own.desk.look()
        store, now = own.desk.store, utc_now()
        assert own.ask(product="bike").status_code == 200
        rotate_key(store, own.keys["shop"].key.id, "test", now)
        own.desk.look()
        assert own.ask(product="bike").status_code == 200, "the time of grace"
        monkeypatch.setattr("passend.flow.serving.desk.utc_now", lambda: now + GRACE)
        assert own.ask(product="bike").status_code == 401
        monkeypatch.undo()
        revoke_key(store, own.keys["shop"].key.id, "test", now)
        own.desk.look()
        assert own.ask(product="bike").status_code == 401
    finally:
        own.desk.close()
