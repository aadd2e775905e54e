"""Gamma-Gamma: what a customer usually spends in an order, pulled towards the mean where orders are few.

Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013); Fader, Hardie and Lee (2005b).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from passend.customers.lifetime.histories import Floats
from passend.customers.lifetime.rhythm import Slopes, most_likely

FEW_CUSTOMERS = 10_000
STARTS = [np.array([5.0, 4.0, 1.0]), np.array([1.0, 3.0, 1.0])]


@dataclass(frozen=True)
class GammaGamma:
    """The fitted model.

    Attributes:
        p: shape of the amounts of one customer.
        q: shape of the customers' scales.
        v: rate of the customers' scales, in units of money.
        log_likelihood: at these parameters.
        customers: repeat customers it was fitted on.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int

    @property
    def parameters(self) -> dict[str, float]:
        """The fitted parameters by the names of the literature."""
        return {"p": self.p, "q": self.q, "v": self.v}

    def moments(self, repeats: Floats, spend: Floats) -> tuple[Floats, Floats, Floats]:
        """Of each customer's amounts: expected mean, expected square of the mean, expected variance.

        Equation 5 of the 2013 note gives the first; where the shape is too small for a variance it is taken at the
        smallest shape that has one.
        """
        usable = (repeats > 0) & (spend > 0)
        x = np.where(usable, repeats, 0.0)
        shape = self.p * x + self.q
        rate = self.v + x * np.where(usable, spend, 0.0)
        first = np.maximum(shape - 1, 0.05)
        second = np.maximum(shape - 2, 0.05)
        mean = self.p * rate / first
        square = mean * self.p * rate / second
        return mean, square, square / self.p


def fit_spend(repeats: Floats, spend: Floats) -> GammaGamma | None:
    """Fit on customers with repeats and positive amounts; None where fewer than three have them or all are alike."""
    usable = (repeats > 0) & (spend > 0)
    x, z = repeats[usable], spend[usable]
    if len(x) < 3 or float(np.ptp(z)) <= 1e-9 * float(z.mean()):
        return None
    scale = float(z.mean())
    z = z / scale
    n = len(x)

    def slopes_of(step: int) -> Callable[[Floats], Slopes]:
        some_x, some_z = x[::step], z[::step]

        def slopes(values: Floats) -> Slopes:
            value, slope = log_likelihood(some_x, some_z, values)
            return value / len(some_x), slope / len(some_x)

        return slopes

    starts = STARTS
    if n > 2 * FEW_CUSTOMERS:  # some of many customers show where to begin
        starts = [most_likely(slopes_of(n // FEW_CUSTOMERS), STARTS)[0]]
    (p, q, v), mean = most_likely(slopes_of(1), starts)
    return GammaGamma(float(p), float(q), float(v) * scale, float(mean * n - n * np.log(scale)), n)


def log_likelihood(x: Floats, z: Floats, values: Floats) -> Slopes:
    """Log-likelihood of (p, q, v) and its derivatives; equation 1a of the note."""
    p, q, v = values
    rate = v + x * z
    value = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
    value += (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(rate)
    d_p = x * (digamma(p * x + q) - digamma(p * x) + np.log(z) + np.log(x) - np.log(rate))
    d_q = digamma(p * x + q) - digamma(q) + np.log(v) - np.log(rate)
    d_v = q / v - (p * x + q) / rate
    return float(value.sum()), np.array([d_p.sum(), d_q.sum(), d_v.sum()])
