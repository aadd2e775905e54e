"""Whether campaigns are carried on at all: is a worker at work, can it write, and what keeps it from going on."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from passend.store import Store
from passend.store.campaigns import CampaignRow, JourneyRow
from passend.store.marks import set_mark
from passend.store.outbox import OutboxRow
from passend.store.workers import WorkerRow

#: A worker is heard of so often ...
BEAT = timedelta(seconds=15)
#: ... and missed after so long.
MISSED = timedelta(seconds=50)
#: One that ended long ago is forgotten.
_FORGOTTEN = timedelta(days=7)


@dataclass
class Pulse:
    """Tells that a worker is at work.

    Attributes:
        store: of the campaigns.
        clock: tells the moment.
        name: of the process.
    """

    store: Store
    clock: Callable[[], datetime]
    name: str = field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}")
    _last: tuple[datetime, str] = (datetime.min, "")

    def beat(self, trouble: str | None = None) -> None:
        """Be heard of, at most every few seconds, or when what keeps the worker from going on changes.

        Args:
            trouble: empty where there is none any more; None where that is not known now.
        """
        now, (at, before) = self.clock(), self._last
        said = before if trouble is None else trouble[:2000]
        if at <= now < at + BEAT and said == before:
            return
        with self.store.change() as connection:
            mine = update(WorkerRow).where(WorkerRow.name == self.name).values(seen_at=now, trouble=said)
            if not connection.execute(mine).rowcount:
                connection.execute(delete(WorkerRow).where(WorkerRow.seen_at < now - _FORGOTTEN))
                connection.execute(insert(WorkerRow).values(name=self.name, seen_at=now, trouble=said))
        self._last = (now, said)


def troubles(store: Store, now: datetime) -> tuple[str, ...]:
    """What keeps all campaigns from going on, in sentences that can be retold; nothing while all is well."""
    try:
        with store.change() as connection:  # whether it can be written shows when it is
            set_mark(connection, "looked at", 1, now)
    except SQLAlchemyError as problem:
        return (f"The store of campaigns cannot be written: {cause(problem)}",)
    with store.read() as connection:
        workers = connection.execute(
            select(WorkerRow.seen_at, WorkerRow.trouble).order_by(WorkerRow.seen_at.desc())
        ).all()
        runs = select(CampaignRow.id).where(CampaignRow.state == "running")
        walk = select(func.min(JourneyRow.due_at)).where(
            JourneyRow.campaign_id.in_(runs), JourneyRow.state == "waiting"
        )
        leave = select(func.min(OutboxRow.not_before)).where(
            OutboxRow.campaign_id.in_(runs), OutboxRow.state == "queued"
        )
        due = [
            at
            for at in (connection.execute(walk).scalar(), connection.execute(leave).scalar())
            if at is not None
        ]
    if workers and workers[0].seen_at > now - MISSED:
        told = [one.trouble for one in workers if one.trouble and one.seen_at > now - MISSED]
        return tuple(f"The worker cannot go on: {one}" for one in dict.fromkeys(told))
    if not due or min(due) > now:
        return ()
    if not workers:
        return ("No worker has been at work yet. Start one: passend worker",)
    return (
        f"No worker has been at work since {workers[0].seen_at:%Y-%m-%d %H:%M:%S}. Start one: passend worker",
    )


def cause(problem: Exception) -> str:
    """What went wrong, in the words of who knows; on one line."""
    words = getattr(problem, "orig", None) or problem
    return " ".join(f"{words}".split())[:500] or type(problem).__name__
