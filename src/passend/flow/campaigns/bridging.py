"""What campaigns learned goes over to the contract table ``contacts``, in numbered batches, each exactly once.

Contacts have stable numbers, so a batch that is written again after a crash changes nothing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from passend.flow.numbered_batches import Bridge, carry
from passend.store import Store
from passend.store.campaigns import CampaignRow
from passend.store.outbox import OutboxRow, ResponseRow
from passend.workspace import Workspace

#: Messages that were contacts, or would have been.
CONTACTS = ("sent", "shown", "unclear", "ghost")
_MOST = 100_000
#: Of several reactions the weightiest is the contact's outcome.
_WEIGHT = ("open", "click", "reply", "later", "decline", "accept", "unsubscribe", "complaint")


def bridge(store: Store, workspace: Workspace, now: datetime) -> int:
    """Carry over what is new; returns the number of contacts that were new or have a new outcome.

    Raises:
        WorkspaceError: another process is changing the workspace; nothing is lost, the batch is carried over later.
    """
    return carry(_BRIDGE, store, workspace, now)


def _number(connection: Connection, number: int) -> int:
    """Contacts that were made and reactions that came since the last batch."""
    fresh = (
        select(OutboxRow.id)
        .where(OutboxRow.batch.is_(None), OutboxRow.state.in_(CONTACTS))
        .order_by(OutboxRow.id)
        .limit(_MOST)
    )
    answers = select(ResponseRow.id).where(ResponseRow.batch.is_(None)).order_by(ResponseRow.id).limit(_MOST)
    found = connection.execute(update(OutboxRow).where(OutboxRow.id.in_(fresh)).values(batch=number)).rowcount
    found += connection.execute(
        update(ResponseRow).where(ResponseRow.id.in_(answers)).values(batch=number)
    ).rowcount
    return found


def _contacts(connection: Connection, number: int) -> list[dict[str, Any]]:
    """The contacts of a batch, each with the weightiest reaction so far: its own, and those that got new reactions."""
    answered = select(ResponseRow.outbox_id).where(ResponseRow.batch == number)
    row = OutboxRow
    rows = connection.execute(
        select(row.__table__, CampaignRow.name)
        .join(CampaignRow, CampaignRow.id == row.campaign_id)
        .where(or_(row.batch == number, row.id.in_(answered)), row.state.in_(CONTACTS))
        .order_by(row.id)
    ).all()
    reactions: dict[int, str] = {}
    ids = select(row.id).where(or_(row.batch == number, row.id.in_(answered)))
    for outbox_id, kind in connection.execute(
        select(ResponseRow.outbox_id, ResponseRow.kind).where(
            ResponseRow.outbox_id.in_(ids), ResponseRow.is_human, ResponseRow.kind.in_(_WEIGHT)
        )
    ).all():
        reactions[outbox_id] = max(reactions.get(outbox_id, kind), kind, key=_WEIGHT.index)
    return [_contact(one, reactions.get(one.id, "none")) for one in rows]


def _contact(row: Any, reaction: str) -> dict[str, Any]:
    """One row of the contract table; an audience or a reply has no outcome of its own there."""
    outcome = {"reply": "click", "later": "none"}.get(reaction, reaction)
    return {
        "contact_id": f"passend-{row.key}",
        "customer_id": row.customer_id,
        "happened_at": row.happened_at,
        "direction": "out",
        "channel": row.channel,
        "purpose": "offer" if row.product_id else "news",
        "product_id": row.product_id,
        "campaign": row.name,
        "variant": row.variant or None,
        "discount_share": row.discount_share,
        "probability": row.probability,
        "outcome": "held-out" if row.state == "ghost" else outcome,
        "satisfaction": None,
        "minutes": None,
        "cost_cents": 0 if row.state == "ghost" else round(row.contact_cents),
        "currency": None,
    }


_BRIDGE = Bridge("contacts", "contacts of campaigns", "bridge", "bridged", _number, _contacts)
