"""Paired bootstrap: all methods judged on the same resampled customers, so that their luck cancels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 1_000
CHUNK_CELLS = 20_000_000


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % bounds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Resampled:
    """Means of columns over customers, and over DRAWS resamples of the same customers.

    Args:
        means: mean of each column; customers to whom it does not apply (NaN) are left out.
        draws: the same for each resample, DRAWS x columns.
    """

    means: Floats
    draws: Floats

    def mean(self, column: int) -> Interval:
        """The mean of a column with its interval."""
        return _interval(float(self.means[column]), self.draws[:, column])

    def lift(self, ours: int, baseline: int) -> Interval:
        """How much better in proportion: the mean of one column over another's, less one."""
        if not self.means[baseline] > 0:
            return Interval(float("nan"), float("nan"), float("nan"))
        ratios = self.draws[:, ours] / np.maximum(self.draws[:, baseline], 1e-12) - 1.0
        return _interval(float(self.means[ours] / self.means[baseline] - 1.0), ratios)


def resample(values: Floats, seed: int) -> Resampled:
    """Draw the customers with replacement, the same draw for every column; customers x columns."""
    n, columns = values.shape
    applies = ~np.isnan(values)
    stacked = np.concatenate([np.where(applies, values, 0.0), applies], axis=1).astype(np.float32)
    rng = np.random.default_rng(seed)
    sums = np.empty((DRAWS, 2 * columns))
    step = max(min(CHUNK_CELLS // max(n, 1), DRAWS), 1)
    for start in range(0, DRAWS, step):
        many = min(step, DRAWS - start)
        counts = np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(many)])
        sums[start : start + many] = counts.astype(np.float32) @ stacked
    return Resampled(_ratio(stacked.sum(0, dtype=np.float64)[None, :], columns)[0], _ratio(sums, columns))


def _ratio(sums: Floats, columns: int) -> Floats:
    total, number = sums[:, :columns], sums[:, columns:]
    out = np.full(total.shape, np.nan)
    np.divide(total, number, out=out, where=number > 0)
    return out


def _interval(value: float, samples: Floats) -> Interval:
    known = samples[~np.isnan(samples)]
    if not len(known) or np.isnan(value):
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(value, float(low), float(high))
