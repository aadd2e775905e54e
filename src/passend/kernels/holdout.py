"""Who is kept without offers, so that what offers bring can be measured: the same people, whoever asks."""

import hashlib
from functools import lru_cache


def is_held_out(customer_id: str, salt: str, share: float) -> bool:
    """Whether a customer is kept without offers: a stable hash, the same as in ``decision_customers.sql``."""
    digest = hashlib.md5(f"{salt}:{customer_id}".encode(), usedforsecurity=False).hexdigest()[:8]
    return digest < holdout_below(share)


@lru_cache
def holdout_below(share: float) -> str:
    """The first eight hexadecimal digits of an MD5 are even over 0..2^32; text compares the same everywhere."""
    return f"{min(int(share * 16**8), 16**8 - 1):08x}"
