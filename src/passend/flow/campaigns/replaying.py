"""Calls to other systems that failed for good, and a person who has them made again when the other side is mended.

A call that is made again is a message like any other: its campaign must still run, its budget and stock must still
hold it, and whoever may forbid a message is asked once more when it leaves. It keeps its id, so that a system that got
it after all drops the second one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from passend.flow.campaigns.running import Running, running
from passend.flow.campaigns.sending import used_by
from passend.store import Store
from passend.store.audit import written
from passend.store.batches import among
from passend.store.campaigns import CampaignRow
from passend.store.outbox import AllowanceRow, OutboxRow

CHANNEL = "webhook"
#: States of calls that nobody makes any more by itself.
_FAILED = ("refused", "expired")


@dataclass(frozen=True)
class FailedCall:
    """A call that was not taken.

    Attributes:
        id: its place in the list; the next page begins below it.
        key: the id that the other system was told.
        campaign, step, customer_id: what it was about.
        queued_at: when it was to be made first.
        attempts: how often it was put off before.
        code, diagnostic: the last answer, in the other system's words.
    """

    id: int
    key: str
    campaign: str
    step: str
    customer_id: str
    queued_at: datetime
    attempts: int
    code: str
    diagnostic: str


def failed_calls(store: Store, before: int = 0, most: int = 100) -> list[FailedCall]:
    """The calls that failed, the latest first; below a place of the list, or from its beginning."""
    row = OutboxRow
    asked = (
        select(
            row.id, row.key, CampaignRow.name, row.step, row.customer_id, row.queued_at, row.attempts, row.code,
            row.diagnostic,
        )
        .join(CampaignRow, CampaignRow.id == row.campaign_id)
        .where(row.channel == CHANNEL, row.state.in_(_FAILED), row.is_held_out.is_(False))
        .order_by(row.id.desc())
        .limit(most)
    )  # fmt: skip
    if before:
        asked = asked.where(row.id < before)
    with store.read() as connection:
        return [FailedCall(*one) for one in connection.execute(asked)]


def replay(store: Store, keys: Sequence[str], who: str, now: datetime) -> dict[str, str]:
    """Have calls made again; returns for each key what stands against it, empty where nothing does.

    ``unknown``: there is no failed call of this id; ``not running``: its campaign does not run; ``recalled``: its text
    must not leave any more; ``no room``: its campaign has no budget or stock left for it.
    """
    told = dict.fromkeys(keys, "unknown")
    row = OutboxRow
    with store.change() as connection:
        runs = {run.id: run for run in running(connection)}
        rows = connection.execute(
            select(row.__table__)
            .where(
                among(row.key, told),
                row.channel == CHANNEL,
                row.state.in_(_FAILED),
                row.is_held_out.is_(False),
            )
            .order_by(row.id)
            .with_for_update()
        ).all()
        for one in rows:
            told[one.key] = _against(connection, runs, one)
            if not told[one.key]:
                lasts = one.expires_at - one.queued_at
                connection.execute(
                    update(row)
                    .where(row.id == one.id)
                    .values(
                        state="queued", not_before=now, expires_at=now + lasts, attempts=0, leased_until=None
                    )
                )
                written(connection, now, who, "replayed", f"call/{one.key}", details={"code": one.code})
    return told


def _against(connection: Connection, runs: Mapping[int, Running], one: Any) -> str:
    """What stands against a call; where nothing does, its budget and stock are taken again."""
    run = runs.get(one.campaign_id)
    if run is None:
        return "not running"
    if one.revision in run.recalled:
        return "recalled"
    wanted = used_by(runs, one)
    row = AllowanceRow
    for name, amount in sorted(wanted.items()):
        room = select(row.name).where(row.name == name, row.used + amount <= row.capacity).with_for_update()
        if connection.execute(room).first() is None:
            return "no room"
    for name, amount in sorted(wanted.items()):
        connection.execute(update(row).where(row.name == name).values(used=row.used + amount))
    return ""
