"""People enter a campaign: once, under its limits, with hold-out and variant drawn for good."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, func, select

from passend.campaigns import Campaign
from passend.campaigns.draws import drawn
from passend.campaigns.walk import due
from passend.flow.campaigns.adapting import chances_now
from passend.flow.campaigns.advancing import BUCKETS
from passend.flow.campaigns.running import Running
from passend.kernels.holdout import is_held_out
from passend.store.batches import among, insert_rows
from passend.store.campaigns import JourneyRow
from passend.store.live import OfferRow, PersonRow
from passend.store.marks import mark

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Entrant:
    """One person who may enter.

    Attributes:
        customer_id: who.
        key: the order that let them in, where entry is keyed by orders.
        given: what let them in, such as the product.
        starts_at: the journey begins then, or now if that is past.
    """

    customer_id: str
    key: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    starts_at: datetime = datetime.min


@dataclass(frozen=True)
class HoldOut:
    """The firm's own hold-out, the same as the plan's.

    Attributes:
        salt: of the setting ``decisions.salt``.
        share: of the setting ``decisions.holdout_share``.
    """

    salt: str = "passend"
    share: float = 0.1

    def of(self, customer_id: str, campaign: Campaign) -> bool:
        """Whether a customer is kept without offers, by the firm or in this campaign."""
        return bool(self.held_by(customer_id, campaign))

    def held_by(self, customer_id: str, campaign: Campaign) -> str:
        """Which hold-out keeps a customer without offers: ``programme``, ``campaign``, or none."""
        if is_held_out(customer_id, self.salt, self.share):
            return "programme"
        own = is_held_out(customer_id, f"{self.salt}/{campaign.name}", campaign.holdout_share)
        return "campaign" if own else ""

    def chance(self, campaign: Campaign) -> float:
        """The chance of a customer to be kept by neither."""
        return (1 - self.share) * (1 - campaign.holdout_share)


def bucket_of(customer_id: str) -> int:
    """The bucket of a customer, always the same."""
    return crc32(customer_id.encode()) % BUCKETS


def enter(
    connection: Connection, run: Running, people: Sequence[Entrant], hold_out: HoldOut, now: datetime
) -> int:
    """Let people enter, in the given order, as far as the campaign's limits go; returns how many did.

    Who is under way, or was in it before and may not enter again, is left out.
    """
    campaign = run.now
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return 0
    fresh = _fresh(connection, run, people, now)[: _places(connection, run, now)]
    if not fresh:
        return 0
    known = _known(connection, fresh)
    worth = _worth(connection, campaign, fresh)
    first, chances = campaign.steps[campaign.first], chances_now(connection, run)
    rows = []
    for one in fresh:
        variant, chance = variant_of(campaign, chances, one.customer_id, one.key)
        held_by = hold_out.held_by(one.customer_id, campaign)
        hour = known.get(one.customer_id)
        rows.append(
            {
                "campaign_id": run.id,
                "revision": run.live,
                "customer_id": one.customer_id,
                "bucket": bucket_of(one.customer_id),
                "entry_key": _key(campaign, one, now),
                "is_held_out": bool(held_by),
                "held_by": held_by,
                "treat_chance": hold_out.chance(campaign),
                "variant": variant,
                "variant_chance": chance,
                "step": campaign.first,
                "visit": 0,
                "state": "waiting",
                "reason": "",
                "due_at": due(
                    first, max(now, one.starts_at, campaign.starts_at or now), hour, campaign.timezone
                ),
                "wants_contact": first.is_contact,
                "value_cents": worth.get(one.customer_id, 0.0),
                "best_hour": hour,
                "entered_at": now,
                "step_since": now,
                "given": json.dumps(dict(one.given), ensure_ascii=False, default=str) if one.given else "{}",
            }
        )
    return insert_rows(connection, JourneyRow, rows)


def _key(campaign: Campaign, one: Entrant, now: datetime) -> str:
    if campaign.caps.keyed_by == "order":
        return one.key
    return f"{now:%Y-%m-%d %H:%M:%S}" if campaign.caps.again_after else ""


def _fresh(connection: Connection, run: Running, people: Sequence[Entrant], now: datetime) -> list[Entrant]:
    """Those who may enter now, each once."""
    caps, row = run.now.caps, JourneyRow
    once = {(one.customer_id, one.key if caps.keyed_by == "order" else ""): one for one in people}
    before: dict[tuple[str, str], tuple[str, datetime]] = {}
    for customer, key, state, at in connection.execute(
        select(row.customer_id, row.entry_key, row.state, row.entered_at)
        .where(row.campaign_id == run.id, among(row.customer_id, [one.customer_id for one in people]))
        .order_by(row.entered_at)
    ).all():
        before[customer, key if caps.keyed_by == "order" else ""] = (state, at)
    return [
        one
        for known, one in once.items()
        if known not in before or _may_again(before[known], caps.again_after, now)
    ]


def _may_again(last: tuple[str, datetime], again_after: timedelta | None, now: datetime) -> bool:
    state, at = last
    return state in ("done", "left") and again_after is not None and at + again_after <= now


def _places(connection: Connection, run: Running, now: datetime) -> int:
    """How many may still enter."""
    caps, row = run.now.caps, JourneyRow
    places = 10**9
    if caps.entries_a_day is not None:
        entered = select(func.count()).where(row.campaign_id == run.id, row.entered_at > now - _DAY)
        places = min(places, caps.entries_a_day - int(connection.execute(entered).scalar_one()))
    if caps.at_once is not None:
        under_way = select(func.count()).where(
            row.campaign_id == run.id, row.state.in_(("waiting", "sending"))
        )
        places = min(places, caps.at_once - int(connection.execute(under_way).scalar_one()))
    return max(0, places)


def _known(connection: Connection, people: Sequence[Entrant]) -> dict[str, int | None]:
    rows = connection.execute(
        select(PersonRow.customer_id, PersonRow.best_hour).where(
            PersonRow.version == mark(connection, "people"),
            among(PersonRow.customer_id, [one.customer_id for one in people]),
        )
    ).all()
    return {customer: hour for customer, hour in rows}  # noqa: C416 - rows are no pairs to the type checker


def _worth(connection: Connection, campaign: Campaign, people: Sequence[Entrant]) -> dict[str, float]:
    """What the plan's best offer on one of the campaign's channels is worth: rivals are compared by it."""
    row = OfferRow
    rows = connection.execute(
        select(row.customer_id, row.product_id, row.value_cents).where(
            row.version == mark(connection, "offers"),
            among(row.customer_id, [one.customer_id for one in people]),
            row.channel.in_(list(campaign.channels)),
        )
    ).all()
    made: dict[str, float] = {}
    for customer, product, value in rows:
        if not campaign.products or product in campaign.products:
            made[customer] = max(made.get(customer, float("-inf")), value or 0.0)
    return made


def variant_of(
    campaign: Campaign, chances: Mapping[str, float], customer_id: str, key: str = ""
) -> tuple[str, float]:
    """The variant of a person, and the chance with which it was drawn; at the same chances always the same one.

    Args:
        campaign: with variants, or without.
        chances: of its variants now.
        customer_id: who.
        key: the order that let them in, where entry is keyed by orders.
    """
    if not chances:
        return "", 1.0
    name = drawn(chances, campaign.name, "variant", customer_id, key)
    return name, chances[name]
