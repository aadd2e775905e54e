"""Amazon SES by way of SNS: signed with a certificate that only Amazon's own addresses may serve."""

import json
import re
import urllib.request
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from passend.channels.email.feedback import Feedback, Kind
from passend.channels.email.providers.calls import Call, forged, is_fresh, moment, rows, text
from passend.channels.email.providers.keys import certificate_holds
from passend.errors import InvalidInput

_HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(?:\.cn)?")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
#: SNS tries again for an hour.
_OLDEST = timedelta(hours=2)


def read_ses(
    call: Call, secret: str, now: datetime, certificate: Callable[[str], bytes] | None = None
) -> list[Feedback]:
    """What a call of SES says.

    Args:
        call: the request.
        secret: the ARN of the topic: anybody can have a topic that Amazon signs for.
        now: naive UTC.
        certificate: fetches the certificate; by default over https.

    Raises:
        Forged: the signature does not hold, the topic is another one, or the call is hours old.
        InvalidInput: the topic waits to be confirmed; the address to open is named.
    """
    envelope = call.json()
    if not isinstance(envelope, dict) or not secret or text(envelope.get("TopicArn")) != secret:
        raise forged("Amazon SES")
    _verify(envelope, certificate or fetched)
    if not is_fresh(envelope.get("Timestamp"), now, _OLDEST):
        raise forged("Amazon SES")
    if envelope.get("Type") == "SubscriptionConfirmation":
        raise InvalidInput(
            "The topic at Amazon SNS waits to be confirmed",
            record=text(envelope.get("TopicArn")),
            remedy=f"Open this address once: {text(envelope.get('SubscribeURL'))}",
        )
    try:
        event = json.loads(text_of(envelope.get("Message")))
    except ValueError:
        return []
    return _told(event, text(envelope.get("MessageId")), now) if isinstance(event, dict) else []


def text_of(value: Any) -> str:
    """A field as text, whole."""
    return value if isinstance(value, str) else ""


def _verify(envelope: dict[str, Any], certificate: Callable[[str], bytes]) -> None:
    names = _SIGNED.get(text(envelope.get("Type")))
    url = urlsplit(text_of(envelope.get("SigningCertURL")))
    if (
        not names
        or url.scheme != "https"
        or not _HOST.fullmatch(url.hostname or "")
        or url.port not in {None, 443}
        or not url.path.endswith(".pem")
    ):
        raise forged("Amazon SES")
    signed = "".join(f"{name}\n{envelope[name]}\n" for name in names if envelope.get(name) is not None)
    version = text(envelope.get("SignatureVersion"))
    try:
        signature = b64decode(text_of(envelope.get("Signature")), validate=True)
        holds = certificate_holds(
            certificate(url.geturl()), signature, signed.encode(), is_sha256=version == "2"
        )
    except ValueError:
        holds = False
    if version not in {"1", "2"} or not holds:
        raise forged("Amazon SES")


@lru_cache(maxsize=16)
def fetched(url: str) -> bytes:
    """A certificate from Amazon; its address was judged before."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - https, see above
        found: bytes = answer.read(100_000)
    return found


def _told(event: dict[str, Any], mark: str, now: datetime) -> list[Feedback]:
    name = text(event.get("notificationType") or event.get("eventType"))
    mail = event.get("mail") if isinstance(event.get("mail"), dict) else {}
    message_id = _message_id(mail or {})
    inner = event.get(name.lower())
    if not isinstance(inner, dict):
        return []
    at = moment(inner.get("timestamp"), now)
    if name == "Delivery":
        people = [{"emailAddress": one} for one in inner.get("recipients", []) if isinstance(one, str)]
        kind: Kind | None = Kind.DELIVERED
    elif name == "Complaint":
        people, kind = rows(inner.get("complainedRecipients", [])), Kind.COMPLAINT
        if inner.get("complaintFeedbackType") == "not-spam":
            kind = None
    elif name == "Bounce":
        people, kind = rows(inner.get("bouncedRecipients", [])), _bounce(inner)
    else:
        people, kind = [], None
    return [
        Feedback(
            kind, text(one.get("emailAddress")).lower(), at, message_id, text(one.get("status")),
            text(one.get("diagnosticCode")), "ses", f"{mark}:{place}",
        )
        for place, one in enumerate(people)
        if kind and one.get("emailAddress")
    ]  # fmt: skip


def _bounce(inner: dict[str, Any]) -> Kind | None:
    kind, detail = text(inner.get("bounceType")), text(inner.get("bounceSubType"))
    if kind == "Permanent":
        return Kind.HARD
    if kind == "Transient" and detail in {"ContentRejected", "AttachmentRejected"}:
        return Kind.BLOCKED
    return Kind.SOFT if kind == "Transient" else None


def _message_id(mail: dict[str, Any]) -> str:
    """Our own Message-ID, where SES was told to include the headers; else the provider's."""
    headers = rows(mail.get("headers", []))
    own = [text(one.get("value")) for one in headers if text(one.get("name")).lower() == "message-id"]
    common = mail.get("commonHeaders")
    told = text(common.get("messageId")) if isinstance(common, dict) else ""
    return next(iter(own), "") or told or text(mail.get("messageId"))
