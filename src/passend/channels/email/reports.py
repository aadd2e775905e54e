"""Reads mails that come back: delivery reports (RFC 3464), complaints (RFC 5965), and goodbyes by mail.

What is a report is read field by field with the standard library. What only looks like one goes through flufl.bounce,
which knows the ways of a hundred mail servers. Anything else (an answer, an absence note) is no feedback.
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parsedate_to_datetime

from flufl.bounce import all_failures

from passend.channels.email.answers import understood
from passend.channels.email.feedback import Feedback, Kind
from passend.channels.port import Outcome

#: Its detectors stumble over broken mails and tell each time; such a mail is just no report.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
_ADDRESS = re.compile(r"[^\s<>;:,\"]+@[^\s<>;:,\"]+")
_CODE = re.compile(r"\b([245]\d\d)\b")
_KINDS = {"failed": Kind.HARD, "delayed": Kind.SOFT, "delivered": Kind.DELIVERED, "relayed": Kind.DELIVERED}
#: A delayed message is still on its way: no bounce yet.
_ON_ITS_WAY = "delayed"


def read_report(raw: bytes, now: datetime, source: str = "mailbox") -> list[Feedback]:
    """What a mail in the bounce mailbox says; nothing where it is no report.

    Args:
        raw: the whole mail.
        now: taken where the mail tells no time, or one that is still to come.
        source: which mailbox.
    """
    mail = message_from_bytes(raw, policy=policy.compat32)
    at = _time_of(mail, now)
    mark = hashlib.sha256(raw).hexdigest()[:32]
    kind = mail.get_content_type()
    report = str(mail.get_param("report-type") or "").lower()
    if kind == "multipart/report" and report == "feedback-report":
        found = _complaint(mail, at)
    elif kind == "multipart/report" and report in {"delivery-status", ""}:
        found = list(_deliveries(mail, at))
    else:
        found = _unusual(raw, mail, at)
    return [
        Feedback(one.kind, one.address, one.at, one.message_id, one.code, one.says, source, f"{mark}:{place}")
        for place, one in enumerate(found)
    ]


def _deliveries(mail: Message, at: datetime) -> Iterator[Feedback]:
    message_id = _original(mail)
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            told = _recipient(block)
            if not told or not isinstance(block, Message):
                continue
            action = str(block.get("Action", "")).strip().lower()
            status = str(block.get("Status", "")).split()[:1]
            says = " ".join(str(block.get("Diagnostic-Code", "")).split())[:500]
            if action == _ON_ITS_WAY or action not in _KINDS:
                continue
            kind = _KINDS[action]
            if kind is Kind.HARD:
                kind = _failed("".join(status), says)
            yield Feedback(kind, told, at, message_id, "".join(status), says)


def _failed(status: str, says: str) -> Kind:
    """Whether a failure means that the mailbox is gone, that it is full, or that the sender is not liked."""
    code = _CODE.search(says)
    answer = understood(int(code[1]) if code else 550, f"{status} {says}", "recipient")
    if answer.outcome is Outcome.REFUSED and answer.is_hard_bounce:
        return Kind.HARD
    return Kind.BLOCKED if answer.blame in {"sender", "message"} else Kind.SOFT


def _recipient(block: object) -> str:
    if not isinstance(block, Message):
        return ""
    said = block.get("Original-Recipient") or block.get("Final-Recipient") or ""
    found = _ADDRESS.search(str(said).partition(";")[2] or str(said))
    return found[0].lower() if found else ""


def _complaint(mail: Message, at: datetime) -> list[Feedback]:
    fields = next((one for one in mail.walk() if one.get_content_type() == "message/feedback-report"), None)
    if fields is None:
        return []
    inner = fields.get_payload()
    block = inner[0] if isinstance(inner, list) and inner else message_from_bytes(_bytes(fields))
    assert isinstance(block, Message)  # noqa: S101 - both ways above give one
    kind = str(block.get("Feedback-Type", "abuse")).strip().lower()
    if kind == "not-spam":
        return []
    told = _ADDRESS.search(str(block.get("Original-Rcpt-To", "")))
    address = told[0].lower() if told else _to_of(mail)
    if not address:
        return []
    return [Feedback(Kind.COMPLAINT, address, at, _original(mail), kind, str(block.get("User-Agent", "")))]


def _unusual(raw: bytes, mail: Message, at: datetime) -> list[Feedback]:
    """Reports of servers that keep to no standard; an absence note or an answer is none."""
    automatic = str(mail.get("Auto-Submitted", "no")).lower()
    if "auto-replied" in automatic or mail.get("X-Autoreply") or mail.get("X-Autorespond"):
        return []
    fresh = message_from_bytes(raw, EmailMessage, policy=policy.default)
    try:
        temporary, permanent = all_failures(fresh)
    except (ValueError, LookupError, AttributeError, TypeError):  # broken mails are many, and prove nothing
        return []
    message_id = _original(mail)
    gone = [Feedback(Kind.HARD, _lower(one), at, message_id) for one in sorted(permanent)]
    later = [Feedback(Kind.SOFT, _lower(one), at, message_id) for one in sorted(temporary - permanent)]
    return [one for one in gone + later if one.address]


def _original(mail: Message) -> str:
    """The Message-ID of the message that the report is about, from the copy in it."""
    for part in list(mail.walk())[1:]:
        if part.get_content_type() == "text/rfc822-headers":
            found = message_from_bytes(_bytes(part)).get("Message-ID")
        elif part.get_content_maintype() == "message":
            continue
        else:
            found = part.get("Message-ID")
        if found:
            return str(found).strip()
    return ""


def _to_of(mail: Message) -> str:
    for part in list(mail.walk())[1:]:
        if part.get("Message-ID") and part.get("To"):
            return getaddresses([str(part["To"])])[0][1].lower()
    return ""


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _lower(address: object) -> str:
    text = address.decode("ascii", "replace") if isinstance(address, bytes) else str(address)
    return text.strip().lower()


def _time_of(mail: Message, now: datetime) -> datetime:
    try:
        said = parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError):
        return now
    at = said.astimezone(UTC).replace(tzinfo=None) if said.tzinfo else said
    return min(at, now)


def unsubscribe_token(raw: bytes) -> str:
    """The token in the subject of a mail to the unsubscribe address; empty where it holds none."""
    mail = message_from_bytes(raw, EmailMessage, policy=policy.default)
    try:
        subject = str(mail.get("Subject", ""))
    except (ValueError, LookupError, AttributeError):
        return ""
    found = re.search(
        r"\bunsubscribe[ -]([A-Za-z0-9_.~-]{20,400})", subject.replace("\n", "").replace("\r", "")
    )
    return found[1] if found else ""
