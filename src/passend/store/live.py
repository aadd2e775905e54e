"""What analytics decided, as one version, and what happened since: all that campaigns look at while they run."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row, WholeKey


class OfferRow(Row):
    """One offer of the plan to one customer, in the version in force; held-out customers have theirs, too.

    The number of the version in force is the mark ``offers``; rows of other versions are not read.
    """

    __tablename__ = "live_offers"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text, default="")
    chosen: Mapped[bool]
    probability: Mapped[float]
    discount_share: Mapped[float] = mapped_column(default=0.0)
    value_cents: Mapped[float | None]
    contact_cents: Mapped[float] = mapped_column(default=0.0)
    facts: Mapped[str] = mapped_column(Text, default="{}")


class PersonRow(Row):
    """What a campaign must know of a customer while it runs; the mark ``people`` names the version in force."""

    __tablename__ = "live_people"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    best_hour: Mapped[int | None]
    facts: Mapped[str] = mapped_column(Text, default="{}")


class MemberRow(Row):
    """Somebody who was in the audience of an always-on campaign at the last look; who is new at the next has joined."""

    __tablename__ = "audience_members"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)


class TreatmentRow(Row):
    """The people's word on how a customer is treated; the latest counts, and it holds before the next plan does.

    Rows are only added. ``verdict`` is one of ``Verdict``, or ``automatic`` where the word was taken back.
    """

    __tablename__ = "treatments"
    __table_args__ = (Index("ix_treatments_customer", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class InboxRow(Row):
    """Something that happened: an order, a view, a cart left, a product back in stock. Triggers judge each once.

    ``kind``: order, return, search, view, cart, contract, stock, price (taken back by stock gone, price up),
    service solved, complaint, objection; joined and left, with the campaign whose audience it is in ``details``.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index(
            "ix_inbox_unjudged",
            "id",
            sqlite_where=text("not is_judged"),
            postgresql_where=text("not is_judged"),
        ),
        Index("ix_inbox_customer", "customer_id", "happened_at"),
        Index("ix_inbox_product", "product_id", "happened_at"),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    product_id: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    amount: Mapped[float | None]
    details: Mapped[str] = mapped_column(Text, default="")
    is_judged: Mapped[bool] = mapped_column(default=False)
