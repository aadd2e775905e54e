"""SendGrid's event webhook, signed with ECDSA over timestamp and body."""

from base64 import b64decode
from datetime import datetime

from passend.channels.email.feedback import Feedback, Kind
from passend.channels.email.providers.calls import Call, forged, is_fresh, moment, rows, text
from passend.channels.email.providers.keys import ecdsa_holds

_KINDS = {
    "delivered": Kind.DELIVERED, "spamreport": Kind.COMPLAINT, "unsubscribe": Kind.UNSUBSCRIBE,
    "group_unsubscribe": Kind.UNSUBSCRIBE,
}  # fmt: skip
#: SendGrid's reasons for not even trying; each repeats what it knows of the address.
_DROPPED = {
    "Bounced Address": Kind.HARD, "Invalid": Kind.HARD, "Spam Reporting Address": Kind.COMPLAINT,
    "Unsubscribed Address": Kind.UNSUBSCRIBE,
}  # fmt: skip


def read_sendgrid(call: Call, secret: str, now: datetime) -> list[Feedback]:
    """What a call of SendGrid says.

    Args:
        call: the request.
        secret: the public key (base64) that SendGrid shows beside the webhook.
        now: naive UTC.

    Raises:
        Forged: the signature does not hold, or is older than ten minutes.
    """
    stamp = call.header("X-Twilio-Email-Event-Webhook-Timestamp")
    signature = call.header("X-Twilio-Email-Event-Webhook-Signature")
    if not secret or not is_fresh(stamp, now):
        raise forged("SendGrid")
    try:
        holds = ecdsa_holds(b64decode(secret), b64decode(signature), stamp.encode() + call.body)
    except ValueError:
        holds = False
    if not holds:
        raise forged("SendGrid")
    found = []
    for event in rows(call.json()):
        kind = _kind(event)
        address = text(event.get("email")).lower()
        if kind and address:
            found.append(
                Feedback(
                    kind, address, moment(event.get("timestamp"), now), text(event.get("smtp-id")),
                    text(event.get("status")), text(event.get("reason") or event.get("response")), "sendgrid",
                    text(event.get("sg_event_id")),
                )
            )  # fmt: skip
    return found


def _kind(event: dict[str, object]) -> Kind | None:
    name, reason = text(event.get("event")), text(event.get("reason"))
    if name == "bounce":
        if text(event.get("type")) == "blocked":
            return Kind.BLOCKED
        return Kind.SOFT if text(event.get("status")).startswith(("4.", "5.2.2")) else Kind.HARD
    if name == "dropped":
        return next((kind for start, kind in _DROPPED.items() if reason.startswith(start)), None)
    return _KINDS.get(name)
