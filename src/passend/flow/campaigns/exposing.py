"""Who entered a campaign, in which arm, goes over to the contract table ``exposures``: what results compare.

A customer counts from the entry on, contacted or not, so that nobody is chosen by what came of it. A phase begins where
a published version changes what people get, or who gets it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from passend.campaigns import Campaign
from passend.flow.campaigns.adapting import words_of
from passend.flow.campaigns.bridging import CONTACTS
from passend.flow.campaigns.running import read_once
from passend.flow.numbered_batches import Bridge, carry
from passend.store import Store
from passend.store.batches import among
from passend.store.campaigns import CampaignRow, JourneyRow, RevisionRow
from passend.store.marks import mark, set_mark
from passend.store.outbox import OutboxRow
from passend.workspace import Workspace

_MOST, _TOGETHER = 100_000, 5_000
#: How far contacts were looked at: each was given the number of a batch when it was carried over itself.
_SEEN = "exposed"
#: The same for lists of staff, by the number of the message.
_LISTED_SEEN = "exposed lists"
#: Numbers that are looked at once more: where several write, a lower one may be stored after a higher one.
_OVERLAP = 2_000
#: Channels whose offers stand on a list until staff call or meet the customer.
LISTED = ("desk", "phone")


def expose(store: Store, workspace: Workspace, now: datetime) -> int:
    """Carry over who entered and who was contacted since the last time, after their contacts.

    Returns the number of exposures that are new or have changed.

    Raises:
        WorkspaceError: another process is changing the workspace; nothing is lost, the batch is carried over later.
    """
    with store.change() as connection:
        _again(connection, now)
    return carry(_BRIDGE, store, workspace, now)


def _again(connection: Connection, now: datetime) -> None:
    """Those who have been contacted since then, or came on a list, are carried over once more."""
    seen, row = mark(connection, _SEEN), OutboxRow
    listed = mark(connection, _LISTED_SEEN)
    newest = int(connection.execute(select(func.max(row.id))).scalar() or 0)
    if newest > listed:
        several = connection.dialect.name != "sqlite"  # which has one writer at a time
        since = listed - _OVERLAP if several else listed
        fresh = select(row.journey_id).where(row.id > since, row.id <= newest, row.channel.in_(LISTED))
        connection.execute(update(JourneyRow).where(JourneyRow.id.in_(fresh)).values(batch=None))
        set_mark(connection, _LISTED_SEEN, newest, now)
    latest = int(connection.execute(select(func.max(row.batch))).scalar() or 0)
    if latest > seen:
        contacted = select(row.journey_id).where(row.batch > seen, row.batch <= latest)
        connection.execute(update(JourneyRow).where(JourneyRow.id.in_(contacted)).values(batch=None))
        set_mark(connection, _SEEN, latest, now)


def _number(connection: Connection, number: int) -> int:
    row = JourneyRow
    fresh = select(row.id).where(row.batch.is_(None)).order_by(row.id).limit(_MOST)
    return int(connection.execute(update(row).where(row.id.in_(fresh)).values(batch=number)).rowcount)


def _exposures(connection: Connection, number: int) -> Iterable[Mapping[str, Any]]:
    """The rows of all customers of whom a journey is in the batch; of several journeys in a phase the first counts."""
    row = JourneyRow
    phases = _phases(connection)
    people = connection.execute(
        select(row.campaign_id, row.customer_id).where(row.batch == number).distinct()
    ).all()
    for campaign_id in sorted({one.campaign_id for one in people}):
        name, since = phases[campaign_id]
        customers = sorted(one.customer_id for one in people if one.campaign_id == campaign_id)
        for begin in range(0, len(customers), _TOGETHER):
            yield from _of(connection, campaign_id, customers[begin : begin + _TOGETHER], (name, since))


def _of(
    connection: Connection,
    campaign_id: int,
    customers: Sequence[str],
    named: tuple[str, list[tuple[datetime, int]]],
) -> Iterable[Mapping[str, Any]]:
    row, sent = JourneyRow, OutboxRow
    journeys = connection.execute(
        select(
            row.id,
            row.customer_id,
            row.is_held_out,
            row.held_by,
            row.treat_chance,
            row.entered_at,
            row.variant,
            row.variant_chance,
        )
        .where(row.campaign_id == campaign_id, among(row.customer_id, customers))
        .order_by(row.entered_at, row.id)
    ).all()
    first: dict[int, Any] = {}
    contacts = connection.execute(
        select(
            sent.journey_id, sent.id, sent.happened_at, sent.queued_at, sent.channel, sent.product_id, sent.state
        ).where(
            among(sent.journey_id, [one.id for one in journeys]),
            or_(sent.state.in_(CONTACTS), sent.channel.in_(LISTED)),
        )
    ).all()  # fmt: skip
    for one in sorted(contacts, key=lambda row: (_came(row), row.id)):
        first.setdefault(one.journey_id, one)
    name, since = named
    made: dict[tuple[str, int, bool], dict[str, Any]] = {}
    for journey in journeys:
        phase = max((number for at, number in since if at <= journey.entered_at), default=1)
        contact = first.get(journey.id)
        kept = made.setdefault(
            (journey.customer_id, phase, journey.is_held_out),
            {
                "campaign": name, "phase": phase, "customer_id": journey.customer_id,
                "arm": "held-out" if journey.is_held_out else "treated", "held_by": journey.held_by or None,
                "chance": journey.treat_chance, "eligible_at": journey.entered_at, "exposed_at": None,
                "is_contacted": False, "channel": None, "product_id": None, "variant": journey.variant or None,
                "variant_chance": journey.variant_chance if journey.variant else None, "cluster": None,
            },
        )  # fmt: skip
        if contact is not None and kept["exposed_at"] is None:
            kept |= {
                "exposed_at": _came(contact),
                "is_contacted": contact.state in CONTACTS and contact.state != "ghost",
                "channel": contact.channel,
                "product_id": contact.product_id,
            }
    return made.values()


def _came(contact: Any) -> datetime:
    """When a person came to a contact: on a list of staff from the day on at which they stand there, called or not.

    Those who are held out of a list cannot be seen to be called, so that the arms are alike in this alone.
    """
    at: datetime = contact.queued_at if contact.channel in LISTED else contact.happened_at
    return at


def _phases(connection: Connection) -> dict[int, tuple[str, list[tuple[datetime, int]]]]:
    """Campaign -> its name, and the moments at which its phases began."""
    rows = connection.execute(
        select(
            RevisionRow.campaign_id,
            CampaignRow.name,
            RevisionRow.number,
            RevisionRow.written,
            RevisionRow.published_at,
        )
        .join(CampaignRow, CampaignRow.id == RevisionRow.campaign_id)
        .order_by(RevisionRow.campaign_id, RevisionRow.number)
    ).all()
    made: dict[int, tuple[str, list[tuple[datetime, int]]]] = {}
    before: dict[int, Campaign] = {}
    for one in rows:
        version = read_once(one.written, f"{one.name} (version {one.number})")
        _, since = made.setdefault(one.campaign_id, (one.name, []))
        if not since or _compared(version) != _compared(before[one.campaign_id]):
            since.append((one.published_at, len(since) + 1))
        before[one.campaign_id] = version
    return made


def _compared(version: Campaign) -> tuple[Any, ...]:
    """What makes two versions one comparison: who gets what, with which chance."""
    return version.holdout_share, version.variants, *words_of(version)


_BRIDGE = Bridge(
    "exposures", "exposures of campaigns", "exposures begun", "exposures closed", _number, _exposures
)
