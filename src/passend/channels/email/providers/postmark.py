"""Postmark's webhooks: Bounce, SpamComplaint, Delivery, SubscriptionChange. They are not signed."""

from datetime import datetime

from passend.channels.email.feedback import Feedback, Kind
from passend.channels.email.providers.calls import Call, moment, rows, shared_secret, text

_BOUNCES = (
    ({"HardBounce", "BadEmailAddress", "ManuallyDeactivated"}, Kind.HARD),
    ({"Blocked", "SpamNotification", "DMARCPolicy", "TemplateRenderingFailed", "ISPBlocked"}, Kind.BLOCKED),
    ({"SoftBounce", "Transient", "DnsError", "Undeliverable", "MailboxFull"}, Kind.SOFT),
    ({"SpamComplaint"}, Kind.COMPLAINT),
    ({"Unsubscribe"}, Kind.UNSUBSCRIBE),
)


def read_postmark(call: Call, secret: str, now: datetime) -> list[Feedback]:
    """What a call of Postmark says.

    Raises:
        Forged: the secret is another one.
    """
    shared_secret(call, secret, "Postmark")
    found = []
    for event in rows(call.json()):
        kind, said_at = _kind(event)
        address = text(event.get("Email") or event.get("Recipient")).lower()
        if kind is None or not address:
            continue
        message = text(event.get("MessageID"))
        headers = event.get("Metadata")
        known = text(headers.get("message_id")) if isinstance(headers, dict) else ""
        found.append(
            Feedback(
                kind, address, moment(event.get(said_at), now), known, text(event.get("Type")),
                text(event.get("Details") or event.get("Description")), "postmark",
                f"{message}:{event.get('RecordType')}:{text(event.get('ID') or event.get(said_at))}",
            )
        )  # fmt: skip
    return found


def _kind(event: dict[str, object]) -> tuple[Kind | None, str]:
    record, bounce = event.get("RecordType"), text(event.get("Type"))
    if record == "Delivery":
        return Kind.DELIVERED, "DeliveredAt"
    if record == "SubscriptionChange":
        return (Kind.UNSUBSCRIBE if event.get("SuppressSending") else None), "ChangedAt"
    if record == "SpamComplaint":
        bounce = "SpamComplaint"
    elif record != "Bounce":
        bounce = ""
    return next((kind for words, kind in _BOUNCES if bounce in words), None), "BouncedAt"
