"""From the choice at the right prices to a plan that keeps every limit, and how near to the best it is for certain."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.allocate.dual import Prices, find_prices, look
from passend.decisions.allocate.problem import Problem
from passend.kernels import allocation

#: Rounds of adding and exchanging offers, and the most that are looked at in one.
_ROUNDS = 4
_MOST = 4_000_000


@dataclass(frozen=True)
class Allocation:
    """A choice that keeps all limits.

    Attributes:
        chosen: bool (offers).
        prices: float64 (limits), what one more unit of each limit would earn.
        usage: float64 (limits), how much of each limit is used.
        value: the sum of the chosen offers' values.
        bound: no choice can be worth more.
    """

    chosen: NDArray[np.bool_]
    prices: NDArray[np.float64]
    usage: NDArray[np.float64]
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """The share of the bound that is missing at most: the plan's certificate."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0


def allocate(problem: Problem, *, target: float = 2e-4, tries: int = 30) -> Allocation:
    """The most valuable choice of offers that keeps every limit, with its certificate.

    Limits come in whole offers, so the choice at the best prices leaves some limits with room and overdraws others.
    It is repaired; then, while the certificate is wider than the target, the prices are moved a little towards what
    is left over, and the best repaired choice is kept.

    Args:
        problem: offers and limits.
        target: the gap at which to be content.
        tries: the most repairs.
    """
    found = find_prices(problem)
    prices = found.prices
    best: Allocation | None = None
    chosen = found.chosen
    for turn in range(tries):
        wished = problem.usage(chosen)
        kept = _repaired(problem, Prices(prices, found.bound, chosen), wished.copy())
        here = Allocation(chosen, found.prices, kept, _worth(problem, chosen), found.bound)
        best = here if best is None or here.value > best.value else best
        if best.gap <= target or not found.prices.any():
            break
        left = np.where(kept < problem.capacity, np.minimum(wished, problem.capacity) - problem.capacity, 0.0)
        excess = np.where(wished > problem.capacity, wished - problem.capacity, left)
        share = excess / np.maximum(problem.capacity, 1.0)
        prices = np.maximum(prices + found.prices * np.clip(share, -0.5, 0.5) * 0.5 / (1 + turn / 8), 0.0)
        chosen = np.zeros(len(problem.value), np.bool_)
        look(problem, prices, chosen)
    if best is None:
        raise AssertionError("tries must be at least 1")
    return best


def _worth(problem: Problem, chosen: NDArray[np.bool_]) -> float:
    return float(np.sum(problem.value[chosen], dtype=np.float64))


def _repaired(problem: Problem, found: Prices, usage: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make a choice keep all limits and use what is left; returns the use of the limits."""
    _drop(problem, found, usage)
    for _ in range(_ROUNDS):
        if _fill(problem, found, usage) <= 1e-6 * max(found.bound, 0):
            break
    usage = problem.usage(found.chosen)
    if (usage > problem.capacity).any():  # sums of fractions: a hair over is over
        _drop(problem, found, usage)
    return problem.usage(found.chosen)


def gains(problem: Problem, prices: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Value less priced use of the limits."""
    left = problem.value[rows].astype(np.float64)
    for family in range(problem.limit.shape[1]):
        at = problem.limit[rows, family]
        left -= np.where(at >= 0, prices[at], 0.0) * problem.weight[rows, family]
    return left


def _drop(problem: Problem, found: Prices, usage: NDArray[np.float64]) -> None:
    over = usage > problem.capacity
    if not over.any():
        return
    rows = np.flatnonzero(found.chosen)
    touches = np.zeros(len(rows), np.bool_)
    for family in range(problem.limit.shape[1]):
        at = problem.limit[rows, family]
        touches |= (at >= 0) & over[at]
    rows = rows[touches]
    order = rows[np.argsort(gains(problem, found.prices, rows), kind="stable")]
    allocation.drop(order, problem.limit, problem.weight, problem.capacity, found.chosen, usage)


def _fill(problem: Problem, found: Prices, usage: NDArray[np.float64]) -> float:
    rows = np.flatnonzero(
        allocation.hopeful(
            problem.starts, problem.value, problem.limit, problem.weight, problem.capacity, found.chosen, usage,
        )
    )  # fmt: skip
    left = gains(problem, found.prices, rows)
    if len(rows) > _MOST:
        kept = np.sort(np.argpartition(-left, _MOST)[:_MOST])
        rows, left = rows[kept], left[kept]
    order = rows[np.argsort(-left, kind="stable")]
    owner = np.searchsorted(problem.starts, order, side="right") - 1
    return float(
        allocation.fill(
            order, owner, problem.starts, problem.value, problem.product, problem.channel, problem.limit,
            problem.weight, problem.capacity, problem.room, problem.channel_room, found.chosen, usage,
        )
    )  # fmt: skip
