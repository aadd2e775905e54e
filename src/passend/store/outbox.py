"""The outbox: every message to a person, pushed or waiting to be shown, with all that became of it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row, WholeKey


def _partial(name: str, *columns: str, only: str) -> Index:
    """An index of the few rows that are asked for all the time."""
    return Index(name, *columns, sqlite_where=text(only), postgresql_where=text(only))


class OutboxRow(Row):
    """One message to one person at one step. ``key`` makes it unique: a step is never carried out twice.

    ``state``:
        queued (to be pushed, also after a deferral), sending (handed to the channel, no answer recorded yet),
        sent, refused, expired, cancelled, unclear (may have arrived; never sent again by itself),
        reserved (waits for the person to appear), given (handed out, not yet seen), shown,
        ghost (the would-be contact of a held-out person; nothing leaves).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        _partial("ix_outbox_queue", "channel", "not_before", only="state = 'queued'"),
        _partial("ix_outbox_sending", "leased_until", only="state = 'sending'"),
        _partial("ix_outbox_pull", "channel", "customer_id", only="state in ('reserved', 'given')"),
        _partial("ix_outbox_expiry", "expires_at", only="state in ('queued', 'reserved', 'given')"),
        _partial(
            "ix_outbox_unbridged",
            "id",
            only="batch is null and state in ('sent', 'shown', 'unclear', 'ghost')",
        ),
        Index("ix_outbox_customer", "customer_id", "queued_at"),
        Index("ix_outbox_journey", "journey_id"),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    journey_id: Mapped[int] = mapped_column(BigInteger)
    campaign_id: Mapped[int]
    revision: Mapped[int]
    customer_id: Mapped[str] = mapped_column(Text)
    is_held_out: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text, default="")
    variant: Mapped[str] = mapped_column(Text, default="")
    probability: Mapped[float | None]
    product_id: Mapped[str | None] = mapped_column(Text)
    discount_share: Mapped[float] = mapped_column(default=0.0)
    value_cents: Mapped[float | None]
    contact_cents: Mapped[float] = mapped_column(default=0.0)
    content: Mapped[str] = mapped_column(Text, default="{}")
    state: Mapped[str] = mapped_column(Text)
    queued_at: Mapped[datetime] = mapped_column(Moment)
    not_before: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    leased_until: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    happened_at: Mapped[datetime | None] = mapped_column(Moment)
    code: Mapped[str] = mapped_column(Text, default="")
    diagnostic: Mapped[str] = mapped_column(Text, default="")
    batch: Mapped[int | None] = mapped_column(BigInteger)


class ResponseRow(Row):
    """What a person (or a machine, ``is_human`` false) did with a message.

    ``kind``: open, click, accept, decline, later, reply, unsubscribe, complaint, bounce.
    """

    __tablename__ = "responses"
    __table_args__ = (
        Index("ix_responses_outbox", "outbox_id"),
        _partial("ix_responses_unbridged", "id", only="batch is null"),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    outbox_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    is_human: Mapped[bool] = mapped_column(default=True)
    happened_at: Mapped[datetime] = mapped_column(Moment)
    details: Mapped[str] = mapped_column(Text, default="")
    batch: Mapped[int | None] = mapped_column(BigInteger)


class AllowanceRow(Row):
    """What may be used up in all: a budget in cents, pieces in stock, contacts of a desk on a day.

    A step takes its part in its own transaction; what is not used in the end is given back.
    """

    __tablename__ = "allowances"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    capacity: Mapped[float]
    used: Mapped[float] = mapped_column(default=0.0)
