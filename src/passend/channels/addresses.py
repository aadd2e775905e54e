"""E-mail addresses that can be put into a header and an envelope without harm, in any script."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import idna

from passend.errors import InvalidAddress

#: RFC 5322 dot-atom, with letters of any script (RFC 6532).
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True)
class Address:
    """Where a message goes to or comes from.

    Attributes:
        local: before the @, as its owner writes it.
        domain: after the @, in the ASCII form that mail servers know (IDNA 2008).
        name: who it is, for people; may be empty.
    """

    local: str
    domain: str
    name: str = ""

    @property
    def plain(self) -> str:
        """The address alone, as it goes to the mail server."""
        return f"{self.local}@{self.domain}"

    @property
    def fingerprint(self) -> str:
        """Stands for the address where the address itself must not stand, however its owner writes it."""
        return sha256(self.plain.lower().encode()).hexdigest()[:16]

    @property
    def is_ascii(self) -> bool:
        """Whether every mail server can take it; others need SMTPUTF8."""
        return self.local.isascii()


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    return idna.encode(domain, uts46=True, transitional=False).decode("ascii").lower()


def address_of(text: str, name: str = "") -> Address:
    """An address that was read somewhere, made safe to send to.

    Args:
        text: the address alone.
        name: who it is, for people; line ends and invisible signs in it are taken out.

    Raises:
        InvalidAddress: it is none; what is wrong and the remedy are named.
    """
    bare = text.strip()
    if _UNSEEN.search(bare):
        raise _wrong(text, "it holds invisible signs or line ends")
    local, at, domain = bare.rpartition("@")
    if not at or not local or not domain or "@" in local:
        raise _wrong(text, "it needs one @ with something before and behind it")
    if not _LOCAL.fullmatch(local) or len(local.encode()) > 64:
        raise _wrong(text, "what stands before the @ is no name of a mailbox")
    try:
        known = _ascii_domain(domain)
    except (idna.IDNAError, UnicodeError) as problem:
        raise _wrong(text, "what stands behind the @ is no name of a domain") from problem
    if "." not in known and known != "localhost":
        raise _wrong(text, "what stands behind the @ is no name of a domain")
    if len(local.encode()) + len(known) > 253:
        raise _wrong(text, "it is longer than 254 characters")
    return Address(local, known, _UNSEEN.sub(" ", name).strip()[:120])


def _wrong(text: str, why: str) -> InvalidAddress:
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[:80])
    return InvalidAddress(
        f"This is no e-mail address that can be written to: {why}",
        record=shown,
        remedy="Correct the address of this customer, or leave it empty.",
    )
