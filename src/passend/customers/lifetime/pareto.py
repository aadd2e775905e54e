"""Pareto/NBD: customers buy at their own pace and may leave at any moment, unseen.

Schmittlein, Morrison and Colombo, Management Science 33 (1987). The likelihood is written as one integral over the
moment of leaving (Fader and Hardie, A Note on Deriving the Pareto/NBD Model, 2005); every term of it is positive, so
that nothing cancels, whatever the parameters.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from passend.customers.lifetime.histories import Floats, Patterns
from passend.customers.lifetime.rhythm import Outlook, Slopes, most_likely_patterns

STARTS = [np.array([0.5, 10.0, 0.6, 12.0])]
CUTOFF = 36.0  # e-folds after which the integrand no longer counts
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
NODES, WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


@dataclass(frozen=True)
class ParetoNbd:
    """The fitted model.

    Attributes:
        r: shape of the pace among customers.
        alpha: rate of the pace, weeks.
        s: shape of the rate of leaving.
        beta: rate of the rate of leaving, weeks.
        log_likelihood: at these parameters.
    """

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float
    name: str = "Pareto/NBD"

    @property
    def parameters(self) -> dict[str, float]:
        """The fitted parameters by the names of the literature."""
        return {"r": self.r, "alpha": self.alpha, "s": self.s, "beta": self.beta}

    def outlook(self, found: Patterns, weeks: float) -> Outlook:
        """What each pattern leads to within the weeks after the end of the data.

        For one who is still a customer, pace and rate of leaving are independent: Gamma(r + x, alpha + T) and
        Gamma(s, beta + T).
        """
        p, pace = self.r + found.repeats, self.alpha + found.watched
        leave = self.beta + found.watched
        on, gone = _alive_and_gone(np.array([self.r, self.alpha, self.s, self.beta]), found)[:2]
        alive = 1 / (1 + np.exp(gone - on))
        u = weeks * NODES[None, :]
        stays = np.exp(-self.s * np.log1p(u / leave[:, None]))
        once = weeks * (stays @ WEIGHTS)
        twice = 2 * weeks * ((u * stays) @ WEIGHTS)
        orders = p / pace * once
        square = orders + p * (p + 1) / pace**2 * twice
        some = self._some(found, np.full(len(p), weeks))
        return Outlook(alive, alive * orders, alive * square, 1 - alive * some)

    def waits(self, found: Patterns, chance: float) -> Floats:
        """Weeks until each pattern has ordered again with that chance; infinite where it never gets there.

        Found by halving, to a fiftieth of the time, up to some ten times the history.
        """
        on, gone = _alive_and_gone(np.array([self.r, self.alpha, self.s, self.beta]), found)[:2]
        alive = 1 / (1 + np.exp(gone - on))
        low = np.full(len(alive), np.log(1 / 7))
        high = np.full(len(alive), np.log(10 * float(found.watched.max(initial=1.0)) + 1))
        reached = alive * self._some(found, np.exp(high)) >= chance
        for _ in range(9):
            middle = (low + high) / 2
            enough = alive * self._some(found, np.exp(middle)) >= chance
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.where(reached, np.exp(high), np.inf)

    def _some(self, found: Patterns, weeks: Floats) -> Floats:
        """Chance of a first order before leaving; in v, the chance of no order yet, the integrand is smooth."""
        p, pace, leave = self.r + found.repeats, self.alpha + found.watched, self.beta + found.watched
        v_end = np.exp(-p * np.log1p(weeks / pace))[:, None]
        v = v_end + (1 - v_end) * NODES[None, :]
        since = pace[:, None] * np.expm1(-np.log(v) / p[:, None])
        return np.asarray((1 - v_end[:, 0]) * (np.exp(-self.s * np.log1p(since / leave[:, None])) @ WEIGHTS))

    def counts(self, weeks: Floats, most: int) -> Floats:
        """Chance of 0, 1, ... `most` - 1 and of `most` or more repeats in the weeks after the first order."""
        k = np.arange(most)[None, None, :]
        t = np.maximum(weeks, 1e-12)[:, None, None]

        def pace(u: Floats) -> Floats:
            return np.exp(
                gammaln(self.r + k) - gammaln(self.r) - gammaln(k + 1)
                + self.r * np.log(self.alpha / (self.alpha + u))
                + k * np.log(u / (self.alpha + u))
            )  # fmt: skip

        stays = (self.beta / (self.beta + t[:, 0])) ** self.s
        # In v, the chance of having stayed so long, the moment of leaving is evenly spread.
        v = stays + (1 - stays) * NODES[None, :]
        left = np.maximum(self.beta * np.expm1(-np.log(v) / self.s), 1e-12)[:, :, None]
        during = np.einsum("gnk,n->gk", pace(left), WEIGHTS) * (1 - stays)
        chance = pace(t)[:, 0] * stays + during
        return np.column_stack([chance, np.maximum(1 - chance.sum(axis=1), 0)])


def fit_pareto(found: Patterns) -> ParetoNbd:
    """Fit by maximum likelihood."""
    (r, alpha, s, beta), total = most_likely_patterns(log_likelihood, found, STARTS)
    return ParetoNbd(float(r), float(alpha), float(s), float(beta), total)


def log_likelihood(found: Patterns, values: Floats) -> Slopes:
    """Log-likelihood of (r, alpha, s, beta) and its derivatives."""
    r, alpha, s, beta = values
    x, t, n = found.repeats, found.watched, found.count
    on, gone, mean_a, mean_b, log_a, log_b = _alive_and_gone(values, found)
    both = np.logaddexp(on, gone)
    stay, left = np.exp(on - both), np.exp(gone - both)
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    p = r + x
    d_r = digamma(p) - digamma(r) + np.log(alpha) - stay * np.log(alpha + t) - left * log_a
    d_alpha = r / alpha - p * (stay / (alpha + t) + left * mean_a)
    d_s = np.log(beta) - stay * np.log(beta + t) + left * (1 / s - log_b)
    d_beta = s / beta - stay * s / (beta + t) - left * (s + 1) * mean_b
    return float(n @ (base + both)), np.array([n @ d_r, n @ d_alpha, n @ d_s, n @ d_beta])


def _alive_and_gone(values: Floats, found: Patterns) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Logarithms of the two ways to such a history: still a customer, or gone at u between latest and end.

    Gone is s times the integral of (alpha+u)^-(r+x) (beta+u)^-(s+1) from latest to end. The means over u of
    1/(alpha+u), 1/(beta+u) and of the logarithms come with it, for the derivatives.
    """
    r, alpha, s, beta = values
    x, tx, t = found.repeats, found.latest, found.watched
    p, lower = r + x, min(alpha, beta)
    on = -p * np.log(alpha + t) - s * np.log(beta + t)
    # In y = ln((lower + u) / (lower + latest)) it falls at least as fast as exp(-fall y).
    begin = lower + tx
    fall = (p * begin / (alpha + tx) + s) if lower == beta else (p - 1 + (s + 1) * begin / (beta + tx))
    length = np.log((lower + t) / begin)
    length = np.where(fall > 0, np.minimum(length, CUTOFF / np.maximum(fall, 1e-9)), length)
    grown = begin[:, None] * np.exp(length[:, None] * NODES[None, :])
    log_low = np.log(grown)
    other = grown + (max(alpha, beta) - lower)
    log_high = np.log(other)
    log_au, log_bu = (log_low, log_high) if lower == alpha else (log_high, log_low)
    au, bu = (grown, other) if lower == alpha else (other, grown)
    height = log_low - p[:, None] * log_au - (s + 1) * log_bu
    top = height.max(axis=1, keepdims=True)
    mass = np.exp(height - top) * WEIGHTS[None, :]
    total = mass.sum(axis=1)
    with np.errstate(divide="ignore"):
        gone = np.log(s) + top[:, 0] + np.log(length) + np.log(total)
    means = [(mass * part).sum(axis=1) / total for part in (1 / au, 1 / bu, log_au, log_bu)]
    return on, gone, *means
