"""Rows of the outbox as others see them: as channels and whoever may forbid them do, and as people call them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from passend.channels import Answer, Message
from passend.flow.campaigns.running import facts_of
from passend.language import phrase

Permit = Callable[[Connection, Sequence[Message], datetime], Mapping[str, Answer]]
"""Whoever may forbid a message when it leaves: key -> a refusal or a deferral. Consent is one, truth another."""


def message(row: Any, campaign: str) -> Message:
    """A row of the outbox as channels see it."""
    return Message(
        key=row.key, customer_id=row.customer_id, campaign=campaign, revision=row.revision, step=row.step,
        channel=row.channel, place=row.place, variant=row.variant, product_id=row.product_id,
        discount_share=row.discount_share, value_cents=row.value_cents, content=facts_of(row.content),
        queued_at=row.queued_at, expires_at=row.expires_at, attempts=row.attempts,
    )  # fmt: skip


def product_called(content: Mapping[str, Any], product_id: str | None) -> str:
    """What the product of a message is called, as it was when the message was written; empty where it has none."""
    return str(content.get("product_name") or product_id or "")


def about(row: Any) -> str:
    """The product of a message, and the campaign whose ``name`` stands beside it; nothing of whom it went to."""
    product = product_called(facts_of(row.content), row.product_id)
    return ", ".join(filter(None, (product, phrase("campaign {name}", name=row.name))))
