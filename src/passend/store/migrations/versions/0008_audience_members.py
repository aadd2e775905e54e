"""Who was in the audience of an always-on campaign at the last look."""

import sqlalchemy as sa
from alembic import op

revision = "0008_audience_members"
down_revision = "0007_told_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; the first look fills it, and nobody has joined by that."""
    op.create_table(
        "audience_members",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_audience_members_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "customer_id", name=op.f("pk_audience_members")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("audience_members")
