"""The message as it goes over the line: headers that nobody can slip a line into, a text part, an HTML part.

The unsubscribe headers are those of RFC 2369 and RFC 8058: a web address for one click, which the mail program calls
by POST, and a mail address beside it. They stand unfolded and ahead of the signature's reach, so that DKIM can cover
them. Written by hand and not with ``email.message``, because that one writes a long web address in a header as encoded
words, which mail programs then do not call, and because a campaign writes hundreds of these a second.
"""

import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote
from functools import lru_cache

from passend.channels.addresses import Address
from passend.channels.email.template import Rendered
from passend.errors import InvalidAddress

_CRLF = b"\r\n"
#: Headers that the message sets itself.
_OWN = {
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    "list-unsubscribe", "list-unsubscribe-post", "reply-to", "bcc", "cc", "sender",
}  # fmt: skip


@dataclass(frozen=True)
class Unsubscribe:
    """How a customer leaves: by one click, or by a mail.

    Attributes:
        url: https address that takes a POST and asks nothing.
        mail: address, with a subject that tells whose mail it is.
        subject: of that mail.
    """

    url: str
    mail: str = ""
    subject: str = "unsubscribe"


@dataclass(frozen=True)
class Outgoing:
    """One message to one customer.

    Attributes:
        key: what makes it this message and no other; the same key is never sent twice.
        sender: From.
        recipient: To.
        content: subject and both parts.
        sent_at: naive UTC.
        unsubscribe: how to leave; none only where the message is no advertising (an opt-in mail).
        reply_to: where answers go, if not to the sender.
        headers: further ones, such as a campaign's number.
    """

    key: str
    sender: Address
    recipient: Address
    content: Rendered
    sent_at: datetime
    unsubscribe: Unsubscribe | None = None
    reply_to: Address | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def message_id(self) -> str:
        """The same for the same key, so that an unclear send can be looked for at the provider."""
        digest = hashlib.sha256(self.key.encode()).hexdigest()[:32]
        return f"<{digest}@{self.sender.domain}>"


def written(message: Outgoing) -> bytes:
    """The message as bytes, ready for DATA.

    Raises:
        InvalidAddress: a header would hold a line end, or the web address to unsubscribe is not https.
    """
    boundary = f"=_{hashlib.sha256(('part' + message.key).encode()).hexdigest()[:24]}"
    lines = [f"{name}: {value}" for name, value in _headers(message).items()]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"']
    parts = b"".join(
        _part(boundary, kind, body)
        for kind, body in (("plain", message.content.text), ("html", message.content.html))
    )
    head = "\r\n".join(lines).encode("utf-8" if not message.recipient.is_ascii else "ascii")
    return head + _CRLF + _CRLF + parts + f"--{boundary}--\r\n".encode()


def _headers(message: Outgoing) -> dict[str, str]:
    found = {
        "From": _mailbox(message.sender),
        "To": _mailbox(message.recipient),
        "Subject": _words(message.content.subject, "Subject"),
        "Date": _date(message.sent_at),
        "Message-ID": message.message_id,
    }
    if message.reply_to:
        found["Reply-To"] = _mailbox(message.reply_to)
    if message.unsubscribe:
        found |= _leaving(message.unsubscribe)
    for name, value in message.headers.items():
        _refuse_breaks(name, name + value)
        if name.lower() in _OWN or not name.replace("-", "").isalnum() or not name.isascii():
            raise InvalidAddress(
                "This header cannot be set",
                record=name,
                remedy="Take a name of your own, such as X-Campaign.",
            )
        found[name] = _words(value, name)
    return found


@lru_cache(maxsize=8)
def _date(at: datetime) -> str:
    """A moment as mails write it; a batch has one."""
    return format_datetime(at).replace("-0000", "+0000")


def _leaving(way: Unsubscribe) -> dict[str, str]:
    _refuse_breaks("List-Unsubscribe", way.url + way.mail + way.subject)
    is_local = way.url.startswith(("http://127.0.0.1", "http://localhost"))
    if not (way.url.startswith("https://") or is_local) or set(way.url) & set(" <>,\"'"):
        raise InvalidAddress(
            "The web address to unsubscribe must begin with https://",
            record=way.url[:120],
            remedy="Set the address under which customers reach this server, with https.",
        )
    mail = f", <mailto:{way.mail}?subject={way.subject}>" if way.mail else ""
    return {
        "List-Unsubscribe": f"<{way.url}>{mail}",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _mailbox(address: Address) -> str:
    if not address.name:
        return address.plain
    if address.name.isascii():
        return f'"{quote(address.name)}" <{address.plain}>'
    return f"{_words(address.name, 'To')} <{address.plain}>"


def _words(text: str, header: str) -> str:
    _refuse_breaks(header, text)
    if text.isascii() and len(text) < 900:
        return text
    return Header(text, "utf-8", header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _refuse_breaks(header: str, text: str) -> None:
    if "\n" in text or "\r" in text or "\0" in text:
        raise InvalidAddress(
            "A header must not hold a line end", record=header, remedy="Take the line end out of this value."
        )


def _part(boundary: str, kind: str, body: str) -> bytes:
    text = "\n".join(body.splitlines()) + "\n"
    encoded = binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", _CRLF)
    head = (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + encoded + _CRLF
