"""What analytics decided goes over to the campaigns as one version: the plan's offers, and what is known of people."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from passend.errors import WorkspaceError
from passend.flow.treated import carry_treatments
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.live import OfferRow, PersonRow
from passend.store.marks import mark, set_mark
from passend.workspace import Workspace

_BATCH = 5000
#: What a message may need to say of its offer.
OFFER_FACTS = (
    "product_name", "type", "price_cents", "currency", "reason", "legal_basis", "similar_to", "basis",
    "value_low_cents", "value_high_cents",
)  # fmt: skip


def load_plan(store: Store, workspace: Workspace, now: datetime) -> int:
    """Put the offers of the latest plan, and what is known of people, in force; returns the number of offers.

    Campaigns see the old version until the new one is complete, and then the new one. The same plan is loaded once.

    Raises:
        WorkspaceError: there is no plan.
    """
    if not workspace.has("offers"):
        raise WorkspaceError(
            "There is no plan yet.", record=str(workspace.folder), remedy="Make one: passend plan"
        )
    carry_treatments(store, workspace, now)
    stored = workspace.manifest.tables["offers"]
    with store.read() as connection:
        if mark(connection, "plan change") == stored.change:
            return stored.rows
    offers = workspace.read("offers").to_batches()
    fill(store, OfferRow, "offers", (_offer(row) for batch in offers for row in batch.to_pylist()), now)
    if workspace.has("customers"):
        people, hours = workspace.read("customers").to_batches(), _hours(workspace, now)
        rows = (_person(row, hours) for batch in people for row in batch.to_pylist())
        fill(store, PersonRow, "people", rows, now)
    with store.change() as connection:
        set_mark(connection, "plan change", stored.change, now)
    return stored.rows


def _offer(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "customer_id": row["customer_id"],
        "rank": row["rank"],
        "product_id": row["product_id"],
        "channel": row["channel"],
        "place": row["placement"] or "",
        "chosen": row["chosen"],
        "probability": row["probability"],
        "discount_share": row["discount_share"],
        "value_cents": row["value_cents"],
        "contact_cents": row["contact_cents"] or 0.0,
        "facts": json.dumps(
            {name: row[name] for name in OFFER_FACTS if row[name] is not None}, ensure_ascii=False
        ),
    }


def _hours(workspace: Workspace, now: datetime) -> dict[str, int]:
    """Customer -> the hour at which they are usually about, on the firm's clock."""
    if not workspace.has("customer_hours"):
        return {}
    zone = ZoneInfo(workspace.settings.text("intake.timezone"))
    ahead = now.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta(0)
    table = workspace.read("customer_hours")
    return {
        customer: (hour + round(ahead / timedelta(hours=1))) % 24
        for customer, hour in zip(
            table["customer_id"].to_pylist(), table["best_hour"].to_pylist(), strict=True
        )
    }


def _person(row: Mapping[str, Any], hours: Mapping[str, int]) -> dict[str, Any]:
    facts = {name: row[name] for name in ("region", "segment", "phone", "name") if row[name]}
    return {
        "customer_id": row["customer_id"],
        "email": row["email"],
        "language": row["language"],
        "best_hour": hours.get(row["customer_id"]),
        "facts": json.dumps(facts, ensure_ascii=False),
    }


def fill(
    store: Store,
    kind: type[OfferRow] | type[PersonRow],
    name: str,
    rows: Iterable[dict[str, Any]],
    now: datetime,
) -> int:
    """Write a whole new version beside the one in force, put it in force, and delete the old one."""
    with store.read() as connection:
        version = mark(connection, name) + 1
    with store.change() as connection:  # what a broken attempt left behind
        connection.execute(delete(kind).where(kind.version == version))
    count = 0
    for batch in _batches({"version": version, **row} for row in rows):
        with store.change() as connection:
            count += insert_rows(connection, kind, batch)
    with store.change() as connection:
        set_mark(connection, name, version, now)
    with store.change() as connection:
        connection.execute(delete(kind).where(kind.version < version))
    return count


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch
