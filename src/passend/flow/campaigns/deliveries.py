"""What mail servers said: how many messages met which answer, and the latest ones word for word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from passend.store import Store
from passend.store.mails import DeliveryRow


@dataclass(frozen=True)
class Answered:
    """An answer of mail servers, and how often it came.

    Attributes:
        outcome: accepted, deferred, refused or unclear.
        code: of the server; 0 where it said none.
        enhanced: RFC 3463 code.
        blame: on whom it failed.
        messages: how many.
        last_at: when it came last.
    """

    outcome: str
    code: int
    enhanced: str
    blame: str
    messages: int
    last_at: datetime


def answers_of(store: Store, campaign: str = "") -> list[Answered]:
    """The answers, the most frequent first; of one campaign, or of all."""
    row = DeliveryRow
    asked = select(row.outcome, row.code, row.enhanced, row.blame, func.count(), func.max(row.at)).group_by(
        row.outcome, row.code, row.enhanced, row.blame
    )
    if campaign:
        asked = asked.where(row.campaign == campaign)
    with store.read() as connection:
        rows = connection.execute(asked).all()
    found = [Answered(*one) for one in rows]
    return sorted(found, key=lambda one: (-one.messages, one.code))


def latest_of(store: Store, campaign: str = "", most: int = 100) -> list[Mapping[str, Any]]:
    """The latest attempts, with address and the server's words."""
    row = DeliveryRow
    asked = select(row.__table__).order_by(row.id.desc()).limit(most)
    if campaign:
        asked = asked.where(row.campaign == campaign)
    with store.read() as connection:
        return [dict(one._mapping) for one in connection.execute(asked)]  # noqa: SLF001 - SQLAlchemy's public name
