"""The campaigns that the store knows, with their published versions read once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select, update

from passend.campaigns import Campaign, parse_campaign
from passend.errors import StoreError
from passend.store import Store
from passend.store.campaigns import CampaignRow, RevisionRow, SwitchRow


@lru_cache(maxsize=512)
def read_once(text: str, source: str) -> Campaign:
    """A published version; it never changes, so it is read once in a process."""
    return parse_campaign(text, source)


@dataclass(frozen=True)
class Running:
    """A campaign with its versions.

    Attributes:
        id: in the store.
        name: of the campaign.
        state: draft, running, paused, cancelled or ended.
        live: number of the version in force.
        versions: number -> version.
        recalled: versions whose texts must never leave again.
    """

    id: int
    name: str
    state: str
    live: int
    versions: Mapping[int, Campaign] = field(default_factory=dict)
    recalled: frozenset[int] = frozenset()

    @property
    def now(self) -> Campaign:
        """The version in force."""
        return self.versions[self.live]


def running(connection: Connection, states: Iterable[str] = ("running",)) -> list[Running]:
    """The published campaigns in these states."""
    campaigns = connection.execute(
        select(CampaignRow.id, CampaignRow.name, CampaignRow.state, CampaignRow.live_revision)
        .where(CampaignRow.state.in_(list(states)), CampaignRow.live_revision.is_not(None))
        .order_by(CampaignRow.id)
    ).all()
    made = []
    for id_, name, state, live in campaigns:
        rows = connection.execute(
            select(RevisionRow.number, RevisionRow.written, RevisionRow.is_recalled).where(
                RevisionRow.campaign_id == id_
            )
        ).all()
        versions = {number: read_once(text, f"{name} (version {number})") for number, text, _ in rows}
        made.append(
            Running(id_, name, state, int(live or 0), versions, frozenset(n for n, _, gone in rows if gone))
        )
    return made


def found(connection: Connection, name: str) -> Any:
    """The row of a campaign.

    Raises:
        StoreError: there is none of that name.
    """
    row = connection.execute(select(CampaignRow.__table__).where(CampaignRow.name == name)).first()
    if row is None:
        known = connection.execute(select(CampaignRow.name).order_by(CampaignRow.name)).scalars().all()
        remedy = f"There are: {', '.join(known)}." if known else "Write one: passend campaigns new NAME"
        raise StoreError(f"There is no campaign '{name}'.", remedy=remedy)
    return row


def switched_off(connection: Connection) -> dict[str, str]:
    """What must not send now: ``all``, ``channel/...`` or ``campaign/...``, each with who switched it off and why."""
    rows = connection.execute(
        select(SwitchRow.name, SwitchRow.who, SwitchRow.reason).where(SwitchRow.is_off)
    ).all()
    return {name: f"{who}: {reason}" if reason else who for name, who, reason in rows}


def facts_of(text: str) -> dict[str, Any]:
    """Facts as they are kept in a column of text."""
    read: dict[str, Any] = json.loads(text) if text and text != "{}" else {}
    return read


def note_error(store: Store, name: str, told: str, now: datetime) -> None:
    """Keep the last error of a campaign, where everybody sees it."""
    with store.change() as connection:
        connection.execute(
            update(CampaignRow)
            .where(CampaignRow.name == name)
            .values(last_error=told[:2000], last_error_at=now)
        )
