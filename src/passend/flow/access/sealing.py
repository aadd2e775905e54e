"""Secrets that must be read again, kept so that the store alone tells nothing: AES-256-GCM under the server's own key.

The key is derived (HKDF, RFC 5869) from ``links.key`` in the workspace's folder, for this purpose alone. What is sealed
names its owner: moved to another row, it does not open.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from passend.channels.links.signing import Signer

_MARK = "sealed1."
_NONCE = 12


def seal(signer: Signer, owner: str, secret: str) -> str:
    """A secret as the store keeps it.

    Args:
        signer: has the server's keys; the first seals.
        owner: whose it is.
        secret: what is kept.
    """
    nonce = secrets.token_bytes(_NONCE)
    hidden = _cipher(signer.keys[0]).encrypt(nonce, secret.encode(), owner.encode())
    return _MARK + urlsafe_b64encode(nonce + hidden).decode()


def unseal(signer: Signer, owner: str, kept: str) -> tuple[str, bool] | None:
    """The secret, and whether it is sealed under the present key; None where no key opens it.

    What was kept before secrets were sealed is told as it is.
    """
    if not kept.startswith(_MARK):
        return kept, False
    try:
        raw = urlsafe_b64decode(kept.removeprefix(_MARK))
    except ValueError:
        return None
    for place, key in enumerate(signer.keys):
        try:
            found = _cipher(key).decrypt(raw[:_NONCE], raw[_NONCE:], owner.encode())
        except (InvalidTag, ValueError):
            continue
        return found.decode(), place == 0
    return None


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"passend/second factor/1").derive(key))
