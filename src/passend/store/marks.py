"""Marks: how far something has come, and what was done already, each under a name."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from passend.store.batches import insert_rows
from passend.store.campaigns import MarkRow


def mark(connection: Connection, name: str) -> int:
    """How far something has come; 0 at the start."""
    return int(connection.execute(select(MarkRow.value).where(MarkRow.name == name)).scalar() or 0)


def set_mark(connection: Connection, name: str, value: int, now: datetime) -> None:
    """Note how far something has come."""
    known = connection.execute(update(MarkRow).where(MarkRow.name == name).values(value=value, at=now))
    if not known.rowcount:
        connection.execute(insert(MarkRow).values(name=name, value=value, at=now))


def claim_mark(connection: Connection, name: str, value: int, now: datetime) -> int | None:
    """Set a mark for whoever is first, so that two processes do one thing once.

    Returns:
        the value before; None where there was none, and ``value`` itself where it is set already, or another process
        was quicker.
    """
    before = connection.execute(select(MarkRow.value).where(MarkRow.name == name)).scalar()
    if before is None:
        return (
            None if insert_rows(connection, MarkRow, [{"name": name, "value": value, "at": now}]) else value
        )
    if before != value:
        row = update(MarkRow).where(MarkRow.name == name, MarkRow.value == before)
        if not connection.execute(row.values(value=value, at=now)).rowcount:
            return value
    return int(before)
