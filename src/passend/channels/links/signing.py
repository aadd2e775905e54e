"""Links that only this firm can make: what they mean is readable, and a signature holds it.

A link carries the message's key and what it is for. Without the signature it would be a door: to any address (an open
redirect), or to other people's subscriptions.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from passend.errors import Forged

FILE = "links.key"
_SIGNED = 16  # bytes of SHA-256: 128 bits, so that links stay short


@dataclass(frozen=True)
class Signer:
    """Signs and reads tokens.

    Attributes:
        keys: the first signs; all are accepted, so that a key can be changed while old mails are still read.
    """

    keys: tuple[bytes, ...]

    def token(self, purpose: str, content: Mapping[str, Any]) -> str:
        """A token for one purpose; with another one it is worth nothing.

        Args:
            purpose: such as ``unsubscribe``, ``click``, ``opt-in``.
            content: what it says; small, and readable by whoever has the link.
        """
        body = _text(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())
        return f"{body}.{_text(_mark(self.keys[0], purpose, body))}"

    def read(
        self, purpose: str, token: str, now: datetime, oldest: timedelta | None = None
    ) -> dict[str, Any]:
        """What a token says.

        Args:
            purpose: for which it must have been made.
            token: as it came in.
            now: naive UTC.
            oldest: how long it is good, by its ``at``; none for ever.

        Raises:
            Forged: it was not made here for this, or is too old.
        """
        body, _, mark = token.partition(".")
        given = _bytes(mark)
        if len(token) > 4000 or not any(
            hmac.compare_digest(_mark(key, purpose, body), given) for key in self.keys
        ):
            raise _not_ours()
        found: dict[str, Any] = json.loads(_bytes(body))
        if oldest is not None and now - _moment(found.get("at", 0)) > oldest:
            raise Forged("This link is too old", remedy="Ask for a new one.")
        return found


def signer_of(folder: Path) -> Signer:
    """The signer of a workspace; its key is made once, and lies in a file that only its owner can read.

    Further lines of the file are older keys, which still hold.
    """
    file = folder / FILE
    if not file.exists():
        file.touch(0o600)
        file.write_text(secrets.token_hex(32) + "\n", "ascii")
    keys = tuple(bytes.fromhex(line) for line in file.read_text("ascii").split())
    return Signer(keys)


def seconds(at: datetime) -> int:
    """A naive UTC moment as a token holds it."""
    return int(at.replace(tzinfo=UTC).timestamp())


def _moment(said: Any) -> datetime:
    return datetime.fromtimestamp(float(said), UTC).replace(tzinfo=None)


def _mark(key: bytes, purpose: str, body: str) -> bytes:
    return hmac.digest(key, f"{purpose}\0{body}".encode(), "sha256")[:_SIGNED]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as problem:
        raise _not_ours() from problem


def _not_ours() -> Forged:
    return Forged(
        "This link was not made here, or was changed", remedy="Use the link from the message as it is."
    )
