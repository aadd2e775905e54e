"""Draws that come out the same whoever asks, whenever: splits, variants, spread-out moments, reactions of ghosts."""

import hashlib
from collections.abc import Mapping


def draw(*about: object) -> float:
    """A number from 0 to 1 that depends on nothing but what it is about."""
    text = ":".join(map(str, about))
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:13], 16) / 16**13


def drawn(shares: Mapping[str, float], *about: object) -> str:
    """One of the names, each with its share."""
    left = draw(*about) * sum(shares.values())
    for name, share in shares.items():
        left -= share
        if left < 0:
            return name
    return list(shares)[-1]
