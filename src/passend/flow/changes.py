"""Who changed what: the audit log, as people look at it."""

import json
from typing import Any

from sqlalchemy import select

from passend.language import retold, word
from passend.store import Store
from passend.store.audit import AuditRow

#: Details that are words or sentences of ours.
_SAID = {"role": word, "reason": retold}


def list_changes(store: Store, most: int, after: int = 0, subject: str = "") -> list[dict[str, Any]]:
    """Changes, the latest first.

    Args:
        store: keeps them.
        most: rows.
        after: rows to leave out before.
        subject: what they are about, or what it begins with; all where it is empty.
    """
    asked = select(AuditRow.__table__).order_by(AuditRow.at.desc(), AuditRow.id.desc())
    if subject:
        asked = asked.where(AuditRow.subject.startswith(subject, autoescape=True))
    with store.read() as connection:
        rows = connection.execute(asked.limit(most).offset(after)).all()
    return [
        {
            "at": row.at,
            "who": row.who,
            "what": row.what,
            "subject": _about(row.subject),
            "details": _told(row.details),
        }
        for row in rows
    ]


def _about(subject: str) -> str:
    """What was changed, as people call it."""
    kind, mark, name = subject.partition("/")
    return f"{word(kind)} {name}" if mark else word(kind)


def _told(details: str) -> str:
    """Details in a line; long ones are cut, they stand whole in the store."""
    found = json.loads(details or "{}")
    known = {name: value for name, value in found.items() if value is not None and value != ""}
    text = ", ".join(f"{word(name)}: {_SAID.get(name, str)(value)}" for name, value in known.items())
    return text if len(text) <= 200 else text[:199] + "…"
