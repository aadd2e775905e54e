"""What happened in the firm goes into the inbox of the triggers: new orders, events and contacts of the workspace.

Only what is new since the last time is looked at: rows whose time is later than what was seen, less an overlap for
those that come late. Each row has a key of its own, so that none is judged twice.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow.compute as pc

from passend.flow.campaigns.triggering import receive
from passend.store import Store
from passend.store.marks import mark, set_mark
from passend.store.rows import as_milliseconds, as_moment
from passend.workspace import Workspace

#: How late a row may come and still be seen.
OVERLAP = timedelta(days=7)
_BATCH = 5000
_KINDS = {"search": "search", "view": "view", "cart": "cart", "abandon": "cart"}


def feed(store: Store, workspace: Workspace, now: datetime) -> int:
    """Take over what is new; returns the number of events that were not known. The first time, nothing is old enough.

    At the first call only the present end of the data is noted: what happened before a firm had campaigns starts none.
    """
    total = 0
    for table, moment in (("orders", "ordered_at"), ("events", "happened_at"), ("contacts", "happened_at")):
        if workspace.has(table):
            total += _feed(store, workspace, (table, moment), now)
    return total


def _feed(store: Store, workspace: Workspace, source: tuple[str, str], now: datetime) -> int:
    table, moment = source
    stored = workspace.manifest.tables[table]
    with store.read() as connection:
        seen, change = mark(connection, f"fed/{table}"), mark(connection, f"fed/{table}/change")
    if change == stored.change:
        return 0
    rows = workspace.read(table)
    latest = pc.max(rows[moment]).as_py()
    total = 0
    if latest is not None and seen:
        since = as_moment(seen) - OVERLAP
        begun = as_moment(_begun(store, table))
        fresh = rows.filter(pc.and_(pc.greater(rows[moment], since), pc.greater(rows[moment], begun)))
        for part in fresh.to_batches(max_chunksize=_BATCH):
            with store.change() as connection:
                total += receive(connection, _events(table, part.to_pylist()), now)
    with store.change() as connection:
        end = as_milliseconds(latest) if latest is not None else 0
        if not seen:
            set_mark(connection, f"fed/{table}/begun", end, now)
        set_mark(connection, f"fed/{table}", max(seen, end, 1), now)
        set_mark(connection, f"fed/{table}/change", stored.change, now)
    return total


def _begun(store: Store, table: str) -> int:
    with store.read() as connection:
        return mark(connection, f"fed/{table}/begun")


def _events(table: str, rows: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        if table == "orders":
            key = f"order/{row['order_id']}/{row['line']}"
            yield {
                **row,
                "key": key,
                "kind": "order",
                "happened_at": row["ordered_at"],
                "amount": row["revenue_cents"],
            }
        elif table == "events" and row["kind"] in _KINDS:
            yield {
                **row,
                "key": f"event/{row['event_id']}",
                "kind": _KINDS[row["kind"]],
                "details": row["words"] or "",
            }
        elif table == "contacts" and row["direction"] == "in" and row["purpose"] in ("complaint", "service"):
            solved = row["outcome"] == "resolved"
            kind = "service solved" if solved else "complaint" if row["purpose"] == "complaint" else ""
            if kind:
                yield {**row, "key": f"contact/{row['contact_id']}/{kind}", "kind": kind}
