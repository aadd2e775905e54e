"""The port of all channels: some are pushed to (e-mail, SMS, webhook), some wait until the customer appears.

Channels keep no state of campaigns. What was promised, sent, shown and answered stands in the outbox; a channel only
says what became of each message. A new channel proves itself by the suite in ``passend.testing``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Outcome(StrEnum):
    """What became of one message that was handed to a channel."""

    ACCEPTED = "accepted"
    """The other side has taken it over; it counts as a contact."""
    REFUSED = "refused"
    """It will never be taken: no consent, unknown address, blocked. The journey goes its way after a failure."""
    DEFERRED = "deferred"
    """Not now: it is tried again until it expires."""
    UNCLEAR = "unclear"
    """It may have been taken. It is listed, counts as a contact, and is never sent again by itself."""


@dataclass(frozen=True)
class Message:
    """One message to one person.

    Attributes:
        key: unique for person and step; the same message never has two.
        customer_id: to whom.
        campaign: its name.
        revision: the published version that queued it.
        step: of the journey.
        channel: e.g. ``email``.
        place: where on the channel, e.g. ``product_page``, or the team of a desk.
        variant: which version of the text.
        product_id: the product offered, none for messages without an offer.
        discount_share: reduction promised.
        value_cents: expected incremental profit, as the plan has it.
        content: what the step says (template, subject, sender ...) and the facts of the offer (product_name,
            price_cents, currency, reason, legal_basis, similar_to ...), as they were when it was queued.
        queued_at: when.
        expires_at: from then on it must not leave any more.
        attempts: how often it was handed over before.
    """

    key: str
    customer_id: str
    campaign: str
    revision: int
    step: str
    channel: str
    place: str = ""
    variant: str = ""
    product_id: str | None = None
    discount_share: float = 0.0
    value_cents: float | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    queued_at: datetime = datetime.min
    expires_at: datetime = datetime.max
    attempts: int = 0


@dataclass(frozen=True)
class Answer:
    """What a channel says of one message.

    Attributes:
        key: of the message.
        outcome: see there.
        code: short and stable, e.g. ``250``, ``550 5.1.1``, ``no consent``, ``price changed``.
        diagnostic: the other side's words, or the record that forbids it, such as ``consents/4711``.
        retry_at: for a deferral, not before then; empty leaves it to the worker, which waits longer each time.
        is_down: for a deferral, whether any other message would fare alike: a dead server, a wrong password.
    """

    key: str
    outcome: Outcome
    code: str = ""
    diagnostic: str = ""
    retry_at: datetime | None = None
    is_down: bool = False


class PushChannel(Protocol):
    """A channel to which messages are pushed.

    Attributes:
        name: e.g. ``email``.
        is_idempotent: whether the other side drops a second message with the same key. Only then is a message whose
            answer was lost sent again by itself; else it is listed as unclear.
    """

    name: str
    is_idempotent: bool

    def send(self, batch: Sequence[Message], now: datetime) -> Iterable[Answer]:
        """Send, and say of each message what became of it; one that has no answer counts as unclear.

        The answers are recorded as they come. An exception means that the channel is down: messages without an answer
        that were certainly not begun are told by a deferral before it is raised.
        """
