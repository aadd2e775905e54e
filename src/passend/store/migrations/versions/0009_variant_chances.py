"""The chances with which variants were drawn, and what was known when they changed."""

import sqlalchemy as sa
from alembic import op

revision = "0009_variant_chances"
down_revision = "0008_audience_members"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; until the first answers are judged, the shares of the campaign's file hold."""
    op.create_table(
        "variant_chances",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_variant_chances_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "number", "variant", name=op.f("pk_variant_chances")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("variant_chances")
