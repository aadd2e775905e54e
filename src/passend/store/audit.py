"""Who changed what: the audit log. Each use case that changes something writes one row, in its own transaction."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row


class AuditRow(Row):
    """One change: who made it, when, to what, and what it was."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    who: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, index=True)
    details: Mapped[str] = mapped_column(Text, default="{}")


def written(
    connection: Connection,
    at: datetime,
    who: str,
    what: str,
    subject: str,
    *,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write a change to the audit log, in the transaction of the change.

    Args:
        connection: of that transaction.
        at: when.
        who: a person's name, or the part of passend that acted by itself (``worker``, ``guard``).
        what: a verb, such as ``approved``.
        subject: what was changed, such as ``campaign/spring``.
        details: before and after, or the reason.
    """
    told = json.dumps(details or {}, ensure_ascii=False, default=str)
    connection.execute(insert(AuditRow).values(at=at, who=who, what=what, subject=subject, details=told))


def last_details(connection: Connection, subject: str) -> dict[str, Any]:
    """The details of the last change of something; none where nobody changed it."""
    asked = select(AuditRow.details).where(AuditRow.subject == subject).order_by(AuditRow.id.desc()).limit(1)
    found: dict[str, Any] = json.loads(connection.execute(asked).scalar() or "{}")
    return found
