"""The people's word on how customers are treated, which holds before the next plan does."""

import sqlalchemy as sa
from alembic import op

from passend.store.rows import Moment, WholeKey

revision = "0013_treatments"
down_revision = "0012_sign_ons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; the next plan that is loaded, or the next word, fills it."""
    op.create_table(
        "treatments",
        sa.Column("id", WholeKey, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatments")),
    )
    op.create_index("ix_treatments_customer", "treatments", ["customer_id", "id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("treatments")
