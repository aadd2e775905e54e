"""The guard at the outbox: at each batch it counts what came back, and stops a campaign, or all mail, within a tick.

It stops by the same switch that a person uses. When a person switches on again, only messages since then count.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from passend.channels import Answer, Message, Outcome
from passend.channels.email.feedback import Kind
from passend.channels.email.guard import DAY, HOUR, Alarm, Counts, alarm, allowed_today
from passend.store import written
from passend.store.campaigns import SwitchRow
from passend.store.mails import DeliveryRow, FeedbackRow

MAIL = "channel/email"
_TOMORROW = timedelta(hours=24)


def guard_permit(connection: Connection, batch: Sequence[Message], now: datetime) -> dict[str, Answer]:
    """Hold back messages of campaigns that annoy, and all mail where the firm as a whole does."""
    mails = [one for one in batch if one.channel == "email"]
    held: dict[str, Answer] = {}
    for name, campaign in [
        (MAIL, ""),
        *((f"campaign/{one}", one) for one in sorted({m.campaign for m in mails})),
    ]:
        found = alarm(counts_of(connection, campaign, armed_at(connection, name), now)) if mails else None
        if found is None or not found.pauses:
            continue
        stop(connection, name, found, now)
        held |= {
            one.key: Answer(one.key, Outcome.DEFERRED, "guard", f"switches/{name}: {found.says}")
            for one in mails
            if not campaign or one.campaign == campaign
        }
    return held


def warm_up_permit(connection: Connection, batch: Sequence[Message], now: datetime) -> dict[str, Answer]:
    """While mail providers do not know the sender yet: no more a day than the step that it has reached."""
    mails = [one for one in batch if one.channel == "email"]
    if not mails:
        return {}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    most = allowed_today(days_of(connection, midnight))
    if most is None:
        return {}
    left = max(most - counts_between(connection, "", midnight, now).sent, 0)
    says = f"warming up: {most:,} messages today"
    return {
        one.key: Answer(one.key, Outcome.DEFERRED, "warm-up", says, midnight + _TOMORROW)
        for one in mails[left:]
    }


def alarms(connection: Connection, campaigns: Iterable[str], now: datetime) -> dict[str, Alarm]:
    """What the guard says of all mail and of each campaign, warnings at half the mark included."""
    found = {}
    for name, campaign in [(MAIL, ""), *((f"campaign/{one}", one) for one in campaigns)]:
        says = alarm(counts_of(connection, campaign, armed_at(connection, name), now))
        if says is not None:
            found[name] = says
    return found


def counts_of(
    connection: Connection, campaign: str, since: datetime, now: datetime
) -> dict[timedelta, Counts]:
    """What happened within a day and an hour, of messages sent since the guard was armed.

    Args:
        connection: in a transaction.
        campaign: its name; empty for all mail.
        since: when the guard was armed.
        now: the moment.
    """
    return {
        window: counts_between(connection, campaign, max(since, now - window), now, armed=since)
        for window in (DAY, HOUR)
    }


def counts_between(
    connection: Connection, campaign: str, start: datetime, end: datetime, armed: datetime = datetime.min
) -> Counts:
    """Messages accepted, complaints and unknown mailboxes from one moment to another."""
    sent, back = DeliveryRow, FeedbackRow
    mine = [sent.campaign == campaign] if campaign else []
    within = [sent.at >= start, sent.at <= end, *mine]
    accepted, refused = connection.execute(
        select(
            func.count().filter(sent.outcome == "accepted"),
            func.count().filter((sent.outcome == "refused") & (sent.blame == "mailbox")),
        ).where(*within)
    ).one()
    theirs = [back.campaign == campaign] if campaign else []
    told = connection.execute(
        select(back.kind, func.count(func.distinct(back.address)))
        .where(back.received_at >= start, back.received_at <= end, back.at >= max(armed, _EPOCH), *theirs)
        .where(back.outbox_key != "", back.kind.in_([Kind.COMPLAINT.value, Kind.HARD.value]))
        .group_by(back.kind)
    ).all()
    kinds = {kind: int(count) for kind, count in told}
    hard = int(refused) + kinds.get(Kind.HARD.value, 0)
    return Counts(int(accepted) + int(refused), kinds.get(Kind.COMPLAINT.value, 0), hard)


_EPOCH = datetime(1970, 1, 1)


def days_of(connection: Connection, midnight: datetime, most: int = 60) -> list[Counts | None]:
    """What went out on each of the last days, oldest first; None for days without mail."""
    found: list[Counts | None] = []
    for day in range(most, 0, -1):
        start = midnight - timedelta(days=day)
        counts = counts_between(connection, "", start, start + timedelta(days=1) - timedelta(milliseconds=1))
        found.append(counts if counts.sent else None)
    return found


def armed_at(connection: Connection, name: str) -> datetime:
    """Since when the guard counts: since a person switched on again, or always."""
    row = connection.execute(select(SwitchRow.at, SwitchRow.is_off).where(SwitchRow.name == name)).first()
    return row.at if row is not None and not row.is_off else _EPOCH


def stop(connection: Connection, name: str, why: Alarm, now: datetime) -> None:
    """Switch off, in the transaction of the batch; the audit log says why."""
    values = {"is_off": True, "at": now, "who": "guard", "reason": why.says}
    known = connection.execute(update(SwitchRow).where(SwitchRow.name == name).values(**values))
    if not known.rowcount:
        connection.execute(insert(SwitchRow).values(name=name, **values))
    written(connection, now, "guard", "switched off", name, details={"reason": why.says})
