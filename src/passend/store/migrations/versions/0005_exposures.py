"""Which hold-out keeps a person without offers, and how far exposures were carried over."""

import sqlalchemy as sa
from alembic import op

revision = "0005_exposures"
down_revision = "0004_users"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("journeys", sa.Column("held_by", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("journeys", sa.Column("treat_chance", sa.Double(), nullable=True))
    op.add_column("journeys", sa.Column("batch", sa.BigInteger(), nullable=True))
    op.create_index("ix_journeys_batch", "journeys", ["batch"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_journeys_batch", table_name="journeys")
    for name in ("batch", "treat_chance", "held_by"):
        op.drop_column("journeys", name)
