"""What shops tell: events, durable once acknowledged, counted once, carried over to ``events`` in numbered batches."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

import pyarrow as pa
from sqlalchemy import Connection, select, text, update

from passend.flow.numbered_batches import Bridge, Row, carry
from passend.flow.serving.customers import KIND as CUSTOMER
from passend.flow.serving.together import Together
from passend.flow.serving.trials import visit_mark
from passend.intake.identity import as_written_alike
from passend.store import Store
from passend.store.batches import insert_columns
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
#: Customers whose numbers are remembered as they are written.
_NAMES = 100_000
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")


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


@dataclass
class _Rows:
    """What a batch becomes in the store, column by column; and which of its events are of no use."""

    received: dict[str, list[Any]]
    unused: list[str]


class _Kept(NamedTuple):
    """One product of an event; ``body`` is what the contract table has of it beside the columns of the store."""

    key: str
    kind: str
    customer_id: str | None
    product_id: str | None
    body: str
    order_id: str | None
    happened_at: datetime
    details: str | None


#: One writer at a time on PostgreSQL, too, so that the numbers of rows are in the order in which they are seen.
_ALONE = text("select pg_advisory_xact_lock(7277600)")


class Inflow:
    """Takes batches of events, those that come at the same time in one transaction.

    Args:
        store: of the workspace.
    """

    def __init__(self, store: Store) -> None:
        self._together: Together[_Rows, Received] = Together(store, _write)
        self._alike: dict[str, str | None] = {}

    def receive(self, told: Sequence[Told], now: datetime) -> Received:
        """Take a batch; when this returns, its events survive the end of the process."""
        return self._together.do(_rows(told, self._numbers({one.customer_id for one in told}), now))

    def _numbers(self, names: set[str | None]) -> Mapping[str | None, str | None]:
        """Customers' numbers in one way of writing; whoever came lately is known."""
        if len(self._alike) > _NAMES:
            self._alike = {}
        alike = self._alike
        fresh = [name for name in names if name and name not in alike]
        if fresh:
            written = as_written_alike(pa.array(fresh, pa.string())).to_pylist()
            alike.update(zip(fresh, (one or None for one in written), strict=True))
        return {name: alike[name] if name else None for name in names}


def _write(connection: Connection, rows: _Rows) -> Received:
    if connection.dialect.name != "sqlite":
        connection.execute(_ALONE)
    told = len(rows.received["key"])
    new = insert_columns(connection, ReceivedRow, rows.received) if told else 0
    return Received(new, told - new, tuple(rows.unused))


def _rows(told: Sequence[Told], numbers: Mapping[str | None, str | None], now: datetime) -> _Rows:
    """Rows of a batch: one for each product of an event."""
    made: list[_Kept] = []
    unused: list[str] = []
    for place, one in enumerate(told):
        kind = KINDS.get(one.event)
        before = len(made)
        if kind is not None:
            made += _of_event(one, kind, numbers[one.customer_id])
        if len(made) == before:
            what = f"'{one.event[:60]}' is not kept" if kind is None else "it names no product and no words"
            unused.append(f"{place}: {what}")
    columns = {name: [*map(itemgetter(place), made)] for place, name in enumerate(_Kept._fields)}
    return _Rows({**columns, "received_at": [now] * len(made)}, unused)


def _of_event(told: Told, kind: str, customer: str | None) -> Iterator[_Kept]:
    """What is kept of an event, for each of its products."""
    properties = told.properties
    visit = _text(told.visit_id)
    number = sha256(f"{told.message_id}\0{customer or visit or ''}".encode()).hexdigest()[:32]
    words = _text(properties.get("query") or properties.get("search_term"))
    order_id = _text(properties.get("order_id") or properties.get("transaction_id"))
    products = [words] if kind == "search" and words else _products(properties)
    for place, product in enumerate(products, start=1):
        event_id = f"{number}-{place}"
        about = None if kind == "search" else product
        body = "" if kind == "order" else _written(
            {"event_id": event_id, "visit_id": visit, "category": _text(properties.get("category"))}
        )  # fmt: skip
        key = f"order/{order_id}/{place}" if kind == "order" and order_id else f"event/{event_id}"
        # Which visit ordered: placements are compared with nothing by it.
        details = visit_mark(visit) if kind == "order" and visit else words
        yield _Kept(key, kind, customer, about, body, order_id, told.at, details)


def _products(properties: Mapping[str, Any]) -> Iterator[str]:
    listed = properties.get("products") or properties.get("items")
    for one in [properties, *(listed if isinstance(listed, list) else [])]:
        if isinstance(one, Mapping):
            name = _text(one.get("product_id") or one.get("item_id") or one.get("sku"))
            if name:
                yield name


def _text(value: object) -> str | None:
    """A text as databases and logs take it, without control characters; None for what is none, and for nothing."""
    if not isinstance(value, str | int):
        return None
    text = str(value)[:_LONGEST]
    return (text if text.isprintable() else _UNSEEN.sub(" ", text)) or None


def carry_events(store: Store, workspace: Workspace, now: datetime) -> int:
    """Carry new events over to the contract table, each exactly once; returns how many rows were new there.

    Raises:
        WorkspaceError: another process is changing the workspace; nothing is lost, it is done later.
    """
    return carry(_BRIDGE, store, workspace, now)


def _number(connection: Connection, number: int) -> int:
    told = (ReceivedRow.batch.is_(None), ReceivedRow.kind != CUSTOMER)
    fresh = select(ReceivedRow.id).where(*told).order_by(ReceivedRow.id).limit(_MOST)
    return connection.execute(
        update(ReceivedRow).where(ReceivedRow.id.in_(fresh)).values(batch=number)
    ).rowcount


def _events(connection: Connection, number: int) -> Iterator[Row]:
    row = ReceivedRow
    asked = select(row.kind, row.customer_id, row.product_id, row.happened_at, row.details, row.body).where(
        row.batch == number, row.kind != CUSTOMER, row.body != ""
    )
    for kind, customer, product, at, words, body in connection.execute(asked):
        told = json.loads(body)
        moment = at or datetime.fromisoformat(
            told["happened_at"]
        )  # rows of an older passend have it in the body
        shared = {
            "kind": kind,
            "customer_id": customer,
            "product_id": product,
            "words": words,
            "channel": "web",
        }
        yield {**shared, **told, "happened_at": moment}


_BRIDGE = Bridge("events", "events of shops", "events bridge", "events bridged", _number, _events, full=_MOST)


def moment_of(text: str | None, now: datetime) -> datetime:
    """A time as ISO 8601 as naive UTC; now where none is told, or one of the future is.

    Raises:
        ValueError: it is no such time.
    """
    if not text:
        return now
    at = datetime.fromisoformat(text)
    return min(at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at, now)
