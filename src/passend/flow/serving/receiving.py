"""What shops tell: events, durable once acknowledged, counted once, carried over to ``events`` in numbered batches."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select, update

from passend.flow.campaigns.triggering import receive
from passend.flow.numbered_batches import Bridge, Row, carry
from passend.intake.identity import as_written_alike
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.doors import ReceivedRow
from passend.workspace import Workspace

#: Segment's names of e-commerce events, and what they are here.
KINDS: Mapping[str, str] = {
    "Products Searched": "search",
    "Product Viewed": "view",
    "Product Added": "cart",
    "Order Completed": "order",
    "search": "search",
    "view_item": "view",
    "add_to_cart": "cart",
    "purchase": "order",
}
_MOST = 100_000
_written = json.JSONEncoder(ensure_ascii=False).encode
_LONGEST = 500


@dataclass(frozen=True)
class Told:
    """One event as a shop tells it.

    Attributes:
        event: Segment's or GA4's name.
        message_id: the shop's number of the event; the same number counts once.
        at: when, naive UTC.
        customer_id, visit_id: who, where known.
        properties: Segment's or GA4's: product_id or item_id, products or items, query, order_id.
    """

    event: str
    message_id: str
    at: datetime
    customer_id: str | None
    visit_id: str | None
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Received:
    """What became of a batch: new events, those known already, and those of no use, each with its reason."""

    new: int
    known: int
    unused: tuple[str, ...]


def receive_events(store: Store, told: Sequence[Told], now: datetime) -> Received:
    """Take a batch of events; when this returns, they survive the end of the process."""
    rows: list[dict[str, Any]] = []
    inbox: list[dict[str, Any]] = []
    unused: list[str] = []
    customers = as_written_alike(pa.array([one.customer_id for one in told], pa.string())).to_pylist()
    for place, (one, customer) in enumerate(zip(told, customers, strict=True)):
        kind = KINDS.get(one.event)
        made = [] if kind is None else list(_rows(one, kind, customer or None))
        if not made:
            what = f"'{one.event[:60]}' is not kept" if kind is None else "it names no product and no words"
            unused.append(f"{place}: {what}")
        for row, event in made:
            rows.append({**row, "received_at": now, "batch": None})
            inbox.append(event)
    with store.change() as connection:
        new = insert_rows(connection, ReceivedRow, rows)
        receive(connection, inbox, now)
    return Received(new, len(rows) - new, tuple(unused))


def _rows(told: Told, kind: str, customer: str | None) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A row for each product of an event, and what triggers judge of it."""
    number = hashlib.sha256(f"{told.message_id}\0{customer or told.visit_id or ''}".encode()).hexdigest()[:32]
    words = _text(told.properties.get("query") or told.properties.get("search_term"))
    order_id = _text(told.properties.get("order_id") or told.properties.get("transaction_id"))
    products = [words] if kind == "search" and words else list(_products(told.properties))
    for place, product in enumerate(products, start=1):
        event_id = f"{number}-{place}"
        key = f"order/{order_id}/{place}" if kind == "order" and order_id else f"event/{event_id}"
        about = None if kind == "search" else product
        body = {
            "event_id": event_id, "customer_id": customer, "visit_id": told.visit_id,
            "happened_at": told.at.isoformat(), "kind": kind, "product_id": about,
            "category": _text(told.properties.get("category")), "words": words, "channel": "web",
        }  # fmt: skip
        yield (
            {
                "key": key, "kind": kind, "customer_id": customer, "product_id": about,
                "body": "" if kind == "order" else _written(body),
            },
            {
                "key": key, "kind": kind, "customer_id": customer, "product_id": about, "order_id": order_id,
                "happened_at": told.at, "details": words or "",
            },
        )  # fmt: skip


def _products(properties: Mapping[str, Any]) -> Iterator[str]:
    listed = properties.get("products") or properties.get("items")
    for one in [properties, *(listed if isinstance(listed, list) else [])]:
        if isinstance(one, Mapping):
            name = _text(one.get("product_id") or one.get("item_id") or one.get("sku"))
            if name:
                yield name


def _text(value: object) -> str | None:
    return str(value)[:_LONGEST] if isinstance(value, str | int) and str(value) else None


def carry_events(store: Store, workspace: Workspace, now: datetime) -> int:
    """Carry new events over to the contract table, each exactly once; returns how many rows were new there.

    Raises:
        WorkspaceError: another process is changing the workspace; nothing is lost, it is done later.
    """
    return carry(_BRIDGE, store, workspace, now)


def _number(connection: Connection, number: int) -> int:
    fresh = select(ReceivedRow.id).where(ReceivedRow.batch.is_(None)).order_by(ReceivedRow.id).limit(_MOST)
    return connection.execute(
        update(ReceivedRow).where(ReceivedRow.id.in_(fresh)).values(batch=number)
    ).rowcount


def _events(connection: Connection, number: int) -> Iterator[Row]:
    for body in connection.scalars(select(ReceivedRow.body).where(ReceivedRow.batch == number)):
        if body:
            told = json.loads(body)
            yield {**told, "happened_at": datetime.fromisoformat(told["happened_at"])}


_BRIDGE = Bridge("events", "events of shops", "events bridge", "events bridged", _number, _events)


def moment_of(text: str | None, now: datetime) -> datetime:
    """A time as ISO 8601 as naive UTC; now where none is told, or one of the future is.

    Raises:
        ValueError: it is no such time.
    """
    if not text:
        return now
    at = datetime.fromisoformat(text)
    return min(at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at, now)
