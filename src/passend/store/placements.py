"""Placements of a shop: what people decided about them, and who saw a list there and who saw nothing."""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row, WholeKey


class PlacementRow(Row):
    """A placement that the firm added or set; the usual ones need no row.

    ``share`` of the visitors gets nothing (none: the setting's), ``round`` goes up when the share changes: who was
    compared under another share is not compared any more.
    """

    __tablename__ = "placements"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    share: Mapped[float | None]
    round: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(Text)


class PlacedRow(Row):
    """One decision: a product is pinned, boosted or buried at a placement, beside a product, a category or everything.

    Nothing is deleted: a decision ends (``ended_at``), by its time, by being taken back, or by the next one on the
    same product at the same place, which names it in ``replaces``.
    """

    __tablename__ = "placement_words"
    __table_args__ = (
        Index(
            "ix_placement_words_holding",
            "placement",
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(WholeKey, primary_key=True)
    placement: Mapped[str] = mapped_column(Text)
    anchor_kind: Mapped[str] = mapped_column(Text)
    anchor: Mapped[str] = mapped_column(Text)
    product_id: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    factor: Mapped[float]
    note: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(Text)
    replaces: Mapped[int | None] = mapped_column(WholeKey)


class TrialRow(Row):
    """One unit of a placement's comparison: a customer, a visit (by its hash), or an hour of one product's page.

    ``answers`` counts questions that had a list, shown or held back, so that both arms are counted alike.
    """

    __tablename__ = "placement_trials"

    placement: Mapped[str] = mapped_column(Text, primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    unit: Mapped[str] = mapped_column(Text, primary_key=True)
    is_shown: Mapped[bool]
    first_at: Mapped[datetime] = mapped_column(Moment)
    answers: Mapped[int]
