"""How uncertain an offer's value is, and why: by its effect, its margin, what comes back, what the customer is worth.

The half-widths of 95 % intervals, source by source; for one offer they are independent, so their squares add up, but
never to more than if all went wrong together: where the effect is small, its margin matters little. Over
a plan they do not all average out: an assumption that is wrong is wrong for all, and what was learned from contacts on
a channel errs alike for all offers there. Such errors are summed; those of single customers add up as squares.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.candidates import Side, steady

Amounts = NDArray[np.float64]

#: Orders that the firm's usual returns are worth beside a customer's own (setting ``customers.return_orders``).
_USUAL_ORDERS = 3.0
#: What a customer is worth, where it is assumed: from half to twice as much.
_WORTH = (0.5, 2.0)
_WIDTH = 1.96


@dataclass(frozen=True)
class Doubt:
    """Half-widths in minor units, by candidate, downwards and upwards.

    Attributes:
        effect_low: of the effect, as is ``effect_high``.
        margin: of an assumed margin; 0 where the cost is known.
        returns: of the customer's returned share.
        worth_low: of what the customer is worth, as is ``worth_high``; it counts by the chance to lose the customer.
        worth_is_assumed: whether that worth is an assumption.
        left: share of the effect that is left at the low end of its interval, and with it of doubts about the sale.
    """

    effect_low: Amounts
    effect_high: Amounts
    margin: Amounts
    returns: Amounts
    worth_low: Amounts
    worth_high: Amounts
    worth_is_assumed: NDArray[np.bool_]
    left: Amounts

    @property
    def low(self) -> Amounts:
        """All of it downwards: a customer worth more makes an offer worth less."""
        return np.minimum(_root(self.effect_low, self.margin, self.returns, self.worth_high), self.worst)

    @property
    def worst(self) -> Amounts:
        """Downwards, if all goes wrong together."""
        return self.effect_low + self.left * (self.margin + self.returns) + self.worth_high

    @property
    def high(self) -> Amounts:
        """All of it upwards."""
        return _root(self.effect_high, self.margin, self.returns, self.worth_low)


def _root(*parts: Amounts) -> Amounts:
    return np.asarray(np.sqrt(sum(part**2 for part in parts)))


def returned_doubt(customers: Side) -> Amounts:
    """Half-width of each customer's returned share: binomial, told by the customer's orders and some usual ones."""
    share = steady(np.clip(customers.numbers("returned_share", 0.0), 0, 1))
    orders = customers.numbers("orders", 0.0) + _USUAL_ORDERS
    return np.asarray(_WIDTH * np.sqrt(share * (1 - share) / (orders + 1)))


def worth_doubt(customers: Side, worth: Amounts) -> tuple[Amounts, Amounts, NDArray[np.bool_]]:
    """Half-widths of what each customer is worth, down and up, and whether it is assumed."""
    low, high = (customers.numbers(f"lifetime_{end}_cents") for end in ("low", "high"))
    known = customers.numbers("lifetime_cents")
    low, high = np.where(np.isnan(low), known, low), np.where(np.isnan(high), known, high)
    assumed = np.isnan(known)
    low = np.where(assumed, _WORTH[0] * worth, np.maximum(low, 0.0))
    high = np.where(assumed, _WORTH[1] * worth, high)
    return np.maximum(worth - low, 0.0), np.maximum(high - worth, 0.0), assumed


def together(doubt: Doubt, customer: NDArray[np.int32], alike: NDArray[np.int64]) -> tuple[float, float]:
    """Half-widths of the value of several offers, down and up.

    Args:
        doubt: of the offers.
        customer: of each offer.
        alike: offers of the same code err alike in their effect; those with -1 err each on their own.
    """
    ends = []
    for effect, worth in ((doubt.effect_low, doubt.worth_high), (doubt.effect_high, doubt.worth_low)):
        assumed = doubt.worth_is_assumed
        parts = [
            *_sums(effect[alike >= 0], alike[alike >= 0]),
            *effect[alike < 0],
            doubt.margin.sum(),
            worth[assumed].sum(),
            *_sums(doubt.returns, customer),
            *_sums(worth[~assumed], customer[~assumed]),
        ]
        ends.append(float(np.sqrt(np.sum(np.square(parts)))))
    return min(ends[0], float(doubt.worst.sum())), ends[1]


def _sums(parts: Amounts, code: NDArray[np.integer]) -> Amounts:
    return np.asarray(np.bincount(code, parts), dtype=np.float64) if len(code) else np.zeros(0)
