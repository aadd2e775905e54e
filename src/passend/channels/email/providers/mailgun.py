"""Mailgun's webhooks, signed with HMAC over timestamp and token."""

import hmac
from datetime import datetime
from typing import Any

from passend.channels.email.feedback import Feedback, Kind
from passend.channels.email.providers.calls import Call, forged, is_fresh, moment, rows, text

_KINDS = {"delivered": Kind.DELIVERED, "complained": Kind.COMPLAINT, "unsubscribed": Kind.UNSUBSCRIBE}
_BLOCKED = ("suppress-complaint", "espblock", "generic-block", "old")


def read_mailgun(call: Call, secret: str, now: datetime) -> list[Feedback]:
    """What a call of Mailgun says.

    Args:
        call: the request.
        secret: the signing key of webhooks.
        now: naive UTC.

    Raises:
        Forged: the signature does not hold, or is older than ten minutes.
    """
    found = []
    for event in rows(call.json()):
        _verify(event.get("signature"), secret, now)
        data = event.get("event-data")
        if not isinstance(data, dict):
            continue
        kind = _kind(data)
        address = text(data.get("recipient")).lower()
        if kind and address:
            status = _inside(data, "delivery-status")
            message = _inside(_inside(data, "message"), "headers").get("message-id")
            found.append(
                Feedback(
                    kind, address, moment(data.get("timestamp"), now), f"<{message}>" if message else "",
                    text(status.get("enhanced-code") or status.get("code")),
                    text(status.get("message") or status.get("description")), "mailgun", text(data.get("id")),
                )
            )  # fmt: skip
    return found


def _verify(signature: Any, secret: str, now: datetime) -> None:
    if not isinstance(signature, dict) or not secret:
        raise forged("Mailgun")
    stamp, token = text(signature.get("timestamp")), text(signature.get("token"))
    wanted = hmac.new(secret.encode(), (stamp + token).encode(), "sha256").hexdigest()
    if not is_fresh(stamp, now) or not hmac.compare_digest(
        wanted.encode(), text(signature.get("signature")).encode()
    ):
        raise forged("Mailgun")


def _kind(data: dict[str, Any]) -> Kind | None:
    name = text(data.get("event"))
    if name != "failed":
        return _KINDS.get(name)
    if text(data.get("severity")) == "temporary":
        return Kind.SOFT
    reason = text(data.get("reason"))
    if reason == "suppress-unsubscribe":
        return Kind.UNSUBSCRIBE
    return Kind.BLOCKED if reason in _BLOCKED else Kind.HARD


def _inside(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}
