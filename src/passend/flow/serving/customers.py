"""Customers as the shop tells them: kept at once, carried over to ``customers`` in numbered batches."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from passend.errors import InvalidInput
from passend.flow.numbered_batches import Bridge, Row, carry
from passend.intake.identity import written_alike
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.doors import ReceivedRow
from passend.store.rows import as_milliseconds
from passend.tables import contract
from passend.workspace import Workspace

KIND = "customer"
_MOST = 100_000


def tell_customers(store: Store, told: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Note customers as they are now; what is told of one replaces what was known of them. Returns how many there are.

    Args:
        store: of the workspace.
        told: rows of the contract table ``customers``; what is left out is not known.
        now: the moment.

    Raises:
        InvalidInput: a number stands for nobody.
    """
    rows: dict[str, dict[str, Any]] = {}
    for place, one in enumerate(told):
        number = written_alike(one["customer_id"])
        if not number:
            raise InvalidInput(
                "A customer has no number.",
                record=f"row {place}",
                remedy="Give the number that the orders have.",
            )
        body = {name: one.get(name) for name in contract("customers").schema.names}
        body |= {"customer_id": number, "email": written_alike(one.get("email") or "") or None}
        rows.pop(number, None)  # told twice: the later word counts
        rows[number] = body
    noted = [
        {
            "key": f"{KIND}/{number}/{as_milliseconds(now)}/{place}", "kind": KIND, "customer_id": number,
            "product_id": None, "body": json.dumps(body, ensure_ascii=False, default=str), "received_at": now,
        }
        for place, (number, body) in enumerate(rows.items())
    ]  # fmt: skip
    with store.change() as connection:
        insert_rows(connection, ReceivedRow, noted)
    return len(rows)


def carry_customers(store: Store, workspace: Workspace, now: datetime) -> int:
    """Carry customers over to the contract table; returns how many rows are new there or have changed.

    Raises:
        WorkspaceError: another process is changing the workspace; nothing is lost, it is done later.
    """
    return carry(_BRIDGE, store, workspace, now)


def _number(connection: Connection, number: int) -> int:
    row = ReceivedRow
    fresh = select(row.id).where(row.batch.is_(None), row.kind == KIND).order_by(row.id).limit(_MOST)
    return connection.execute(update(row).where(row.id.in_(fresh)).values(batch=number)).rowcount


def _customers(connection: Connection, number: int) -> Iterator[Row]:
    row = ReceivedRow
    asked = select(row.body).where(row.batch == number, row.kind == KIND).order_by(row.id)
    latest = {told["customer_id"]: told for told in map(json.loads, connection.scalars(asked))}
    for told in latest.values():
        yield {**told, "since": told["since"] and datetime.fromisoformat(told["since"])}


_BRIDGE = Bridge(
    "customers", "customers told by the shop", "customers bridge", "customers bridged", _number, _customers
)
