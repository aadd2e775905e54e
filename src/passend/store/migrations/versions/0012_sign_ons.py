"""People's accounts at the firm's sign-in provider, and logins there that were begun."""

import sqlalchemy as sa
from alembic import op

from passend.store.rows import Moment

revision = "0012_sign_ons"
down_revision = "0011_placements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sign_ons",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ons_user_id_users")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_sign_ons")),
    )
    op.create_index(op.f("ix_sign_ons_user_id"), "sign_ons", ["user_id"])
    op.create_table(
        "sign_on_tries",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_sign_on_tries")),
    )
    op.create_index(op.f("ix_sign_on_tries_began_at"), "sign_on_tries", ["began_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("sign_on_tries")
    op.drop_table("sign_ons")
