"""People walk on: one batch of a campaign in one transaction, with the outbox rows of those who are contacted."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, exists, select, text, update

from passend.campaigns import Campaign
from passend.campaigns.admission import NOTHING_TO_OFFER, Refusal, Wish, admitted
from passend.campaigns.schema import PULLED, PUSHED
from passend.campaigns.walk import Look, Traveller, go, walk
from passend.channels import Outcome
from passend.flow.campaigns.looking import looks, room_for
from passend.flow.campaigns.messages import Permit, message
from passend.flow.campaigns.running import Running, facts_of
from passend.store import Store
from passend.store.batches import add_up, insert_rows, update_rows
from passend.store.campaigns import JourneyRow, TallyRow
from passend.store.outbox import AllowanceRow, OutboxRow

BATCH = 1000
_WRITE = json.JSONEncoder(ensure_ascii=False).encode
BUCKETS = 16
#: Locks of buckets stand in a range of their own among PostgreSQL's advisory locks.
_LOCKS = 7_277_600


def buckets_due(connection: Connection, run: Running, now: datetime) -> list[int]:
    """The buckets of a campaign in which somebody is due; each costs one look into the index."""
    row = JourneyRow
    return [
        bucket
        for bucket in range(BUCKETS)
        if connection.execute(
            select(
                exists().where(
                    row.campaign_id == run.id, row.bucket == bucket, row.state == "waiting", row.due_at <= now
                )
            )
        ).scalar()
    ]


def advance(
    store: Store,
    run: Running,
    bucket: int,
    now: datetime,
    most: int = BATCH,
    *,
    permits: Sequence[Permit] = (),
) -> int:
    """Let one batch of people who are due walk on; returns how many did. All of it is stored, or nothing.

    Args:
        store: of the campaigns.
        run: the campaign.
        bucket: part of the customers. Nobody else works on it meanwhile; where somebody does, nothing is done.
        now: the moment.
        most: people at once.
        permits: asked about the held-out, too, where no plan has asked before: whose message would be forbidden when
            it leaves goes the way of those whose message was.
    """
    with store.change() as connection:
        if not store.is_sqlite and not _locked(connection, bucket):
            return 0
        rows = _due(connection, run, bucket, now, most)
        by_version: dict[int, list[Traveller]] = {}
        for row in rows:
            by_version.setdefault(row.revision, []).append(_traveller(row))
        for version, people in by_version.items():
            _advance(connection, (run, version), people, now, permits)
        return len(rows)


def _locked(connection: Connection, bucket: int) -> bool:
    return bool(
        connection.execute(
            text("select pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCKS + bucket}
        ).scalar()
    )


def _due(connection: Connection, run: Running, bucket: int, now: datetime, most: int) -> Sequence[Any]:
    row = JourneyRow
    statement = (
        select(
            row.id, row.revision, row.customer_id, row.is_held_out, row.step, row.visit, row.step_since, row.due_at,
            row.given, row.best_hour, row.variant, row.entered_at, row.reason,
        )
        .where(row.campaign_id == run.id, row.bucket == bucket, row.state == "waiting", row.due_at <= now)
        .order_by(row.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    return connection.execute(statement).all()


def _traveller(row: Any) -> Traveller:
    return Traveller(
        row.id, row.customer_id, row.is_held_out, row.step, row.visit, row.step_since, row.due_at,
        reason=row.reason, given=facts_of(row.given), best_hour=row.best_hour, variant=row.variant,
        entered_at=row.entered_at,
    )  # fmt: skip


def _advance(
    connection: Connection,
    what: tuple[Running, int],
    people: list[Traveller],
    now: datetime,
    permits: Sequence[Permit],
) -> None:
    run, version = what
    campaign = run.versions[version]
    known = looks(connection, campaign, people, run)
    outbox: list[dict[str, Any]] = []
    said: dict[tuple[str, str], str] = {}
    taken: Counter[str] = Counter()
    walking = people
    while walking:
        for who in walking:
            walk(campaign, who, known[who.id], now)
        wishes = [_wish(campaign, who, known[who.id]) for who in walking if who.state == "contact"]
        if not wishes:
            break
        room = room_for(connection, campaign, wishes, run, now)
        for customer, at in ((row["customer_id"], row["queued_at"]) for row in outbox):
            room.contacts.setdefault(customer, []).insert(0, at)
        granted, turned = admitted(campaign, wishes, room, now)
        messages = [_message(wish, what, now, said) for wish in granted]
        barred = _barred(connection, campaign, list(zip(granted, messages, strict=True)), now, permits)
        outbox += [one for one in messages if one["key"] not in barred]
        taken.update(room.taken)
        for wish, one in zip(granted, messages, strict=True):
            if one["key"] in barred:
                wish.who.reason = barred[one["key"]]
                go(campaign, wish.who, "failed", now)
            else:
                _granted(campaign, wish, now)
        for wish, refusal in turned:
            _turned(campaign, wish, refusal, now)
        _use(connection, room.taken)
        walking = [wish.who for wish in wishes if wish.who.state == "waiting"]
    insert_rows(connection, OutboxRow, outbox)
    store_people(connection, campaign, run, people, now)


def _barred(
    connection: Connection,
    campaign: Campaign,
    wishes: Sequence[tuple[Wish, Mapping[str, Any]]],
    now: datetime,
    permits: Sequence[Permit],
) -> dict[str, str]:
    """Would-be messages to the held-out that would not have left: key -> why.

    The plan offers nothing to people who may not be reached; where the offer is not the plan's, nobody asked yet.
    """
    left = [
        message(SimpleNamespace(**one), campaign.name)
        for wish, one in wishes
        if wish.who.is_held_out and one["channel"] in PUSHED and not wish.step.wants_plan
    ]
    barred: dict[str, str] = {}
    for permit in permits if left else ():
        barred |= {
            key: f"{said.code}: {said.diagnostic}"
            for key, said in permit(connection, left, now).items()
            if said.outcome is Outcome.REFUSED  # what is only put off leaves later
        }
        left = [one for one in left if one.key not in barred]
    return barred


def _wish(campaign: Campaign, who: Traveller, look: Look) -> Wish:
    step = campaign.steps[who.step]
    offer: Mapping[str, Any] | None = who.given.get("offer")
    if offer is None or offer.get("channel", step.channel) != step.channel:
        offer = look.offers.get(step.channel)
    wants = step.content.get("offer") != "none"
    if step.content.get("offer") == "trigger":  # about the product that let them in, whatever the plan says
        product = who.given.get("product_id")
        offer = {"product_id": product} if product else None
    return Wish(who, step, offer if wants else None, wants)


def _granted(campaign: Campaign, wish: Wish, now: datetime) -> None:
    """Those who are contacted wait for what becomes of it; a ghost of a pushed message walks on at once."""
    who = wish.who
    who.reason = ""
    if who.is_held_out and wish.step.channel != "onsite":
        go(campaign, who, "then", now)
    else:
        who.state, who.due_at = "sending", None


def _turned(campaign: Campaign, wish: Wish, refusal: Refusal, now: datetime) -> None:
    who, until = wish.who, wish.who.since + wish.step.expires
    who.reason = f"{refusal.code}: {refusal.record}"
    if refusal.code == NOTHING_TO_OFFER or now >= until:
        go(campaign, who, "failed", now)
    else:
        who.state, who.due_at = "waiting", min(refusal.again_at, until)


def _message(
    wish: Wish, version: tuple[Running, int], now: datetime, said: dict[tuple[str, str], str]
) -> dict[str, Any]:
    """The row of the outbox; ``said`` keeps the words of each step and variant, which are the same for all."""
    run, revision = version
    who, step, offer = wish.who, wish.step, dict(wish.offer or {})
    pulled = step.channel in PULLED
    state = "reserved" if pulled else "queued"
    if who.is_held_out and step.channel != "onsite":
        state = "ghost"  # in the shop the would-be contact is when the customer appears
    if (step.name, who.variant) not in said:
        # Blocks are read from the version when the message leaves; a copy in each row would fill the disk.
        words = {name: value for name, value in step.said(who.variant).items() if name != "blocks"}
        said[step.name, who.variant] = _as_text(words)
    own = {name: offer.pop(name, None) for name in ("product_id", "place", "probability", "value_cents")}
    return {
        "key": f"{run.id}.{who.id}.{who.visit}",
        "journey_id": who.id,
        "campaign_id": run.id,
        "revision": revision,
        "customer_id": who.customer_id,
        "is_held_out": who.is_held_out,
        "step": step.name,
        "channel": step.channel,
        "place": step.place or own["place"] or "",
        "variant": who.variant,
        "probability": own["probability"],
        "product_id": own["product_id"],
        "discount_share": offer.pop("discount_share", 0.0),
        "value_cents": own["value_cents"],
        "contact_cents": offer.pop("contact_cents", 0.0),
        "content": _together(said[step.name, who.variant], offer.pop("facts", "{}"), _as_text(offer)),
        "state": state,
        "queued_at": now,
        "not_before": now,
        "expires_at": now + step.expires,
        "happened_at": now if state == "ghost" else None,
        "attempts": 0,
        "code": "",
        "diagnostic": "",
    }


def _as_text(facts: Mapping[str, Any]) -> str:
    return _WRITE(facts) if facts else "{}"


def _together(*texts: str) -> str:
    """Objects written as JSON, as one; where two name the same, the later one holds for whoever reads it."""
    return "{" + ", ".join(text[1:-1] for text in texts if text != "{}") + "}"


def _use(connection: Connection, taken: Mapping[str, float]) -> None:
    for name in sorted(taken):
        connection.execute(
            update(AllowanceRow).where(AllowanceRow.name == name).values(used=AllowanceRow.used + taken[name])
        )


def store_people(
    connection: Connection, campaign: Campaign, run: Running, people: Sequence[Traveller], now: datetime
) -> None:
    """Write where people stand now, and add to the tallies of the ways they went."""
    rows = [
        {
            "id": who.id,
            "step": who.step,
            "visit": who.visit,
            "state": who.state,
            "reason": who.reason,
            "due_at": who.due_at,
            "step_since": who.since,
            "wants_contact": campaign.steps[who.step].is_contact and who.state == "waiting",
            "ended_at": now if who.state == "done" else None,
            "given": _as_text(who.given),
        }
        for who in people
    ]
    update_rows(connection, JourneyRow, rows)
    ways: Counter[tuple[str, str, bool]] = Counter(
        (step, way, who.is_held_out) for who in people for step, way in who.walked
    )
    add_up(
        connection,
        TallyRow,
        [
            {"campaign_id": run.id, "step": step, "way": way, "is_held_out": held, "people": count}
            for (step, way, held), count in ways.items()
        ],
        "people",
    )
