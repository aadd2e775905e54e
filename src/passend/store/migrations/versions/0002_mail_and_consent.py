"""Consents and suppressions, mails and what comes back, goods, prices and codes."""

import sqlalchemy as sa
from alembic import op

revision = "0002_mail_and_consent"
down_revision = "0001_campaigns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "consent_texts",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_consent_texts")),
    )
    op.create_table(
        "consent_words",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("gap_days", sa.Integer(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_words")),
        sa.UniqueConstraint("key", name=op.f("uq_consent_words_key")),
    )
    op.create_index("ix_consent_words_address", "consent_words", ["address"], unique=False)
    op.create_index("ix_consent_words_customer", "consent_words", ["customer_id"], unique=False)
    op.create_index(
        "ix_consent_words_unbridged",
        "consent_words",
        ["id"],
        unique=False,
        sqlite_where=sa.text("batch is null"),
        postgresql_where=sa.text("batch is null"),
    )
    op.create_table(
        "coupons",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("outbox_key", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_coupons")),
    )
    op.create_index(
        "ix_coupons_free",
        "coupons",
        ["pool", "code"],
        unique=False,
        sqlite_where=sa.text("outbox_key is null"),
        postgresql_where=sa.text("outbox_key is null"),
    )
    op.create_index("ix_coupons_outbox", "coupons", ["outbox_key"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outbox_key", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("blame", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("enhanced", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_campaign", "deliveries", ["campaign", "at"], unique=False)
    op.create_index("ix_deliveries_message", "deliveries", ["message_id"], unique=False)
    op.create_index("ix_deliveries_outbox", "deliveries", ["outbox_key"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("outbox_key", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("event", name=op.f("uq_feedback_event")),
    )
    op.create_index("ix_feedback_address", "feedback", ["address", "at"], unique=False)
    op.create_index("ix_feedback_campaign", "feedback", ["campaign", "received_at"], unique=False)
    op.create_table(
        "former_tools",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_former_tools")),
    )
    op.create_table(
        "goods",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("is_sold", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_goods")),
    )
    op.create_table(
        "hits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outbox_key", sa.Text(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hits")),
    )
    op.create_index("ix_hits_at", "hits", ["at"], unique=False)
    op.create_index("ix_hits_outbox", "hits", ["outbox_key", "at"], unique=False)
    op.create_table(
        "opt_ins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("mailed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_ins")),
        sa.UniqueConstraint("token", name=op.f("uq_opt_ins_token")),
    )
    op.create_index("ix_opt_ins_address", "opt_ins", ["address", "asked_at"], unique=False)
    op.create_table(
        "prices",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "since", name=op.f("pk_prices")),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint("key", name=op.f("uq_suppressions_key")),
    )
    op.create_index("ix_suppressions_mark", "suppressions", ["mark"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_suppressions_mark", table_name="suppressions")
    op.drop_table("suppressions")
    op.drop_table("prices")
    op.drop_index("ix_opt_ins_address", table_name="opt_ins")
    op.drop_table("opt_ins")
    op.drop_index("ix_hits_outbox", table_name="hits")
    op.drop_index("ix_hits_at", table_name="hits")
    op.drop_table("hits")
    op.drop_table("goods")
    op.drop_table("former_tools")
    op.drop_index("ix_feedback_campaign", table_name="feedback")
    op.drop_index("ix_feedback_address", table_name="feedback")
    op.drop_table("feedback")
    op.drop_index("ix_deliveries_outbox", table_name="deliveries")
    op.drop_index("ix_deliveries_message", table_name="deliveries")
    op.drop_index("ix_deliveries_campaign", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_coupons_outbox", table_name="coupons")
    op.drop_index(
        "ix_coupons_free",
        table_name="coupons",
        sqlite_where=sa.text("outbox_key is null"),
        postgresql_where=sa.text("outbox_key is null"),
    )
    op.drop_table("coupons")
    op.drop_index(
        "ix_consent_words_unbridged",
        table_name="consent_words",
        sqlite_where=sa.text("batch is null"),
        postgresql_where=sa.text("batch is null"),
    )
    op.drop_index("ix_consent_words_customer", table_name="consent_words")
    op.drop_index("ix_consent_words_address", table_name="consent_words")
    op.drop_table("consent_words")
    op.drop_table("consent_texts")
