"""What comes in from outside: keys that open the interface, what shops told, and answers given once."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row, WholeKey


class KeyRow(Row):
    """A key of the interface. The secret itself is told once and kept nowhere; ``fingerprint`` is its SHA-256.

    ``kind``: secret (a server's) or public (stands in a shop's pages, bound to ``origins``). ``scopes`` and ``origins``
    are divided by blanks.
    """

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    scopes: Mapped[str] = mapped_column(Text)
    origins: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class ReceivedRow(Row):
    """One thing that a shop told, for triggers and the contract table ``events``; ``batch`` is by which it went over.

    Rows come in the order of their numbers, one writer at a time, so that whoever goes on from a number misses none.

    ``body`` is what the contract table has beside these columns, as JSON; empty for what it does not keep (orders).
    """

    __tablename__ = "received"
    __table_args__ = (
        Index(
            "ix_received_unbridged",
            "id",
            sqlite_where=text("batch is null"),
            postgresql_where=text("batch is null"),
        ),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    product_id: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime] = mapped_column(Moment)
    batch: Mapped[int | None] = mapped_column(BigInteger)
    order_id: Mapped[str | None] = mapped_column(Text)
    happened_at: Mapped[datetime | None] = mapped_column(Moment)
    details: Mapped[str | None] = mapped_column(Text)


class AnsweredRow(Row):
    """The answer to a call that named itself by an idempotency key; the same call again gets the same answer."""

    __tablename__ = "answered_calls"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    call: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
