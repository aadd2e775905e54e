"""Messages leave the outbox: leased in batches, handed to their channel, and what became of each written down.

A message is looked at once more before it leaves: is the campaign still running, is the text not recalled, is the
person still on this step, has it not expired, and does everybody who may forbid it agree? What was handed over and has
no answer when the lease ends is unclear: it is listed, counted as a contact, and never sent again by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from passend.campaigns import Campaign
from passend.campaigns.admission import budget_of, stock_of
from passend.campaigns.hours import next_open
from passend.campaigns.schema import PUSHED
from passend.campaigns.walk import Traveller, go
from passend.channels import Answer, Message, Outcome, PushChannel
from passend.flow.campaigns.advancing import store_people
from passend.flow.campaigns.messages import Permit, message
from passend.flow.campaigns.running import Running, facts_of, note_error, switched_off
from passend.store import Store
from passend.store.batches import among, update_rows
from passend.store.campaigns import JourneyRow
from passend.store.outbox import AllowanceRow, OutboxRow

BATCH = 500
LEASE = timedelta(minutes=10)
#: So many are handed over, and their answers written, at a time: a crash leaves no more than these unclear.
_TOGETHER = 100
#: What stands at a leased message from the moment at which its channel may have it.
_HANDED = "handed over"
_FIRST_RETRY, _LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)


@dataclass(frozen=True)
class Ways:
    """The ways to customers that a worker has.

    Attributes:
        pushed: channel -> where messages are handed over.
        permits: asked about every batch, in this order.
    """

    pushed: Mapping[str, PushChannel] = field(default_factory=dict)
    permits: Sequence[Permit] = ()


def send(store: Store, runs: Mapping[int, Running], channel: PushChannel, ways: Ways, now: datetime) -> int:
    """Send one batch of a channel; returns how many messages left the queue, 0 also where the channel takes none now.

    Args:
        store: of the campaigns.
        runs: the campaigns that run, by their number.
        channel: where to.
        ways: who is asked before.
        now: the moment.
    """
    with store.change() as connection:
        batch = _leased(connection, runs, channel.name, now)
        answers = dict(_forbidden(connection, batch, ways.permits, now))
        record(connection, runs, answers.values(), now)
    left = [one for one in batch if one.key not in answers]
    if left and not _handed_over(store, runs, channel, left, now):
        return 0
    return len(batch)


def _leased(
    connection: Connection, runs: Mapping[int, Running], channel: str, now: datetime
) -> list[Message]:
    off = switched_off(connection)
    if "all" in off or f"channel/{channel}" in off:
        return []
    open_ = {
        id_: run for id_, run in runs.items() if run.state == "running" and f"campaign/{run.name}" not in off
    }
    row = OutboxRow
    rows = connection.execute(
        select(row.__table__)
        .where(
            row.state == "queued",
            row.channel == channel,
            row.not_before <= now,
            row.expires_at > now,
            row.campaign_id.in_(list(open_)),
        )
        .order_by(row.not_before)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for gone in (one for one in rows if one.revision in open_[one.campaign_id].recalled):
        answer = Answer(gone.key, Outcome.REFUSED, "recalled", f"version {gone.revision} of the campaign")
        record(connection, runs, [answer], now)
    kept = [one for one in rows if one.revision not in open_[one.campaign_id].recalled]
    # It was queued by day, and would leave by night: after a deferral, or a while in which the worker stood still.
    asleep = {one.id: opens for one in kept if (opens := _opens(open_[one.campaign_id], one, now)) > now}
    update_rows(connection, OutboxRow, [{"id": id_, "not_before": opens} for id_, opens in asleep.items()])
    kept = [one for one in kept if one.id not in asleep]
    update_rows(
        connection,
        OutboxRow,
        [{"id": one.id, "state": "sending", "leased_until": now + LEASE, "code": ""} for one in kept],
    )
    return [message(one, open_[one.campaign_id].name) for one in kept]


def _opens(run: Running, row: Any, now: datetime) -> datetime:
    """When the quiet hours of a message's campaign end; now, where it is not quiet."""
    campaign = run.versions[row.revision]
    return next_open(now, campaign.quiet, campaign.timezone)


def _forbidden(
    connection: Connection, batch: Sequence[Message], permits: Sequence[Permit], now: datetime
) -> Iterable[tuple[str, Answer]]:
    left = list(batch)
    for permit in permits if batch else ():
        found = permit(connection, left, now)
        yield from found.items()
        left = [one for one in left if one.key not in found]


