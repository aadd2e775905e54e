"""An answer at the desk is taken back: whoever pressed the wrong button has a way out, as long as nothing follows it.

The offer waits on the list again, the person stands at its step again, and the answer counts nowhere.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from passend.errors import StoreError
from passend.flow.campaigns.running import Running, running
from passend.store import Store, written
from passend.store.campaigns import JourneyRow, TallyRow
from passend.store.outbox import OutboxRow, ResponseRow

#: A mistake is seen at once; what a customer agreed to an hour ago is no mistake of a finger.
PATIENCE = timedelta(minutes=30)
_WAYS = {"accept": "yes", "decline": "no"}


def take_back(store: Store, key: str, who: str, now: datetime) -> None:
    """Undo an answer: accepted, declined, or put off.

    Raises:
        StoreError: there is none, it is too long ago, or something followed from it already.
    """
    with store.change() as connection:
        one = connection.execute(
            select(OutboxRow.__table__)
            .where(OutboxRow.key == key, OutboxRow.channel == "desk")
            .with_for_update()
        ).first()
        said = _latest(connection, one) if one else None
        if one is None or said is None or said.happened_at < now - PATIENCE or one.expires_at <= now:
            raise StoreError(
                "There is no answer to take back.",
                remedy=f"Answers can be taken back for {PATIENCE.seconds // 60} minutes.",
            )
        if one.state == "shown":
            _lead_back(connection, one)
        elif one.state not in ("reserved", "given"):
            raise _followed()
        connection.execute(delete(ResponseRow).where(ResponseRow.id == said.id))
        connection.execute(
            update(OutboxRow)
            .where(OutboxRow.id == one.id)
            .values(state="reserved", not_before=now, happened_at=None, code="", diagnostic="")
        )
        written(connection, now, who, "answer taken back", f"outbox/{one.id}", details={"was": said.kind})


def _latest(connection: Connection, one: Any) -> Any:
    """The latest answer of staff to an offer, unless it went over to the tables already."""
    row = ResponseRow
    return connection.execute(
        select(row.__table__)
        .where(row.outbox_id == one.id, row.kind.in_((*_WAYS, "later")), row.batch.is_(None))
        .order_by(row.id.desc())
        .limit(1)
    ).first()


def _lead_back(connection: Connection, one: Any) -> None:
    """The person stands at the step of the offer again, if they came no further than the answer led them."""
    run: Running | None = {found.id: found for found in running(connection, ("running", "paused"))}.get(
        one.campaign_id
    )
    row = JourneyRow
    who = connection.execute(select(row.__table__).where(row.id == one.journey_id).with_for_update()).first()
    later = select(func.count()).where(OutboxRow.journey_id == one.journey_id, OutboxRow.id > one.id)
    if one.batch is not None or run is None or who is None or connection.scalar(later):
        raise _followed()
    ways = run.versions[one.revision].steps[one.step].ways
    way = _WAYS[one.code] if _WAYS[one.code] in ways else "then"
    if who.state not in ("waiting", "done") or who.step != ways.get(way):
        raise _followed()
    connection.execute(
        update(row)
        .where(row.id == who.id)
        .values(step=one.step, state="sending", due_at=None, ended_at=None, reason="", wants_contact=False)
    )
    connection.execute(
        update(TallyRow)
        .where(
            TallyRow.campaign_id == one.campaign_id, TallyRow.step == one.step, TallyRow.way == way,
            TallyRow.is_held_out == one.is_held_out,
        )
        .values(people=TallyRow.people - 1)
    )  # fmt: skip


def _followed() -> StoreError:
    return StoreError(
        "The answer cannot be taken back any more: something followed from it.",
        remedy="Note on the customer's page what the customer wants.",
    )
