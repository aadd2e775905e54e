"""Several slices at once: of twenty groups without any effect, one looks as if it had one."""

import numpy as np
from numpy.typing import NDArray

from passend.results.distributions import ndtr


def hold_down(statistics: NDArray[np.float64], rate: float = 0.05) -> NDArray[np.bool_]:
    """Which of several statistics (value / error) stand out, with a share of false ones of at most ``rate``.

    Benjamini and Hochberg (Journal of the Royal Statistical Society B 1995).
    """
    if not len(statistics):
        return np.zeros(0, dtype=np.bool_)
    chances = 2 * ndtr(-np.abs(statistics))
    order = np.argsort(chances)
    passes = chances[order] <= rate * np.arange(1, len(chances) + 1) / len(chances)
    found = np.zeros(len(chances), dtype=np.bool_)
    if passes.any():
        found[order[: int(np.flatnonzero(passes)[-1]) + 1]] = True
    return found
