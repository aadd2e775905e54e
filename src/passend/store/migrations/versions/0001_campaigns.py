"""Campaigns, journeys, the outbox, what is live, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001_campaigns"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "allowances",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Double(), nullable=False),
        sa.Column("used", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_allowances")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("draft_by", sa.Text(), nullable=False),
        sa.Column("approved_token", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("live_revision", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name", name=op.f("uq_campaigns_name")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("is_judged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_key")),
    )
    op.create_index("ix_inbox_customer", "inbox", ["customer_id", "happened_at"], unique=False)
    op.create_index("ix_inbox_product", "inbox", ["product_id", "happened_at"], unique=False)
    op.create_index(
        "ix_inbox_unjudged",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("not is_judged"),
        postgresql_where=sa.text("not is_judged"),
    )
    op.create_table(
        "live_offers",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("discount_share", sa.Double(), nullable=False),
        sa.Column("value_cents", sa.Double(), nullable=True),
        sa.Column("contact_cents", sa.Double(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "customer_id", "rank", name=op.f("pk_live_offers")),
    )
    op.create_table(
        "live_people",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("best_hour", sa.Integer(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "customer_id", name=op.f("pk_live_people")),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("is_held_out", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("discount_share", sa.Double(), nullable=False),
        sa.Column("value_cents", sa.Double(), nullable=True),
        sa.Column("contact_cents", sa.Double(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_customer", "outbox", ["customer_id", "queued_at"], unique=False)
    op.create_index(
        "ix_outbox_expiry",
        "outbox",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state in ('queued', 'reserved', 'given')"),
        postgresql_where=sa.text("state in ('queued', 'reserved', 'given')"),
    )
    op.create_index("ix_outbox_journey", "outbox", ["journey_id"], unique=False)
    op.create_index(
        "ix_outbox_pull",
        "outbox",
        ["channel", "customer_id"],
        unique=False,
        sqlite_where=sa.text("state in ('reserved', 'given')"),
        postgresql_where=sa.text("state in ('reserved', 'given')"),
    )
    op.create_index(
        "ix_outbox_queue",
        "outbox",
        ["channel", "not_before"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_outbox_sending",
        "outbox",
        ["leased_until"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "ix_outbox_unbridged",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("batch is null and state in ('sent', 'shown', 'unclear', 'ghost')"),
        postgresql_where=sa.text("batch is null and state in ('sent', 'shown', 'unclear', 'ghost')"),
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_human", sa.Boolean(), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("key", name=op.f("uq_responses_key")),
    )
    op.create_index("ix_responses_outbox", "responses", ["outbox_id"], unique=False)
    op.create_index(
        "ix_responses_unbridged",
        "responses",
        ["id"],
        unique=False,
        sqlite_where=sa.text("batch is null"),
        postgresql_where=sa.text("batch is null"),
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.create_table(
        "campaign_revisions",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("is_recalled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_revisions_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "number", name=op.f("pk_campaign_revisions")),
    )
    op.create_table(
        "journeys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("entry_key", sa.Text(), nullable=False),
        sa.Column("is_held_out", sa.Boolean(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("variant_chance", sa.Double(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("wants_contact", sa.Boolean(), nullable=False),
        sa.Column("value_cents", sa.Double(), nullable=False),
        sa.Column("best_hour", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("step_since", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("given", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_journeys_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journeys")),
        sa.UniqueConstraint(
            "campaign_id",
            "customer_id",
            "entry_key",
            name=op.f("uq_journeys_campaign_id_customer_id_entry_key"),
        ),
    )
    op.create_index("ix_journeys_customer", "journeys", ["customer_id"], unique=False)
    op.create_index(
        "ix_journeys_due",
        "journeys",
        ["campaign_id", "bucket", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "tallies",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("is_held_out", sa.Boolean(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_tallies_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "step", "way", "is_held_out", name=op.f("pk_tallies")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("tallies")
    op.drop_index(
        "ix_journeys_due",
        table_name="journeys",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index("ix_journeys_customer", table_name="journeys")
    op.drop_table("journeys")
    op.drop_table("campaign_revisions")
    op.drop_table("switches")
    op.drop_index(
        "ix_responses_unbridged",
        table_name="responses",
        sqlite_where=sa.text("batch is null"),
        postgresql_where=sa.text("batch is null"),
    )
    op.drop_index("ix_responses_outbox", table_name="responses")
    op.drop_table("responses")
    op.drop_index(
        "ix_outbox_unbridged",
        table_name="outbox",
        sqlite_where=sa.text("batch is null and state in ('sent', 'shown', 'unclear', 'ghost')"),
        postgresql_where=sa.text("batch is null and state in ('sent', 'shown', 'unclear', 'ghost')"),
    )
    op.drop_index(
        "ix_outbox_sending",
        table_name="outbox",
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.drop_index(
        "ix_outbox_queue",
        table_name="outbox",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_index(
        "ix_outbox_pull",
        table_name="outbox",
        sqlite_where=sa.text("state in ('reserved', 'given')"),
        postgresql_where=sa.text("state in ('reserved', 'given')"),
    )
    op.drop_index("ix_outbox_journey", table_name="outbox")
    op.drop_index(
        "ix_outbox_expiry",
        table_name="outbox",
        sqlite_where=sa.text("state in ('queued', 'reserved', 'given')"),
        postgresql_where=sa.text("state in ('queued', 'reserved', 'given')"),
    )
    op.drop_index("ix_outbox_customer", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("marks")
    op.drop_table("live_people")
    op.drop_table("live_offers")
    op.drop_index(
        "ix_inbox_unjudged",
        table_name="inbox",
        sqlite_where=sa.text("not is_judged"),
        postgresql_where=sa.text("not is_judged"),
    )
    op.drop_index("ix_inbox_product", table_name="inbox")
    op.drop_index("ix_inbox_customer", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("campaigns")
    op.drop_index(op.f("ix_audit_subject"), table_name="audit")
    op.drop_index(op.f("ix_audit_at"), table_name="audit")
    op.drop_table("audit")
    op.drop_table("allowances")
