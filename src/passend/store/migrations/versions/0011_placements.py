"""What people decided about placements, and who saw a list there and who saw nothing."""

import sqlalchemy as sa
from alembic import op

from passend.store.rows import Moment, WholeKey

revision = "0011_placements"
down_revision = "0010_second_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "placements",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_placements")),
    )
    op.create_table(
        "placement_words",
        sa.Column("id", WholeKey, nullable=False),
        sa.Column("placement", sa.Text(), nullable=False),
        sa.Column("anchor_kind", sa.Text(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("said_at", Moment(), nullable=False),
        sa.Column("valid_until", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("replaces", WholeKey, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_words")),
    )
    op.create_index(
        "ix_placement_words_holding",
        "placement_words",
        ["placement"],
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "placement_trials",
        sa.Column("placement", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("placement", "round", "kind", "unit", name=op.f("pk_placement_trials")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("placement_trials")
    op.drop_table("placement_words")
    op.drop_table("placements")
