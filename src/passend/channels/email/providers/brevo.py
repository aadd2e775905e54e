"""Brevo's webhooks of transactional and marketing mail. They are not signed."""

from datetime import datetime

from passend.channels.email.feedback import Feedback, Kind
from passend.channels.email.providers.calls import Call, moment, rows, shared_secret, text

_KINDS = {
    "delivered": Kind.DELIVERED, "hard_bounce": Kind.HARD, "hardBounce": Kind.HARD, "invalid_email": Kind.HARD,
    "invalid": Kind.HARD, "soft_bounce": Kind.SOFT, "softBounce": Kind.SOFT, "blocked": Kind.BLOCKED,
    "error": Kind.BLOCKED, "complaint": Kind.COMPLAINT, "spam": Kind.COMPLAINT, "unsubscribed": Kind.UNSUBSCRIBE,
    "unsubscribe": Kind.UNSUBSCRIBE,
}  # fmt: skip


def read_brevo(call: Call, secret: str, now: datetime) -> list[Feedback]:
    """What a call of Brevo says. What is only deferred is still on its way and no bounce.

    Raises:
        Forged: the secret is another one.
    """
    shared_secret(call, secret, "Brevo")
    found = []
    for event in rows(call.json()):
        kind = _KINDS.get(text(event.get("event")))
        address = text(event.get("email")).lower()
        if kind and address:
            at = event.get("ts_event") or event.get("ts") or event.get("date")
            mark = f"{event.get('message-id') or event.get('id')}:{event.get('event')}:{at}:{address}"
            found.append(
                Feedback(
                    kind, address, moment(at, now), text(event.get("message-id")), "",
                    text(event.get("reason")), "brevo", mark,
                )
            )  # fmt: skip
    return found
