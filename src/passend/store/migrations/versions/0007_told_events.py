"""What triggers need of an event stands beside it, so that one statement brings events into their inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0007_told_events"
down_revision = "0006_workers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was received before is in the inbox already."""
    op.add_column("received", sa.Column("order_id", sa.Text(), nullable=True))
    op.add_column("received", sa.Column("happened_at", sa.BigInteger(), nullable=True))
    op.add_column("received", sa.Column("details", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    for name in ("details", "happened_at", "order_id"):
        op.drop_column("received", name)
