"""Ratios such as value of an order or share returned: both parts vary from customer to customer.

The delta method: near its value a ratio is a difference, ``(above - ratio x below) / mean of below`` (Deng, Knoblich,
Lu, KDD 2018). The sums are those of two outcomes of the same customers and of their product.
"""

from dataclasses import dataclass

import numpy as np

from passend.results.looks import once


@dataclass(frozen=True)
class Ratio:
    """Sums over the customers of one arm, for ``above / below``."""

    people: float
    above: float
    above_squares: float
    below: float
    below_squares: float
    products: float

    def __add__(self, other: "Ratio") -> "Ratio":
        return Ratio(
            self.people + other.people,
            self.above + other.above,
            self.above_squares + other.above_squares,
            self.below + other.below,
            self.below_squares + other.below_squares,
            self.products + other.products,
        )

    @property
    def value(self) -> float:
        """The ratio; not a number where there is nothing below."""
        return self.above / self.below if self.below else float("nan")

    @property
    def error(self) -> float:
        """Its standard error."""
        n = self.people
        if n < 2 or not self.below:
            return float("nan")
        above = (self.above_squares - self.above**2 / n) / (n - 1)
        below = (self.below_squares - self.below**2 / n) / (n - 1)
        both = (self.products - self.above * self.below / n) / (n - 1)
        variance = above - 2 * self.value * both + self.value**2 * below
        return float(np.sqrt(max(variance, 0.0) / n) / abs(self.below / n))

    def interval(self, reach: float | None = None) -> tuple[float, float]:
        """Its 95 % interval, or one that reaches so many standard errors."""
        wide = (once() if reach is None else reach) * self.error
        return self.value - wide, self.value + wide


def ratio_difference(
    treated: Ratio, held_out: Ratio, reach: float | None = None
) -> tuple[float, float, float]:
    """The ratio of the treated less that of the held-out, with its interval."""
    value = treated.value - held_out.value
    wide = (once() if reach is None else reach) * float(np.hypot(treated.error, held_out.error))
    return value, value - wide, value + wide
