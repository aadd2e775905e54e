"""How likely each of several options is the best one, given how often it was tried and how often it worked."""

import numpy as np
from numpy.typing import NDArray

#: So many draws leave a chance uncertain by half a percentage point.
_DRAWS = 10_000


def best_chances(tried: NDArray[np.int64], worked: NDArray[np.int64]) -> NDArray[np.float64]:
    """The chance of each option that its true rate is the highest (Thompson 1933).

    Before anything is known every rate is as likely as any other. The same counts give the same chances, on every
    computer and at every call.

    Args:
        tried: int64 (options), how often each was tried.
        worked: int64 (options), how often it worked.

    Returns:
        float64 (options), adding up to 1.
    """
    draws = np.random.default_rng(1933).beta(1.0 + worked, 1.0 + tried - worked, (_DRAWS, len(tried)))
    return np.bincount(draws.argmax(axis=1), minlength=len(tried)) / _DRAWS