def _handed_over(
    store: Store, runs: Mapping[int, Running], channel: PushChannel, batch: Sequence[Message], now: datetime
) -> bool:
    """Part by part: answers are written as they come; what has none when the channel is done is unclear.

    Where a channel is down, its campaigns tell why, and the rest waits, too. Returns whether it goes on.
    """
    for begin in range(0, len(batch), _TOGETHER):
        part = _still_ours(store, batch[begin : begin + _TOGETHER], now)
        waiting = {one.key for one in part}
        told: list[Answer] = []
        try:
            for answer in channel.send(part, now):
                waiting.discard(answer.key)
                told.append(answer)
        finally:
            # Also when the channel broke down: what was answered is known, the rest stays leased.
            _write(store, runs, told, now)
        lost = Outcome.DEFERRED if channel.is_idempotent else Outcome.UNCLEAR
        _write(
            store, runs, [Answer(key, lost, "no answer", f"channel/{channel.name}") for key in waiting], now
        )
        if told and all(one.outcome == Outcome.DEFERRED and one.is_down for one in told):
            _stuck(store, runs, channel.name, (told[-1], batch[begin + _TOGETHER :]), now)
            return False
    return True


def _stuck(
    store: Store,
    runs: Mapping[int, Running],
    channel: str,
    left: tuple[Answer, Sequence[Message]],
    now: datetime,
) -> None:
    """Tell in which words the channel puts messages off, and put the others of the batch off as long."""
    why, rest = left
    retry = why.retry_at or now + _FIRST_RETRY
    told = f"channel/{channel}: {' '.join(filter(None, (why.code, why.diagnostic)))}"
    with store.change() as connection:
        keys = [one.key for one in rest]
        connection.execute(
            update(OutboxRow)
            .where(
                among(OutboxRow.key, keys),
                OutboxRow.state == "sending",
                OutboxRow.leased_until == now + LEASE,
            )
            .values(state="queued", not_before=retry, leased_until=None)
        )
    for run in runs.values():
        if channel in run.now.channels:
            note_error(store, run.name, told, now)


def _still_ours(store: Store, part: Sequence[Message], now: datetime) -> list[Message]:
    """Mark messages as handed over; those whose lease ended meanwhile are another worker's by now."""
    row = OutboxRow
    with store.change() as connection:
        ours = connection.scalars(
            update(row)
            .where(
                among(row.key, [one.key for one in part]),
                row.state == "sending",
                row.code != _HANDED,
                row.leased_until == now + LEASE,
            )
            .values(code=_HANDED)
            .returning(row.key)
        ).all()
    kept = set(ours)
    return [one for one in part if one.key in kept]


def _write(store: Store, runs: Mapping[int, Running], answers: Sequence[Answer], now: datetime) -> None:
    if answers:
        with store.change() as connection:
            record(connection, runs, answers, now)


_STATES = {Outcome.ACCEPTED: "sent", Outcome.REFUSED: "refused", Outcome.UNCLEAR: "unclear"}


def record(
    connection: Connection, runs: Mapping[int, Running], answers: Iterable[Answer], now: datetime
) -> None:
    """Write what became of messages, and let their people walk on: after a failure on its own way."""
    by_key = {one.key: one for one in answers}
    if not by_key:
        return
    row = OutboxRow
    rows = connection.execute(
        select(
            row.id, row.key, row.journey_id, row.campaign_id, row.attempts, row.expires_at, row.product_id,
            row.contact_cents, row.step, row.revision, row.state,
        ).where(among(row.key, by_key))
    ).all()  # fmt: skip
    settled, later, ways = [], [], {}
    for one in rows:
        answer = by_key[one.key]
        if one.state not in ("queued", "sending", "unclear"):
            continue
        if answer.outcome == Outcome.DEFERRED:
            later.append(_retry(one, answer, now))
            continue
        settled.append(
            {
                "id": one.id,
                "state": _STATES[answer.outcome],
                "happened_at": None if answer.outcome == Outcome.REFUSED else now,
                "leased_until": None,
                "code": answer.code[:200],
                "diagnostic": answer.diagnostic[:2000],
            }
        )
        ways[one.journey_id] = (one, "failed" if answer.outcome == Outcome.REFUSED else "then", answer.code)
    update_rows(connection, OutboxRow, settled)
    update_rows(connection, OutboxRow, later)
    give_back(connection, runs, [one for one, way, _ in ways.values() if way == "failed"])
    walk_on(connection, runs, ways, now)


def _retry(one: Any, answer: Answer, now: datetime) -> dict[str, Any]:
    wait = min(_FIRST_RETRY * 2 ** min(one.attempts, 10), _LONGEST_RETRY)
    return {
        "id": one.id,
        "state": "queued",
        "not_before": max(now, answer.retry_at or now + wait),
        "leased_until": None,
        "attempts": one.attempts + 1,
        "code": answer.code[:200],
        "diagnostic": answer.diagnostic[:2000],
    }


