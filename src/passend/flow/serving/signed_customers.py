"""Who the customer before the shop's page is, vouched for by the shop: number and expiry under the shop's signature.

    base64url(customer number) . expiry as Unix seconds . HMAC-SHA256 of both in hexadecimal digits

Without it anybody could read in a page's script what another customer is offered.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from passend.channels.links.signing import Signer
from passend.errors import Forged

LONGEST = 600
_DIGITS = 12


def signing_secret(signer: Signer, key_id: str) -> str:
    """The secret with which a shop signs for a public key; made of the workspace's own, and kept nowhere."""
    return hmac.new(signer.keys[0], f"customer/{key_id}".encode(), "sha256").hexdigest()


def sign_customer(secret: str, customer_id: str, until: datetime) -> str:
    """What the shop's server writes into its page."""
    name = urlsafe_b64encode(customer_id.encode()).decode().rstrip("=")
    body = f"{name}.{int(until.replace(tzinfo=UTC).timestamp())}"
    return f"{body}.{_mark(secret, body)}"


def read_customer(signer: Signer, key_id: str, token: str, now: datetime) -> str:
    """The customer of a token.

    Raises:
        Forged: the shop did not sign it for this key, or its time is over.
    """
    body, _, mark = token.rpartition(".")
    name, _, expiry = body.partition(".")
    if len(token) > LONGEST or not token.isascii() or not 0 < len(expiry) <= _DIGITS or not expiry.isdigit():
        raise _not_signed()
    secrets = [signing_secret(Signer((one,)), key_id) for one in signer.keys]
    # Digits alone: the same signature in other letters is not the same token.
    if not any(hmac.compare_digest(_mark(secret, body), mark) for secret in secrets):
        raise _not_signed()
    if int(expiry) < now.replace(tzinfo=UTC).timestamp():
        raise Forged("The customer's token is too old.", remedy="Have the shop's server sign a new one.")
    return urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()


def _mark(secret: str, body: str) -> str:
    return hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()


def _not_signed() -> Forged:
    return Forged(
        "The customer's token is not signed by the shop for this key.",
        remedy="Sign it with the secret that was told when the key was made.",
    )
