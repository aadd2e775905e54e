"""Whether mail providers will believe the firm's mail: what DNS says of the sender, and what a mail to oneself shows.

SPF names the servers that may send (RFC 7208), DKIM signs (RFC 6376), DMARC says what holds for the sender's domain
(RFC 7489). Gmail and Yahoo ask for all three, and for one-click unsubscribing (RFC 8058), whose two headers the
signature must cover.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from passend.language import phrase, word

GOOD, BAD, UNREAD = "good", "bad", "not read"
#: Name -> its TXT records; nothing where there are none, None where they cannot be read.
Texts = Callable[[str], Sequence[str] | None]
_COVERED = ("list-unsubscribe", "list-unsubscribe-post")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        what: e.g. ``SPF``.
        state: ``good``, ``bad`` or ``not read``.
        says: what was found, and what to do where it is bad.
    """

    what: str
    state: str
    says: str


def spf(domain: str, texts: Texts) -> Check:
    """Whether the domain that bounces go to names its servers."""
    found = _of_kind(texts(domain), "v=spf1")
    if found is None:
        return Check("SPF", UNREAD, _unread(domain))
    if len(found) != 1:
        says = (
            phrase("{domain} has no SPF record: let your provider tell you which.", domain=domain)
            if not found
            else phrase(
                "{domain} has {records:n} SPF records; only one is allowed.",
                domain=domain,
                records=len(found),
            )
        )
        return Check("SPF", BAD, says)
    if re.search(r"(^|\s)\+?all(\s|$)", found[0]):
        return Check(
            "SPF", BAD, phrase("{domain} allows any server to send: {record}", domain=domain, record=found[0])
        )
    return Check("SPF", GOOD, found[0])


def dmarc(domain: str, texts: Texts) -> Check:
    """Whether the sender's domain, or the one above it, says what holds for its mail."""
    parts = domain.split(".")
    for at in range(max(len(parts) - 1, 1)):
        name = f"_dmarc.{'.'.join(parts[at:])}"
        found = _of_kind(texts(name), "v=dmarc1")
        if found is None:
            return Check("DMARC", UNREAD, _unread(name))
        if found:
            return Check("DMARC", GOOD, found[0])
    says = phrase(
        "{domain} has no DMARC record: begin with v=DMARC1; p=none at _dmarc.{domain}.", domain=domain
    )
    return Check("DMARC", BAD, says)


def signature(mail: bytes, sender_domain: str, texts: Texts) -> list[Check]:
    """What the mail shows that came back: its signature, what it covers, and what the receiver says of it."""
    head = message_from_bytes(mail, policy=compat32)
    signed = [_tags(str(one)) for one in head.get_all("DKIM-Signature", [])]
    ours = [
        one
        for one in signed
        if _is_within(sender_domain, one.get("d", "")) or _is_within(one.get("d", ""), sender_domain)
    ]
    if not ours:
        says = (
            phrase("The mail came back signed for {domains} only, not for {domain}.",
                   domains=", ".join(one.get("d", "") for one in signed), domain=sender_domain)
            if signed
            else word("The mail came back without a signature: let your provider sign it.")
        )  # fmt: skip
        return [Check("DKIM", BAD, says), *_received(head)]
    return [_key(ours[0], texts), _cover(ours), *_received(head)]


def _key(one: Mapping[str, str], texts: Texts) -> Check:
    name = f"{one.get('s', '')}._domainkey.{one.get('d', '')}"
    found = texts(name)
    if found is None:
        return Check("DKIM", UNREAD, _unread(name))
    keys = [_tags(text) for text in found]
    if not any(key.get("p") for key in keys):
        return Check("DKIM", BAD, phrase("The mail is signed, and its key is not at {name}.", name=name))
    return Check(
        "DKIM", GOOD, phrase("signed for {domain}, key at {name}", domain=one.get("d", ""), name=name)
    )


def _cover(ours: Sequence[Mapping[str, str]]) -> Check:
    covered = {name.strip().lower() for one in ours for name in one.get("h", "").split(":")}
    missing = [name for name in _COVERED if name not in covered]
    what = "List-Unsubscribe"
    if missing:
        says = phrase(
            "The signature leaves out {headers}: let your provider sign them.", headers=", ".join(missing)
        )
        return Check(what, BAD, says)
    return Check(what, GOOD, word("The signature covers both headers."))


def _received(head: Message) -> list[Check]:
    """What the receiving server says; only its own, topmost word counts, for senders can write such lines, too."""
    said = " ".join(str(head.get("Authentication-Results", "")).split())
    if not said:
        return [Check("receiver", UNREAD, word("The receiving server wrote no Authentication-Results."))]
    results = dict(re.findall(r"\b(spf|dkim|dmarc)=(\w+)", said.lower()))
    wrong = [f"{name}={result}" for name, result in results.items() if result not in {"pass", "none"}]
    return [Check("receiver", BAD if wrong else GOOD, ", ".join(wrong) or said[:200])]


def _is_within(domain: str, other: str) -> bool:
    return bool(other) and (domain == other or domain.endswith(f".{other}"))


def _tags(text: str) -> dict[str, str]:
    """Tags of a signature or a key, as RFC 6376 writes them."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs if name.strip()}


def _of_kind(found: Sequence[str] | None, begin: str) -> list[str] | None:
    return None if found is None else [one for one in found if one.lower().startswith(begin)]


def _unread(name: str) -> str:
    return phrase("The records of {name} cannot be read from here.", name=name)
