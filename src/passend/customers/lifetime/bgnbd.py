"""BG/NBD: customers buy at their own pace and may stop after any order.

Fader, Hardie and Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaln, digamma, gammaln

from passend.customers.lifetime.histories import Floats, Patterns
from passend.customers.lifetime.rhythm import Outlook, Slopes, most_likely_patterns

STARTS = [np.array([0.5, 5.0, 1.0, 3.0]), np.array([1.0, 10.0, 0.3, 1.0])]
NODES = 32


@dataclass(frozen=True)
class BgNbd:
    """The fitted model.

    Attributes:
        r: shape of the pace among customers.
        alpha: rate of the pace, weeks.
        a: first shape of the chance to stop.
        b: second shape of the chance to stop.
        log_likelihood: at these parameters.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    name: str = "BG/NBD"

    @property
    def parameters(self) -> dict[str, float]:
        """The fitted parameters by the names of the literature."""
        return {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b}

    def outlook(self, found: Patterns, weeks: float) -> Outlook:
        """What each pattern leads to within the weeks after the end of the data."""
        x, shape, rate = found.repeats, self.r + found.repeats, self.alpha + found.watched
        alive = self._alive(found)
        orders, square = self._moments(x, shape, weeks / rate)
        none = 1 - alive + alive * np.exp(-shape * np.log1p(weeks / rate))
        return Outlook(alive, alive * orders, alive * square, none)

    def waits(self, found: Patterns, chance: float) -> Floats:
        """Weeks until each pattern has ordered again with that chance; infinite where it never gets there."""
        shape, rate = self.r + found.repeats, self.alpha + found.watched
        still = 1 - chance / self._alive(found)  # chance, for one who still buys, of no order until then
        weeks = np.full(len(shape), np.inf)
        some = still > 0
        with np.errstate(over="ignore"):
            weeks[some] = rate[some] * np.expm1(-np.log(still[some]) / shape[some])
        return weeks

    def _alive(self, found: Patterns) -> Floats:
        """Chance that each pattern still buys."""
        x, shape, rate = found.repeats, self.r + found.repeats, self.alpha + found.watched
        stopped = np.zeros(len(x))
        bought = x > 0
        odds = shape * (np.log(rate) - np.log(self.alpha + found.latest))
        with np.errstate(over="ignore"):
            stopped[bought] = self.a / (self.b + x[bought] - 1) * np.exp(odds[bought])
        return np.asarray(1 / (1 + stopped))

    def counts(self, weeks: Floats, most: int) -> Floats:
        """Chance of 0, 1, ... `most` - 1 and of `most` or more repeats in the weeks after the first order."""
        k = np.arange(most)[None, :]
        t = np.maximum(weeks, 1e-12)[:, None]
        pace = np.exp(
            gammaln(self.r + k) - gammaln(self.r) - gammaln(k + 1)
            + self.r * np.log(self.alpha / (self.alpha + t))
            + k * np.log(t / (self.alpha + t))
        )  # fmt: skip
        on = np.exp(betaln(self.a, self.b + k) - betaln(self.a, self.b))
        off = np.exp(betaln(self.a + 1, self.b + np.maximum(k, 1) - 1) - betaln(self.a, self.b))
        reached = 1 - (np.cumsum(pace, axis=1) - pace)
        chance = on * pace + np.where(k > 0, off * reached, 0)
        return np.column_stack([chance, np.maximum(1 - chance.sum(axis=1), 0)])

    def _moments(self, x: Floats, shape: Floats, ratio: Floats) -> tuple[Floats, Floats]:
        """Mean and mean square of the orders of one who still buys: an integral over the chance to stop."""
        orders, square = np.zeros(len(x)), np.zeros(len(x))
        for repeats in np.unique(x):
            rows = np.flatnonzero(x == repeats)
            stop, weight = _stop_nodes(self.a, self.b + float(repeats))
            s, z = shape[rows, None], ratio[rows, None]
            log_left = -s * np.log1p(stop * z)
            left = np.exp(log_left)
            once = -np.expm1(log_left)
            orders[rows] = (once / stop) @ weight
            u = stop * z
            with np.errstate(invalid="ignore"):
                later = (once - s * u / (1 + u) * left) / stop**2
            # For a small chance to stop the difference cancels; its series does not.
            series = s * (s + 1) / 2 * z**2 * (1 - 2 * (s + 2) * u / 3 + (s + 2) * (s + 3) * u**2 / 4)
            later = np.where((s + 3) * u < 1e-3, series, later)
            square[rows] = orders[rows] + (2 * (1 - stop) * later) @ weight
        return orders, square


def _stop_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Points and weights for the mean over Beta(a, b), however large a and b are (Golub and Welsch 1969)."""
    k = np.arange(1, NODES, dtype=np.float64)
    low, high = b - 1, a - 1
    total = 2 * k + low + high
    middle = np.r_[
        (high - low) / (low + high + 2), (high - low) * (high + low) / np.maximum(total * (total + 2), 1e-300)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):  # the first one has a form of its own
        beside = 4 * k * (k + low) * (k + high) * (k + low + high) / (total**2 * (total + 1) * (total - 1))
    beside[0] = 4 * (1 + low) * (1 + high) / ((2 + low + high) ** 2 * (3 + low + high))
    nodes, vectors = eigh_tridiagonal(middle, np.sqrt(beside))
    return np.maximum((1 + nodes) / 2, 1e-9), vectors[0] ** 2


def fit_bgnbd(found: Patterns) -> BgNbd:
    """Fit by maximum likelihood."""
    (r, alpha, a, b), total = most_likely_patterns(log_likelihood, found, STARTS)
    return BgNbd(float(r), float(alpha), float(a), float(b), total)


def log_likelihood(found: Patterns, values: Floats) -> Slopes:
    """Log-likelihood of (r, alpha, a, b) and its derivatives; equations 6 and 7 of the paper."""
    r, alpha, a, b = values
    x, tx, t, n = found.repeats, found.latest, found.watched, found.count
    bought = x > 0
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    base += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    on = -(r + x) * np.log(alpha + t)
    below = b + np.maximum(x, 1) - 1
    off = np.where(bought, np.log(a) - np.log(below) - (r + x) * np.log(alpha + tx), -np.inf)
    both = np.logaddexp(on, off)
    w_on, w_off = np.exp(on - both), np.exp(off - both)
    d_r = digamma(r + x) - digamma(r) + np.log(alpha) - w_on * np.log(alpha + t) - w_off * np.log(alpha + tx)
    d_alpha = r / alpha - (r + x) * (w_on / (alpha + t) + w_off / (alpha + tx))
    d_a = digamma(a + b) - digamma(a + b + x) + w_off / a
    d_b = digamma(a + b) + digamma(b + x) - digamma(b) - digamma(a + b + x) - w_off / below
    return float(n @ (base + both)), np.array([n @ d_r, n @ d_alpha, n @ d_a, n @ d_b])
