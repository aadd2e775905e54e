"""Start, pause, resume, cancel, and the switch that stops all sending at once. Each change is in the audit log."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from passend.errors import StoreError
from passend.flow.campaigns.running import found, running
from passend.flow.campaigns.sending import give_back
from passend.store import Store, written
from passend.store.batches import among
from passend.store.campaigns import CampaignRow, JourneyRow, SwitchRow
from passend.store.outbox import OutboxRow

#: After a pause, those who are overdue are woken over so long, not all at once.
SPREAD = timedelta(hours=2)
#: A prime, so that neighbours in the order of entry wake at different moments.
_STRIDE = 7_919


def pause(store: Store, name: str, who: str, reason: str, now: datetime) -> None:
    """Stop a campaign where it stands: nobody walks on, nothing leaves.

    Raises:
        StoreError: there is no such campaign, or it does not run.
    """
    with store.change() as connection:
        row = _in_state(connection, name, "running")
        _set(connection, row.id, now, state="paused", state_reason=reason, paused_at=now)
        written(connection, now, who, "paused", f"campaign/{name}", details={"reason": reason})


def resume(store: Store, name: str, who: str, now: datetime, spread: timedelta = SPREAD) -> int:
    """Let a paused campaign go on; those who are overdue are woken spread out. Returns how many they are.

    What a channel put off is tried again at once, for what was in the way is mended.

    Raises:
        StoreError: there is no such campaign, or it is not paused.
    """
    with store.change() as connection:
        row = _in_state(connection, name, "paused")
        connection.execute(
            update(OutboxRow)
            .where(OutboxRow.campaign_id == row.id, OutboxRow.state == "queued", OutboxRow.not_before > now)
            .values(not_before=now - timedelta(milliseconds=1))
        )
        woken = spread_out(connection, row.id, now, spread)
        _set(connection, row.id, now, state="running", state_reason="", paused_at=None, last_error=None)
        written(connection, now, who, "resumed", f"campaign/{name}", details={"overdue": woken})
    return woken


def spread_out(connection: Connection, campaign_id: int, now: datetime, spread: timedelta) -> int:
    """Give those who are overdue a moment of their own within the spread; queued messages, too."""
    whole = max(1, int(spread.total_seconds()))
    slots = min(whole, 3600)
    woken = 0
    late = (JourneyRow.campaign_id == campaign_id, JourneyRow.state == "waiting", JourneyRow.due_at < now)
    queued = (OutboxRow.campaign_id == campaign_id, OutboxRow.state == "queued", OutboxRow.not_before < now)
    for row, moment, overdue in ((JourneyRow, "due_at", late), (OutboxRow, "not_before", queued)):
        # One statement a slot: the same arithmetic of moments in every database.
        count = int(connection.execute(select(func.count()).where(*overdue)).scalar_one())
        steps = 1 if count < _FEW else _WAVES
        for wave in range(steps):
            at = now + timedelta(seconds=whole * wave / steps)
            done = connection.execute(
                update(row).where(*overdue, (row.id * _STRIDE) % slots % steps == wave).values({moment: at})
            )
            woken += done.rowcount if row is JourneyRow else 0
    return woken


#: So few need no spreading; more are woken in so many waves.
_FEW, _WAVES = 200, 60


def cancel(store: Store, name: str, who: str, reason: str, now: datetime) -> int:
    """End a campaign for good: queued messages never leave, everybody under way stops. Returns how many they were.

    Raises:
        StoreError: there is no such campaign, or it has ended.
    """
    with store.change() as connection:
        row = _in_state(connection, name, "draft", "running", "paused")
        runs = {one.id: one for one in running(connection, ("running", "paused"))}
        waiting = (OutboxRow.campaign_id == row.id, OutboxRow.state.in_(("queued", "reserved", "given")))
        give_back(connection, runs, connection.execute(select(OutboxRow.__table__).where(*waiting)).all())
        connection.execute(update(OutboxRow).where(*waiting).values(state="cancelled", code="cancelled"))
        done = connection.execute(
            update(JourneyRow)
            .where(JourneyRow.campaign_id == row.id, JourneyRow.state.in_(("waiting", "sending")))
            .values(state="left", reason="cancelled", due_at=None, ended_at=now, wants_contact=False)
        )
        _set(connection, row.id, now, state="cancelled", state_reason=reason)
        written(connection, now, who, "cancelled", f"campaign/{name}", details={"reason": reason})
        return int(done.rowcount)


def switch(store: Store, name: str, who: str, reason: str, now: datetime, *, off: bool) -> None:
    """Stop sending at once, or allow it again: ``all``, ``channel/email``, ``campaign/NAME``."""
    with store.change() as connection:
        connection.execute(delete(SwitchRow).where(SwitchRow.name == name))
        connection.execute(insert(SwitchRow).values(name=name, is_off=off, at=now, who=who, reason=reason))
        written(
            connection, now, who, "switched off" if off else "switched on", name, details={"reason": reason}
        )


def leave(connection: Connection, journeys: list[int], reason: str, now: datetime) -> int:
    """Take people out of their journeys; what waits for them in the outbox does not leave any more."""
    row = JourneyRow
    active = (
        connection.execute(
            select(row.id).where(among(row.id, journeys), row.state.in_(("waiting", "sending")))
        )
        .scalars()
        .all()
    )
    if not active:
        return 0
    runs = {one.id: one for one in running(connection, ("running", "paused"))}
    waiting = (among(OutboxRow.journey_id, active), OutboxRow.state.in_(("queued", "reserved", "given")))
    give_back(connection, runs, connection.execute(select(OutboxRow.__table__).where(*waiting)).all())
    connection.execute(update(OutboxRow).where(*waiting).values(state="cancelled", code=reason))
    connection.execute(
        update(row)
        .where(among(row.id, active))
        .values(state="left", reason=reason, due_at=None, ended_at=now, wants_contact=False)
    )
    return len(active)


def _in_state(connection: Connection, name: str, *states: str) -> Any:
    row = found(connection, name)
    if row.state not in states:
        raise StoreError(
            f"Campaign '{name}' is {row.state}.",
            remedy=f"This can be done to a campaign that is: {', '.join(states)}.",
        )
    return row


def _set(connection: Connection, campaign_id: int, now: datetime, **values: Any) -> None:
    connection.execute(
        update(CampaignRow).where(CampaignRow.id == campaign_id).values(changed_at=now, **values)
    )
