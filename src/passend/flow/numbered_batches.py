"""Rows of the store are carried over to a contract table in numbered batches, each exactly once.

A batch is numbered, written and then closed; broken off in between, the same rows are written again under the same
keys.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from passend.flow.firm_tables import keep_given_rows
from passend.store import Store
from passend.store.marks import mark, set_mark
from passend.tables import contract
from passend.workspace import Workspace

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Bridge:
    """What is carried over, and where to.

    Attributes:
        table: the contract table.
        says: what the change of the workspace is called.
        begun: the mark of the batch that was begun last; ``closed`` of the one that was closed last.
        number: gives rows that are new the number of a batch; returns how many there were.
        rows: the rows of a batch, as the contract table has them.
        full: rows of a full batch; after one with fewer it is enough, what came meanwhile goes over the next time.
    """

    table: str
    says: str
    begun: str
    closed: str
    number: Callable[[Connection, int], int]
    rows: Callable[[Connection, int], Iterable[Row]]
    full: int = 1


def carry(bridge: Bridge, store: Store, workspace: Workspace, now: datetime) -> int:
    """Carry over what is new; returns how many rows of the contract table are new or have changed.

    Raises:
        WorkspaceError: another process is changing the workspace; nothing is lost, the batch is carried over later.
    """
    total, size = 0, bridge.full
    while size >= bridge.full:
        number, size = _numbered(bridge, store, now)
        if not number:
            break
        with store.read() as connection:
            rows = [dict(row) for row in bridge.rows(connection, number)]
        total += _kept(bridge, workspace, rows, number)
        with store.change() as connection:
            set_mark(connection, bridge.closed, number, now)
    return total


def _numbered(bridge: Bridge, store: Store, now: datetime) -> tuple[int, int]:
    """Number and size of the batch to carry over: one that was begun and not closed, or a new one; 0 for none.

    One that was begun earlier is taken for full.
    """
    with store.change() as connection:
        begun, closed = mark(connection, bridge.begun), mark(connection, bridge.closed)
        if begun > closed:
            return begun, bridge.full
        size = bridge.number(connection, begun + 1)
        if not size:
            return 0, 0
        set_mark(connection, bridge.begun, begun + 1, now)
        return begun + 1, size


def _kept(bridge: Bridge, workspace: Workspace, rows: list[dict[str, Any]], number: int) -> int:
    if not rows:
        return 0
    table = pa.Table.from_pylist(rows, schema=contract(bridge.table).schema)
    with workspace.change(f"{bridge.says}, batch {number}") as change, workspace.engine() as engine:
        engine.load("given_rows", table)
        return keep_given_rows(workspace, change, engine, bridge.table)
