"""Who may be contacted, and how it is known: words that are only ever added, the texts agreed to, and refusals kept."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row, WholeKey


class ConsentRow(Row):
    """One word of one person on one channel. Rows are added and never changed; the latest word counts.

    ``address`` is set where the word was given under an e-mail address or phone number, ``customer_id`` where under a
    customer's number. ``topic`` is empty for all advertising. ``gap_days`` is how rarely the person wants to hear.
    ``batch`` is the number of the batch by which the row went over to the contract table ``consents``.
    """

    __tablename__ = "consent_words"
    __table_args__ = (
        Index("ix_consent_words_customer", "customer_id"),
        Index("ix_consent_words_address", "address"),
        Index(
            "ix_consent_words_unbridged",
            "id",
            sqlite_where=text("batch is null"),
            postgresql_where=text("batch is null"),
        ),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    customer_id: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text, default="")
    is_given: Mapped[bool]
    basis: Mapped[str] = mapped_column(Text, default="")
    gap_days: Mapped[int | None]
    said_at: Mapped[datetime] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    source: Mapped[str] = mapped_column(Text)
    text_version: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")
    batch: Mapped[int | None] = mapped_column(BigInteger)


class ConsentTextRow(Row):
    """A text that people agreed to, word for word; ``version`` is its fingerprint."""

    __tablename__ = "consent_texts"

    version: Mapped[str] = mapped_column(Text, primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[datetime] = mapped_column(Moment)


class SuppressionRow(Row):
    """An address that gets no advertising, whatever its owner's words: it bounced, complained, or was erased.

    ``mark`` is the address under the workspace's salt and stays when the address is erased. Order confirmations and
    passwords are none of passend's business and still go out.
    """

    __tablename__ = "suppressions"
    __table_args__ = (Index("ix_suppressions_mark", "mark"),)

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    mark: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Moment)
    source: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="")
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    lifted_by: Mapped[str] = mapped_column(Text, default="")


class OptInRow(Row):
    """A request to be written to that waits for its confirmation; the token itself is in the mail alone."""

    __tablename__ = "opt_ins"
    __table_args__ = (Index("ix_opt_ins_address", "address", "asked_at"),)

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    token: Mapped[str] = mapped_column(Text, unique=True)
    address: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    topics: Mapped[str] = mapped_column(Text, default="[]")
    language: Mapped[str] = mapped_column(Text)
    text_version: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    mailed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)


class FormerToolRow(Row):
    """A mail tool that the firm used before: no advertising leaves until its refusals are imported."""

    __tablename__ = "former_tools"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    told_at: Mapped[datetime] = mapped_column(Moment)
    told_by: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[datetime | None] = mapped_column(Moment)
    file: Mapped[str] = mapped_column(Text, default="")
