"""Calls that named themselves: claimed by one, answered once, forgotten after a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from passend.store import Store
from passend.store.doors import AnsweredRow


@dataclass(frozen=True)
class Known:
    """A call that came before; ``status`` is 0 while it is being worked on."""

    call: str
    status: int
    body: str


def claim(store: Store, key: str, call: str, now: datetime, kept: timedelta) -> Known | None:
    """Take a call for oneself, or be told what became of it."""
    row = AnsweredRow
    with store.change() as connection:
        connection.execute(delete(row).where(row.at < now - kept))
        known = connection.execute(select(row.call, row.status, row.body).where(row.key == key)).first()
        if known is not None:
            return Known(*known)
        connection.execute(insert(row).values(key=key, call=call, status=0, body="", at=now))
    return None


def keep_answer(store: Store, key: str, status: int, body: str) -> None:
    """Keep what was answered."""
    with store.change() as connection:
        connection.execute(update(AnsweredRow).where(AnsweredRow.key == key).values(status=status, body=body))


def forget(store: Store, key: str) -> None:
    """The work failed: the call may come again."""
    with store.change() as connection:
        connection.execute(delete(AnsweredRow).where(AnsweredRow.key == key))