def walk_on(
    connection: Connection,
    runs: Mapping[int, Running],
    ways: Mapping[int, tuple[Any, str, str]],
    now: datetime,
) -> None:
    """People whose message was answered go on: journey -> (row of the outbox, way, why)."""
    row = JourneyRow
    found = connection.execute(
        select(
            row.id, row.campaign_id, row.revision, row.customer_id, row.is_held_out, row.step, row.visit,
            row.step_since, row.given, row.best_hour, row.variant, row.entered_at,
        ).where(among(row.id, ways), row.state == "sending")
    ).all()  # fmt: skip
    by_version: dict[tuple[int, int], list[Traveller]] = {}
    for one in found:
        sent, way, code = ways[one.id]
        if sent.step != one.step or one.campaign_id not in runs:
            continue
        campaign = runs[one.campaign_id].versions[one.revision]
        who = Traveller(
            one.id, one.customer_id, one.is_held_out, one.step, one.visit, one.step_since,
            reason=code if way == "failed" else "", given=facts_of(one.given), best_hour=one.best_hour,
            variant=one.variant, entered_at=one.entered_at,
        )  # fmt: skip
        go(campaign, who, way if way in campaign.steps[one.step].ways else "then", now)
        by_version.setdefault((one.campaign_id, one.revision), []).append(who)
    for (campaign_id, revision), people in by_version.items():
        run = runs[campaign_id]
        store_people(connection, run.versions[revision], run, people, now)


def give_back(connection: Connection, runs: Mapping[int, Running], rows: Iterable[Any]) -> None:
    """Budget and stock of messages that did not become contacts are free again."""
    back: dict[str, float] = {}
    for one in rows:
        for name, amount in used_by(runs, one).items():
            back[name] = back.get(name, 0.0) + amount
    for name in sorted(back):
        connection.execute(
            update(AllowanceRow).where(AllowanceRow.name == name).values(used=AllowanceRow.used - back[name])
        )


def used_by(runs: Mapping[int, Running], one: Any) -> dict[str, float]:
    """What a message holds of its campaign's allowances: allowance -> how much."""
    if one.campaign_id not in runs:
        return {}
    campaign: Campaign = runs[one.campaign_id].versions[one.revision]
    held = {}
    if campaign.budget_cents is not None:
        held[budget_of(campaign)] = one.contact_cents
    if one.product_id in campaign.stock:
        held[stock_of(campaign, one.product_id)] = 1.0
    return held


def sweep(store: Store, runs: Mapping[int, Running], ways: Ways, now: datetime) -> int:
    """Close what nobody closed: what a channel may have got becomes unclear, what has expired does not leave."""
    row = OutboxRow
    with store.change() as connection:
        lost = connection.execute(
            select(row.key, row.channel, row.code)
            .where(row.state == "sending", row.leased_until < now, row.campaign_id.in_(list(runs)))
            .limit(2 * BATCH)
        ).all()
        answers = [
            Answer(key, _after_lease(channel, code, ways), "lease ended", f"channel/{channel}")
            for key, channel, code in lost
        ]
        record(connection, runs, answers, now)
        old = connection.execute(
            select(
                row.id,
                row.journey_id,
                row.campaign_id,
                row.revision,
                row.step,
                row.product_id,
                row.contact_cents,
            )
            .where(
                row.state.in_(("queued", "reserved", "given")),
                row.expires_at <= now,
                row.campaign_id.in_(list(runs)),
            )
            .limit(2 * BATCH)
        ).all()
        expired = [{"id": one.id, "state": "expired", "code": "expired", "leased_until": None} for one in old]
        update_rows(connection, OutboxRow, expired)
        give_back(connection, runs, old)
        walk_on(connection, runs, {one.journey_id: (one, "failed", "expired") for one in old}, now)
    return len(lost) + len(old)


def _after_lease(channel: str, code: str | None, ways: Ways) -> Outcome:
    """What never came to its channel is sent again; of what did, only where sending twice does no harm."""
    known = ways.pushed.get(channel)
    again = code != _HANDED or (known is not None and known.is_idempotent)
    return Outcome.DEFERRED if again else Outcome.UNCLEAR


def waiting_channels(connection: Connection, now: datetime) -> list[str]:
    """The channels in whose queues something may leave now."""
    row = OutboxRow
    return [
        name
        for name in PUSHED
        if connection.execute(
            select(row.id).where(row.state == "queued", row.channel == name, row.not_before <= now).limit(1)
        ).first()
    ]
