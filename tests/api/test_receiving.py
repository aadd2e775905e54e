"""Events: durable, once, in the contract table; and calls that come twice."""

import json
from datetime import datetime

import pytest
from sqlalchemy import select

from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.receiving import carry_events
from passend.store.doors import ReceivedRow
from tests.api.conftest import Shop


def told(number: str, event: str = "Product Viewed", **properties: object) -> dict[str, object]:
    """An event."""
    return {
        "event": event,
        "messageId": number,
        "userId": "c1",
        "properties": properties or {"product_id": "bike"},
    }


def send(shop: Shop, *events: dict[str, object], **headers: str):
    """A batch."""
    return shop.client.post("/v1/events", json={"batch": events}, headers=shop.headers("shop") | headers)


def test_duplicates_count_once_and_useless_ones_are_told(shop: Shop) -> None:
    first = send(shop, told("a"), told("a"), told("b", "Page Liked"), told("c", "Product Added", x=1))
    assert first.status_code == 202
    assert (first.json()["new"], first.json()["known"], len(first.json()["unused"])) == (1, 1, 2)
    assert send(shop, told("a")).json()["new"] == 0


def test_ga4_items_are_understood(shop: Shop) -> None:
    items = [{"item_id": "lamp"}, {"item_id": "lock"}]
    assert send(shop, told("g", "add_to_cart", items=items)).json()["new"] == 2


def test_events_go_over_to_the_contract_table_exactly_once(shop: Shop) -> None:
    send(shop, told("t1"), told("t2", "Products Searched", query="red bike"))
    carry_events(shop.desk.store, shop.desk.workspace(), utc_now())
    rows = shop.desk.workspace().read("events").to_pylist()
    send(shop, told("t1"))
    assert carry_events(shop.desk.store, shop.desk.workspace(), utc_now()) == 0
    assert shop.desk.workspace().read("events").num_rows == len(rows)
    assert {row["words"] for row in rows} >= {"red bike"}
    assert {row["kind"] for row in rows} >= {"view", "search"}


def test_the_same_call_twice_does_its_work_once(shop: Shop) -> None:
    header = {"Idempotency-Key": "k1"}
    first, second = send(shop, told("i1"), **header), send(shop, told("i1"), **header)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert send(shop, told("i2"), **header).status_code == 422


def test_a_time_that_is_none_is_told(shop: Shop) -> None:
    assert send(shop, {**told("z"), "timestamp": "yesterday"}).status_code == 422


def test_a_large_body_is_refused(shop: Shop) -> None:
    answer = shop.client.post("/v1/events", content=b"x" * 2_000_000, headers=shop.headers("shop"))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_no_database_takes_is_taken_out(shop: Shop) -> None:
    spoiled = {
        **told("odd"),
        "anonymousId": "v\x00isit\n",
        "properties": {"product_id": "bi\x00ke", "query": "\x7f"},
    }
    assert send(shop, spoiled).json()["new"] == 1
    with shop.desk.store.read() as connection:
        row = connection.execute(select(ReceivedRow).where(ReceivedRow.product_id == "bi ke")).one()
    assert "v isit " in row.body


@pytest.mark.parametrize(
    "body",
    [
        b'{"batch": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"batch": [{"event": "x", "messageId": "m", "properties": {"product_id": ' + b"9" * 6000 + b"}}]}",
        b'{"batch": [{"event": "\\ud800", "messageId": "m", "properties": {"product_id": "\\udfff"}}]}',
        b'{"batch": [{"event": "Product Viewed", "messageId": "m", "properties": {"product_id": NaN}}]}',
        b"\xff\xfe",
        b"",
    ],
    ids=["deep", "long number", "half a sign", "no number", "no text", "nothing"],
)
def test_what_cannot_be_read_is_told(shop: Shop, body: bytes) -> None:
    answer = shop.client.post("/v1/events", content=body, headers=shop.headers("shop"))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_customers_are_taken_and_need_a_number(shop: Shop) -> None:
    headers = shop.headers("shop")
    rows = {"customers": [{"customer_id": "c9", "email": "c9@shop.example", "since": "2021-05-04"}]}
    assert shop.client.post("/v1/customers", json=rows, headers=headers).json() == {"taken": 1}
    for wrong in (
        {"customer_id": ""},
        {"customer_id": "c9", "since": "once"},
        {"customer_id": "c9", "birth_year": 3},
    ):
        assert (
            shop.client.post("/v1/customers", json={"customers": [wrong]}, headers=headers).status_code == 422
        )


def cloud(number: str, kind: str = "example.shop.Product Viewed", **more: object) -> dict[str, object]:
    """An event in the envelope of CloudEvents."""
    return {
        "specversion": "1.0", "id": number, "source": "https://shop.example", "type": kind,
        "time": "2026-11-28T10:00:00Z", "data": {"userId": "c1", "properties": {"product_id": "bike"}}, **more,
    }  # fmt: skip


def send_cloud(shop: Shop, told: object):
    """One, or a batch of them."""
    kind = "cloudevents-batch" if isinstance(told, list) else "cloudevents"
    headers = {**shop.headers("shop"), "Content-Type": f"application/{kind}+json; charset=utf-8"}
    return shop.client.post("/v1/events", content=json.dumps(told), headers=headers)


def test_cloud_events_come_one_by_one_and_in_batches(shop: Shop) -> None:
    assert send_cloud(shop, cloud("ce1")).json() == {"new": 1, "known": 0, "unused": []}
    again = send_cloud(shop, [cloud("ce1"), cloud("ce2", "add_to_cart", datacontenttype="application/json")])
    assert (again.status_code, again.json()["new"], again.json()["known"]) == (202, 1, 1)
    with shop.desk.store.read() as connection:
        wanted = select(ReceivedRow.kind, ReceivedRow.customer_id, ReceivedRow.product_id)
        rows = connection.execute(wanted.where(ReceivedRow.happened_at == datetime(2026, 11, 28, 10))).all()
    assert sorted(map(tuple, rows)) == [("cart", "c1", "bike"), ("view", "c1", "bike")]


def test_numbers_of_two_sources_are_two_events(shop: Shop) -> None:
    both = [cloud("same"), cloud("same", source="https://other.example")]
    assert send_cloud(shop, both).json()["new"] == 2


def test_cloud_events_that_are_none_are_told(shop: Shop) -> None:
    for spoiled in (
        cloud("x", specversion="0.3"), cloud("x", data=None), cloud("x", data=[1]), cloud("x", time="yesterday"),
        {name: value for name, value in cloud("x").items() if name != "source"}, [], [cloud("x"), 1], "x",
    ):  # fmt: skip
        answer = send_cloud(shop, spoiled)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), (
            spoiled
        )
    assert send_cloud(shop, cloud("odd", "example.shop.liked")).json()["unused"]
