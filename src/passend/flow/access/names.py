"""Customer numbers in addresses of pages: covered, so that no history, log or referrer holds who somebody is.

A number may be an e-mail address. Covered by the workspace's own key it is the same token each time (links can be
kept), and nobody without the key can read or make one: a synthetic initialisation vector (RFC 5297's construction)
with HMAC-SHA256 as both of its functions.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from passend.channels.links.signing import Signer
from passend.errors import NoSuchCustomer

_VECTOR = 12
_BLOCK = 32
_LONGEST = 1200


def cover(signer: Signer, customer_id: str) -> str:
    """The token that stands for a customer in an address."""
    return _covered(signer.keys[0], customer_id.encode())


def uncover(signer: Signer, token: str) -> str:
    """The customer of a token.

    Raises:
        NoSuchCustomer: it was not made here.
    """
    for key in signer.keys:
        found = _read(key, token)
        if found is not None:
            return found
    raise NoSuchCustomer("This address names no customer.", remedy="Search for the customer.")


def _covered(key: bytes, plain: bytes) -> str:
    vector = _vector(key, plain)
    return urlsafe_b64encode(vector + _mixed(key, vector, plain)).decode().rstrip("=")


def _read(key: bytes, token: str) -> str | None:
    if len(token) > _LONGEST or not token.isascii():
        return None
    try:
        whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    plain = _mixed(key, whole[:_VECTOR], whole[_VECTOR:])
    if not plain or not hmac.compare_digest(_covered(key, plain).encode(), token.encode()):
        return None
    return plain.decode()


def _vector(key: bytes, plain: bytes) -> bytes:
    return hmac.new(key, b"page/vector/" + plain, "sha256").digest()[:_VECTOR]


def _mixed(key: bytes, vector: bytes, text: bytes) -> bytes:
    blocks = range((len(text) + _BLOCK - 1) // _BLOCK)
    stream = b"".join(
        hmac.new(key, b"page/stream/" + vector + n.to_bytes(4, "big"), "sha256").digest() for n in blocks
    )
    return bytes(one ^ two for one, two in zip(text, stream, strict=False))
