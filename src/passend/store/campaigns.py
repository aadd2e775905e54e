"""Campaigns, their published revisions, and the people who walk through them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row, WholeKey


class CampaignRow(Row):
    """One campaign: its state, its draft, and the revision by which it runs.

    ``state``: draft, running, paused, cancelled or ended.
    """

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, default="draft")
    state_reason: Mapped[str] = mapped_column(Text, default="")
    draft: Mapped[str | None] = mapped_column(Text)
    draft_by: Mapped[str] = mapped_column(Text, default="")
    approved_token: Mapped[str | None] = mapped_column(Text)
    approved_by: Mapped[str | None] = mapped_column(Text)
    live_revision: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None] = mapped_column(Moment)


class RevisionRow(Row):
    """One published version of a campaign; it is never changed, only recalled."""

    __tablename__ = "campaign_revisions"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    written: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[str] = mapped_column(Text)
    is_recalled: Mapped[bool] = mapped_column(default=False)


class JourneyRow(Row):
    """One person's way through a campaign.

    ``state``: waiting (until ``due_at``), sending (a message is in the outbox), done, or left.
    A customer is in one ``bucket``, always the same; one worker at a time works on a bucket, so caps hold.
    ``wants_contact`` marks those who stand at a step that contacts: they are rivals of each other.
    ``visit`` counts the steps walked, so that each of them has a key of its own even in a loop.
    ``held_by`` tells which hold-out keeps them without offers: ``programme``, ``campaign`` or none.
    ``treat_chance`` is the chance that they had of being contacted; ``batch`` that of their row in ``exposures``.
    """

    __tablename__ = "journeys"
    __table_args__ = (
        UniqueConstraint("campaign_id", "customer_id", "entry_key"),
        Index(
            "ix_journeys_due",
            "campaign_id",
            "bucket",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_journeys_customer", "customer_id"),
        Index("ix_journeys_batch", "batch"),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    revision: Mapped[int]
    customer_id: Mapped[str] = mapped_column(Text)
    bucket: Mapped[int] = mapped_column(SmallInteger)
    entry_key: Mapped[str] = mapped_column(Text, default="")
    is_held_out: Mapped[bool] = mapped_column(default=False)
    held_by: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    treat_chance: Mapped[float | None]
    variant: Mapped[str] = mapped_column(Text, default="")
    variant_chance: Mapped[float] = mapped_column(default=1.0)
    step: Mapped[str] = mapped_column(Text)
    visit: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(Text, default="waiting")
    reason: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    wants_contact: Mapped[bool] = mapped_column(default=False)
    value_cents: Mapped[float] = mapped_column(default=0.0)
    best_hour: Mapped[int | None]
    entered_at: Mapped[datetime] = mapped_column(Moment)
    step_since: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    given: Mapped[str] = mapped_column(Text, default="{}")
    batch: Mapped[int | None] = mapped_column(BigInteger)


class TallyRow(Row):
    """How many went a way of a step: the progress of a campaign, and how often people react."""

    __tablename__ = "tallies"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    way: Mapped[str] = mapped_column(Text, primary_key=True)
    is_held_out: Mapped[bool] = mapped_column(primary_key=True)
    people: Mapped[int] = mapped_column(BigInteger, default=0)


class ChanceRow(Row):
    """The chance with which a variant was drawn from a moment on, and what was known of its answers then.

    ``number`` counts the changes of a campaign; ``revision`` is the first version to which the answers belong.
    """

    __tablename__ = "variant_chances"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    variant: Mapped[str] = mapped_column(Text, primary_key=True)
    revision: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    chance: Mapped[float]
    people: Mapped[int]
    answered: Mapped[int]


class SwitchRow(Row):
    """One switch that stops sending at once: ``all``, ``channel/email`` or ``campaign/NAME``."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    is_off: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Moment)
    who: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")


class MarkRow(Row):
    """How far something has come: numbered batches, the version in force of what analytics decided."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Moment)
