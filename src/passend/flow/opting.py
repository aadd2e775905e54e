"""Double opt-in at work: asking, one mail for all that was asked for, and a yes that works once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from passend.campaigns.consent.opt_in import VALID, Asked, next_mail
from passend.channels.links.signing import Signer, seconds
from passend.errors import InvalidInput
from passend.intake.identity import written_alike
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.consents import ConsentTextRow, OptInRow
from passend.store.ledger import Marker, NewWord, add_words


@dataclass(frozen=True)
class Wish:
    """Somebody asks to be written to.

    Attributes:
        address: where to.
        words: the text that was agreed to, word for word.
        source: the form.
        topics: what about; empty for advertising as such.
        customer_id: who, where known.
        language: of text and mail.
        evidence: of who asked, where the firm wants it kept.
    """

    address: str
    words: str
    source: str
    topics: Sequence[str] = ()
    customer_id: str | None = None
    language: str = "de"
    evidence: str = ""


def ask(store: Store, signer: Signer, wish: Wish, now: datetime) -> tuple[str, str]:
    """Note a wish; returns the token for the mail that asks for its confirmation, or why no mail goes out.

    Raises:
        InvalidInput: the text agreed to is missing.
    """
    if not wish.words.strip():
        raise InvalidInput(
            "A consent without its text proves nothing",
            record=wish.source,
            remedy="Give the text of the form.",
        )
    address = written_alike(wish.address)
    with store.change() as connection:
        before = _before(connection, address)
        plan = next_mail(wish.topics, before, now)
        told = {
            "a": address,
            "t": list(plan.topics),
            "l": wish.language,
            "at": seconds(now),
            "n": len(before),
        }
        token = signer.token("opt-in", told)
        version = NewWord("email", True, now, wish.source, words=wish.words).text_version
        text = {"version": version, "words": wish.words, "language": wish.language, "first_used_at": now}
        insert_rows(connection, ConsentTextRow, [text])
        row = {
            "token": _mark(token), "address": address, "customer_id": wish.customer_id,
            "topics": json.dumps(list(plan.topics)), "language": wish.language, "text_version": version,
            "source": wish.source, "evidence": wish.evidence, "asked_at": now, "expires_at": now + VALID,
            "mailed_at": now if plan.mails else None, "confirmed_at": None,
        }  # fmt: skip
        insert_rows(connection, OptInRow, [row])
    return (token, "") if plan.mails else ("", plan.why_not)


def confirmed(connection: Connection, token: str, evidence: str, mark: Marker, now: datetime) -> bool:
    """A press of the button: the yes goes into the ledger, once; returns whether it was the first press."""
    del mark
    row = connection.execute(select(OptInRow.__table__).where(OptInRow.token == _mark(token))).first()
    if row is None or row.expires_at < now:
        return False
    done = connection.execute(
        update(OptInRow)
        .where(OptInRow.id == row.id, OptInRow.confirmed_at.is_(None))
        .values(confirmed_at=now)
    )
    if not done.rowcount:
        return False
    text = connection.execute(
        select(ConsentTextRow).where(ConsentTextRow.version == row.text_version)
    ).first()
    proof = {
        "opt_in": row.id, "asked_at": row.asked_at.isoformat(), "asked_from": row.evidence,
        "confirmed_from": evidence,
    }  # fmt: skip
    topics = json.loads(row.topics) or [""]
    words = [
        NewWord(
            "email", True, now, row.source, row.customer_id, row.address, topic, "double opt-in",
            words=text.words if text is not None else "", language=row.language, evidence=proof,
        )
        for topic in topics
    ]  # fmt: skip
    add_words(connection, words, now)
    return True


def _before(connection: Connection, address: str) -> list[Asked]:
    rows = connection.execute(select(OptInRow.__table__).where(OptInRow.address == address)).all()
    return [
        Asked(row.asked_at, tuple(json.loads(row.topics)), row.mailed_at, row.confirmed_at) for row in rows
    ]


def _mark(token: str) -> str:
    """The store keeps no token that works, only its fingerprint."""
    return hashlib.sha256(token.encode()).hexdigest()
