"""Offers that wait until a customer appears: in the shop, or on the list of a team of staff.

What is reserved counts against caps, budget and stock from then on; it becomes a contact when it is shown, and is
released when nobody came. A held-out customer who appears sees nothing, and the would-be contact is logged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from passend.channels import Message
from passend.errors import StoreError
from passend.flow.campaigns.messages import message
from passend.flow.campaigns.running import Running, running, switched_off
from passend.flow.campaigns.sending import walk_on
from passend.flow.permits import turned_away
from passend.store import Store, written
from passend.store.batches import among, insert_rows
from passend.store.ledger import Marker
from passend.store.live import PersonRow
from passend.store.marks import mark
from passend.store.outbox import OutboxRow, ResponseRow

#: What is handed out and neither shown nor answered by then waits again.
HELD = timedelta(minutes=30)
#: Beyond so many offers nobody looks for one more whose customer may be asked.
_LONGEST_LIST = 20_000
ANSWERS = ("accept", "later", "decline")


@dataclass(frozen=True)
class Task:
    """One offer on the list of a team.

    Attributes:
        key: to answer it by.
        message: the offer with its reason, script, price, and what not to say.
        language: of the customer, where known.
        until: the list shows it until then.
    """

    key: str
    message: Message
    language: str | None
    until: datetime


def appear(
    store: Store, customer_id: str, place: str, now: datetime, most: int = 1, *, marker: Marker | None = None
) -> list[Message]:
    """A customer appears at a place of the shop: the offers that wait for them there, the best first.

    They are handed out, not yet shown; :func:`shown` counts them as contacts. The held-out get nothing.

    Args:
        store: of the campaigns.
        customer_id: who.
        place: where.
        now: the moment.
        most: offers.
        marker: turns an address into its mark among the suppressed ones.
    """
    with store.change() as connection:
        runs = _open(connection, "onsite")
        if turned_away(connection, [customer_id], "onsite", now, marker):
            return []
        row = OutboxRow
        rows = connection.execute(
            select(row.__table__)
            .where(
                row.channel == "onsite",
                row.customer_id == customer_id,
                row.state.in_(("reserved", "given")),
                or_(row.place == "", row.place == place),
                row.not_before <= now,
                row.expires_at > now,
                row.campaign_id.in_(list(runs)),
            )
            .order_by(row.value_cents.desc(), row.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        ghosts = [one for one in rows if one.is_held_out]
        given = [one for one in rows if not one.is_held_out]
        _set(connection, [one.id for one in ghosts], state="ghost", happened_at=now)
        walk_on(connection, runs, {one.journey_id: (one, "then", "") for one in ghosts}, now)
        _set(connection, [one.id for one in given], state="given", leased_until=now + HELD)
    return [message(one, runs[one.campaign_id].name) for one in given]


def shown(store: Store, keys: Iterable[str], now: datetime) -> int:
    """Offers were seen: they are contacts now, and their people walk on. Returns how many were not known as seen."""
    with store.change() as connection:
        runs = {run.id: run for run in running(connection, ("running", "paused"))}
        rows = connection.execute(
            select(OutboxRow.__table__)
            .where(OutboxRow.key.in_(list(keys)), OutboxRow.state.in_(("reserved", "given")))
            .with_for_update()
        ).all()
        _set(connection, [one.id for one in rows], state="shown", happened_at=now, leased_until=None)
        walk_on(connection, runs, {one.journey_id: (one, "then", "") for one in rows}, now)
    return len(rows)


def desk_list(
    store: Store,
    team: str,
    now: datetime,
    *,
    most: int = 20,
    languages: Sequence[str] = (),
    customers: Sequence[str] | None = None,
    marker: Marker | None = None,
) -> list[Task]:
    """The list of a team: the most valuable offers that wait, for customers whose language it speaks.

    Who objected, or is left alone by people, is not on it, from that moment on and until the word is taken back.

    Args:
        store: of the campaigns.
        team: whose list.
        now: the moment.
        most: offers.
        languages: only for customers who speak one of these; without it, for all.
        customers: only for these; without it, for all.
        marker: turns an address into its mark among the suppressed ones.
    """
    with store.read() as connection:
        runs = _open(connection, "desk")
        row, version = OutboxRow, mark(connection, "people")
        statement = (
            select(row.__table__, PersonRow.language)
            # While a newer state of people is loaded, each stands there twice.
            .outerjoin(PersonRow, (PersonRow.customer_id == row.customer_id) & (PersonRow.version == version))
            .where(
                row.channel == "desk",
                row.place == team,
                row.state.in_(("reserved", "given")),
                row.is_held_out.is_(False),
                row.not_before <= now,
                row.expires_at > now,
                row.campaign_id.in_(list(runs)),
            )
            .order_by(row.value_cents.desc(), row.id)
        )
        if languages:
            statement = statement.where(
                or_(PersonRow.language.is_(None), PersonRow.language.in_(list(languages)))
            )
        if customers is not None:
            statement = statement.where(row.customer_id.in_(list(customers)))
        rows: list[Any] = []
        for begin in range(0, _LONGEST_LIST, most):
            part = connection.execute(statement.limit(most).offset(begin)).all()
            away = turned_away(connection, {one.customer_id for one in part}, "desk", now, marker)
            rows += [one for one in part if one.customer_id not in away]
            if len(rows) >= most or len(part) < most:
                break
    return [
        Task(one.key, message(one, runs[one.campaign_id].name), one.language, one.expires_at)
        for one in rows[:most]
    ]


class OffList(StoreError):
    """An offer that was answered meanwhile, withdrawn, or has expired."""


def answer(
    store: Store,
    key: str,
    says: str,
    who: str,
    now: datetime,
    *,
    reason: str = "",
    later: timedelta = timedelta(days=1),
) -> None:
    """A member of staff worked an offer: accepted, declined, or later. The contact counts unless it is for later.

    Raises:
        OffList: it is not on a list (any more).
        StoreError: there is no such answer.
    """
    if says not in ANSWERS:
        raise StoreError(f"There is no answer '{says}'.", remedy=f"Answer with one of: {', '.join(ANSWERS)}.")
    with store.change() as connection:
        runs: Mapping[int, Running] = {run.id: run for run in running(connection, ("running", "paused"))}
        one: Any = connection.execute(
            select(OutboxRow.__table__)
            .where(
                OutboxRow.key == key,
                OutboxRow.channel == "desk",
                OutboxRow.state.in_(("reserved", "given")),
                OutboxRow.expires_at > now,
            )
            .with_for_update()
        ).first()
        if one is None:
            raise OffList(
                f"Offer {key} is on no list (any more).",
                remedy="Look at the list again: passend campaigns desk TEAM",
            )
        insert_rows(
            connection,
            ResponseRow,
            [
                {
                    "key": f"desk/{key}/{one.attempts}", "outbox_id": one.id, "customer_id": one.customer_id,
                    "kind": says, "is_human": True, "happened_at": now, "details": reason, "batch": None,
                }
            ],
        )  # fmt: skip
        if says == "later":
            _set(connection, [one.id], state="reserved", not_before=now + later, attempts=one.attempts + 1)
        else:
            _set(connection, [one.id], state="shown", happened_at=now, code=says, diagnostic=reason)
            way = {"accept": "yes", "decline": "no"}[says]
            walk_on(connection, runs, {one.journey_id: (one, way, says)}, now)
        # The reason stands with the answer, where erasure reaches it; the log keeps none.
        written(connection, now, who, says, f"outbox/{one.id}")


def respond(
    connection: Connection, key: str, kind: str, at: datetime, event: str, *, is_human: bool = True
) -> bool:
    """Note what a person (or a machine) did with a message; the same event counts once. Returns whether it was new."""
    row = connection.execute(select(OutboxRow.id, OutboxRow.customer_id).where(OutboxRow.key == key)).first()
    if row is None:
        return False
    made = {
        "key": event, "outbox_id": row.id, "customer_id": row.customer_id, "kind": kind, "is_human": is_human,
        "happened_at": at, "details": "", "batch": None,
    }  # fmt: skip
    return bool(insert_rows(connection, ResponseRow, [made]))


def _open(connection: Connection, channel: str) -> dict[int, Running]:
    off = switched_off(connection)
    if "all" in off or f"channel/{channel}" in off:
        return {}
    return {run.id: run for run in running(connection) if f"campaign/{run.name}" not in off}


def _set(connection: Connection, ids: Sequence[int], **values: Any) -> None:
    if ids:
        connection.execute(update(OutboxRow).where(among(OutboxRow.id, ids)).values(**values))
