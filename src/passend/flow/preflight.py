"""A mail to oneself before the first campaign: does it leave, does it come back, and will mail providers believe it?"""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from urllib.error import URLError
from urllib.request import urlopen

from passend.channels.addresses import Address, address_of
from passend.channels.email.mailbox import Box
from passend.channels.email.message import Outgoing, Unsubscribe
from passend.channels.email.preflight import BAD, GOOD, UNREAD, Check, Texts, dmarc, signature, spf
from passend.channels.email.template import Rendered
from passend.channels.links.signing import seconds, signer_of
from passend.errors import StoreError
from passend.flow.mail_settings import deliver, sender_and_public, server_of
from passend.flow.mailbox import mailbox_of
from passend.language import phrase, word
from passend.workspace import Workspace

#: Seconds between two looks into the mailbox.
_AGAIN = 2.0


def dns_texts(name: str) -> list[str] | None:
    """The TXT records of a name; None where DNS does not answer, or cannot be asked."""
    try:
        from dns import exception, resolver  # noqa: PLC0415 - of the extra mail
    except ImportError:
        return None
    try:
        answer = resolver.resolve(name, "TXT", lifetime=5.0)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return []
    except exception.DNSException:
        return None
    return [b"".join(one.strings).decode("utf-8", "replace") for one in answer]


@dataclass(frozen=True)
class Surroundings:
    """What a preflight reaches beside the mail server.

    Attributes:
        texts: reads DNS.
        wait: lets seconds pass.
    """

    texts: Texts = dns_texts
    wait: Callable[[float], None] = time.sleep


def preflight(
    workspace: Workspace, to: str = "", patience: float = 60.0, around: Surroundings | None = None
) -> list[Check]:
    """Send a mail to oneself as campaigns send theirs, and look at all that decides whether it is believed.

    Args:
        workspace: with the settings of mail.
        to: where it goes; empty takes the address for bounces, else the sender's.
        patience: seconds to wait until it is in the mailbox.
        around: DNS and the clock.

    Raises:
        InvalidSetting: no mail server, no sender or no public address is set.
    """
    settings, around = workspace.settings, around or Surroundings()
    server_of(settings)
    sender, public = sender_and_public(settings)
    envelope = address_of(settings.text("email.bounces") or sender.plain)
    mail = _mail(workspace, sender, address_of(to) if to else envelope, public)
    box = mailbox_of(settings)
    return [*_sent(workspace, mail, box, (patience, around)), *_told(mail, envelope, around.texts)]


def _mail(workspace: Workspace, sender: Address, to: Address, public: str) -> Outgoing:
    now = datetime.now(UTC).replace(tzinfo=None)
    told = {"m": "preflight", "c": "", "a": to.plain, "at": seconds(now)}
    url = f"{public}/u/{signer_of(workspace.folder).token('unsubscribe', told)}"
    text = word("This mail was sent by passend to see whether it arrives. Nothing has to be done.")
    content = Rendered(word("A mail to ourselves"), f"<html><body><p>{text}</p></body></html>", text)
    way = Unsubscribe(url, workspace.settings.text("email.unsubscribe"))
    return Outgoing(f"preflight/{secrets.token_hex(8)}", sender, to, content, now, way)


def _sent(
    workspace: Workspace, mail: Outgoing, box: Box | None, how: tuple[float, Surroundings]
) -> Iterator[Check]:
    try:
        since = box.end() if box else None
        yield Check("mail server", GOOD, deliver(workspace.settings, mail).says)
    except StoreError as problem:
        yield Check("mail server", BAD, str(problem))
        return
    if box is None or since is None:
        says = word("Signature and headers can be seen once email.mailbox tells where the mail arrives.")
        yield Check("DKIM", UNREAD, says)
        return
    patience, around = how
    while patience >= 0:
        for raw in box.read(since).mails:
            if str(message_from_bytes(raw).get("Message-ID", "")).strip() == mail.message_id:
                yield from signature(raw, mail.sender.domain, around.texts)
                return
        patience -= _AGAIN
        around.wait(_AGAIN)
    says = phrase("The mail to {address} is not in the mailbox yet.", address=mail.recipient.plain)
    yield Check("DKIM", UNREAD, says)


def _told(mail: Outgoing, envelope: Address, texts: Texts) -> Iterator[Check]:
    yield spf(envelope.domain, texts)
    yield dmarc(mail.sender.domain, texts)
    url = mail.unsubscribe.url if mail.unsubscribe else ""
    if not url.startswith("https://"):
        says = phrase("Links begin with {begin} and not with https.", begin=url.partition("//")[0] + "//")
        yield Check("links", BAD, says)
        return
    try:
        with urlopen(url, timeout=10) as answer:  # noqa: S310 - the firm's own address
            is_there = answer.status == 200
    except (URLError, OSError, ValueError):
        is_there = False
    where = url.partition("/u/")[0]
    says = phrase("The page behind the link to unsubscribe answers at {address}.", address=where)
    if not is_there:
        says = phrase("Nothing answers at {address} from here. Does passend serve run there?", address=where)
    yield Check("links", GOOD if is_there else BAD, says)
