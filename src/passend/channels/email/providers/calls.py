"""A provider's call as it comes in, and what all readers need of it."""

import hmac
import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from passend.errors import Forged, InvalidInput

#: A signed call older than this was kept by somebody.
OLDEST = timedelta(minutes=10)
_LARGEST = 4_000_000


@dataclass(frozen=True)
class Call:
    """A webhook's request.

    Attributes:
        body: as it came, byte by byte: signatures are over these.
        headers: by name, in any letters.
        secret: what stood in the address, for providers that sign nothing.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""

    def header(self, name: str) -> str:
        """A header by its name in any letters; empty where it is missing."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            InvalidInput: it is none, or too large.
        """
        if len(self.body) > _LARGEST:
            raise InvalidInput(
                "A provider's call is too large", remedy="Let the provider send smaller batches."
            )
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as problem:
            raise InvalidInput(
                "A provider's call is no JSON",
                remedy="Set the format of the webhook to JSON at the provider.",
            ) from problem


def shared_secret(call: Call, secret: str, provider: str) -> None:
    """For providers that sign nothing: a secret in the address, or as the password of basic authentication.

    Raises:
        Forged: it is another one, or none was set.
    """
    given = call.secret
    scheme, _, credentials = call.header("Authorization").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = b64decode(credentials, validate=True).decode().partition(":")[2]
        except ValueError:
            given = ""
    elif scheme.lower() == "bearer":
        given = credentials.strip()
    if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
        raise forged(provider)


def forged(provider: str) -> Forged:
    """The error for a call that is not the provider's."""
    return Forged(
        f"This call does not come from {provider}",
        remedy="Compare the secret in the settings with the one at the provider.",
    )


def moment(said: Any, now: datetime) -> datetime:
    """A time in seconds since 1970, or in ISO form, as naive UTC; ``now`` where it is neither or still to come."""
    at = _read(said)
    return now if at is None else min(at, now)


def is_fresh(said: Any, now: datetime, oldest: timedelta = OLDEST) -> bool:
    """Whether a call was signed of late: one that somebody kept is refused."""
    at = _read(said)
    return at is not None and abs(now - at) <= oldest


def _read(said: Any) -> datetime | None:
    try:
        if isinstance(said, str) and not said.replace(".", "", 1).isdigit():
            at = datetime.fromisoformat(said)
            return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
        return datetime.fromtimestamp(float(said), UTC).replace(tzinfo=None)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def rows(value: Any) -> list[dict[str, Any]]:
    """One event or a list of them, as a list; what is no event is left out."""
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, dict)]


def text(value: Any) -> str:
    """A field as text, at most 500 signs."""
    return "" if value is None else str(value)[:500]
