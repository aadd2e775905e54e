"""Keys of the interface, what shops told, and answers given once."""

import sqlalchemy as sa
from alembic import op

revision = "0003_doors"
down_revision = "0002_mail_and_consent"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "answered_calls",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answered_calls")),
    )
    op.create_index("ix_answered_calls_at", "answered_calls", ["at"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_api_keys_fingerprint")),
    )
    op.create_table(
        "received",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received")),
        sa.UniqueConstraint("key", name=op.f("uq_received_key")),
    )
    op.create_index(
        "ix_received_unbridged",
        "received",
        ["id"],
        unique=False,
        sqlite_where=sa.text("batch is null"),
        postgresql_where=sa.text("batch is null"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index(
        "ix_received_unbridged",
        table_name="received",
        sqlite_where=sa.text("batch is null"),
        postgresql_where=sa.text("batch is null"),
    )
    op.drop_table("received")
    op.drop_table("api_keys")
    op.drop_index("ix_answered_calls_at", table_name="answered_calls")
    op.drop_table("answered_calls")
