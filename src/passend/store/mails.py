"""What happened to each mail: attempts with the server's words, what came back, and every fetch of its links."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row, WholeKey


class DeliveryRow(Row):
    """One attempt to deliver one message: to which address, in which version, and the server's answer."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_outbox", "outbox_key"),
        Index("ix_deliveries_message", "message_id"),
        Index("ix_deliveries_campaign", "campaign", "at"),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    outbox_key: Mapped[str] = mapped_column(Text)
    campaign: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(Text)
    blame: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[int] = mapped_column(default=0)
    enhanced: Mapped[str] = mapped_column(Text, default="")
    diagnostic: Mapped[str] = mapped_column(Text, default="")


class FeedbackRow(Row):
    """One bounce, complaint or goodbye; ``outbox_key`` is empty where it names no message of ours."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_address", "address", "at"),
        Index("ix_feedback_campaign", "campaign", "received_at"),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    event: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    outbox_key: Mapped[str] = mapped_column(Text, default="")
    campaign: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    code: Mapped[str] = mapped_column(Text, default="")
    diagnostic: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")


class HitRow(Row):
    """One fetch of a link or page of a message, by whomever; who was human is derived and never stored here.

    ``kind``: click, hidden (the link that no human sees), view (a page that ran its script), post.
    """

    __tablename__ = "hits"
    __table_args__ = (Index("ix_hits_outbox", "outbox_key", "at"), Index("ix_hits_at", "at"))

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    outbox_key: Mapped[str] = mapped_column(Text)
    link: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    agent: Mapped[str] = mapped_column(Text, default="")
