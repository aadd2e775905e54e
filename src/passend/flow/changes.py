"""Who changed what: the audit log, as people look at it."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, select

from passend.flow.campaigns.messages import about
from passend.language import retold, word
from passend.store import Store
from passend.store.audit import AuditRow
from passend.store.batches import among
from passend.store.campaigns import CampaignRow
from passend.store.outbox import OutboxRow

#: How the subject of an answer at the desk begins: the message that was answered.
MESSAGE = "outbox/"
#: What a member of staff noted, as the log says what others did.
_ANSWERED = {
    "accept": "accepted at the desk", "decline": "declined at the desk", "later": "put off at the desk",
}  # fmt: skip


def _answer(said: str) -> str:
    return word(_ANSWERED.get(said, said))


#: Details that are words or sentences of ours.
_SAID: dict[str, Callable[[str], str]] = {
    "role": word, "reason": retold, "channel": word, "was": _answer,
}  # fmt: skip


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
        offered = _offered(connection, [row.subject for row in rows])
    return [
        {
            "at": row.at,
            "who": row.who,
            "what": _ANSWERED.get(row.what, row.what) if row.subject.startswith(MESSAGE) else row.what,
            "subject": offered.get(row.subject) or _about(row.subject),
            "details": _told(row.details),
        }
        for row in rows
    ]


def _offered(connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """What answers at the desk are about: the product and its campaign, and nothing of whom it was offered to."""
    ids = {one.removeprefix(MESSAGE) for one in subjects if one.startswith(MESSAGE)}
    row = OutboxRow
    rows = connection.execute(
        select(row.id, row.product_id, row.content, CampaignRow.name)
        .join(CampaignRow, CampaignRow.id == row.campaign_id)
        .where(among(row.id, sorted(int(one) for one in ids if one.isdecimal())))
    )
    return {f"{MESSAGE}{one.id}": about(one) for one in rows}


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
