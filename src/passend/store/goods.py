"""What is true of a product now, what it cost before, and codes that one person each may use."""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row


class GoodRow(Row):
    """A product as it is now: price, stock (none where it is not counted), and whether it is sold."""

    __tablename__ = "goods"

    product_id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, default="")
    price_cents: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text, default="")
    stock: Mapped[int | None]
    is_sold: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime] = mapped_column(Moment)


class PriceRow(Row):
    """A price from a moment on, as it was asked of everybody; the lowest of 30 days is read from these."""

    __tablename__ = "prices"

    product_id: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(Text, default="")


class CouponRow(Row):
    """A code that works once: in its pool until a message takes it, then that message's for ever."""

    __tablename__ = "coupons"
    __table_args__ = (
        Index(
            "ix_coupons_free",
            "pool",
            "code",
            sqlite_where=text("outbox_key is null"),
            postgresql_where=text("outbox_key is null"),
        ),
        Index("ix_coupons_outbox", "outbox_key"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    pool: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    outbox_key: Mapped[str | None] = mapped_column(Text)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
