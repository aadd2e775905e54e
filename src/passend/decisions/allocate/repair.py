"""From the choice at the right prices to a plan that keeps every limit, and how near to the best it is for certain."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.allocate.dual import find_prices, look
from passend.decisions.allocate.parts import Ask
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


def allocate(
    problem: Problem, *, target: float = 2e-4, tries: int = 30, ask: Ask | None = None
) -> Allocation:
    """The most valuable choice of offers that keeps every limit, with its certificate.

    Limits come in whole offers, so the choice at the best prices leaves some limits with room and overdraws others.
    It is repaired; then, while the certificate is wider than the target, the prices are moved a little towards what
    is left over, and the best repaired choice is kept.

    Args:
        problem: offers and limits.
        target: the gap at which to be content.
        tries: the most repairs.
        ask: lets the customers choose somewhere else; they choose here where it is not given.
    """
    found = find_prices(problem, ask=ask)
    prices = found.prices
    best: Allocation | None = None
    chosen = found.chosen
    for turn in range(tries):
        wished = problem.usage(chosen)
        kept = _repaired(problem, chosen, prices, wished.copy())
        here = Allocation(chosen, found.prices, kept, _worth(problem, chosen), found.bound)
        best = here if best is None or here.value > best.value else best
        if best.gap <= target or not found.prices.any():
            break
        left = np.where(kept < problem.capacity, np.minimum(wished, problem.capacity) - problem.capacity, 0.0)
        excess = np.where(wished > problem.capacity, wished - problem.capacity, left)
        share = excess / np.maximum(problem.capacity, 1.0)
        prices = np.maximum(prices + found.prices * np.clip(share, -0.5, 0.5) * 0.5 / (1 + turn / 8), 0.0)
        chosen = np.zeros(len(problem.value), np.bool_)
        look(problem, prices, chosen, ask)
    if best is None:
        raise AssertionError("tries must be at least 1")
    return best


def _worth(problem: Problem, chosen: NDArray[np.bool_]) -> float:
    return float(np.sum(problem.value[chosen], dtype=np.float64))


def _repaired(
    problem: Problem, chosen: NDArray[np.bool_], prices: NDArray[np.float64], usage: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Make a choice keep all limits and use what is left; returns the use of the limits."""
    gain = gains(problem, prices)
    _drop(problem, chosen, gain, usage)
    for _ in range(_ROUNDS):
        if _fill(problem, chosen, gain, usage) <= 0:
            break
    usage = problem.usage(chosen)
    if (usage > problem.capacity).any():  # sums of fractions: a hair over is over
        _drop(problem, chosen, gain, usage)
    return problem.usage(chosen)


def gains(problem: Problem, prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Value less priced use of the limits, of each offer."""
    return np.asarray(allocation.gains(problem.value, problem.limit, problem.weight, prices))


def _drop(
    problem: Problem, chosen: NDArray[np.bool_], gain: NDArray[np.float64], usage: NDArray[np.float64]
) -> None:
    """Take back the chosen offers that gain least from limits that are overdrawn."""
    # Giving up an offer can overdraw a limit on shares, which counts the others; each round gives up at least one.
    while (over := usage > problem.capacity).any():
        rows = np.flatnonzero(chosen)
        touches = np.zeros(len(rows), np.bool_)
        for family in range(problem.limit.shape[1]):
            at = problem.limit[rows, family]
            touches |= (at >= 0) & over[at] & (problem.weight[rows, family] > 0)
        rows = rows[touches]
        if not len(rows):  # a rounding error of sums, not an offer
            return
        order = rows[np.argsort(gain[rows], kind="stable")]
        allocation.drop(order, problem.limit, problem.weight, problem.capacity, chosen, usage)


def _fill(
    problem: Problem, chosen: NDArray[np.bool_], gain: NDArray[np.float64], usage: NDArray[np.float64]
) -> float:
    """Use what the limits have left, with the moves first that cost least at the prices; returns the value won."""
    loss = np.empty(len(problem.value), np.float32)
    allocation.moves(
        problem.starts, problem.value, gain, problem.product, problem.channel, problem.limit, problem.weight,
        problem.capacity, problem.room, problem.channel_room, chosen, usage, loss,
    )  # fmt: skip
    rows = np.flatnonzero(np.isfinite(loss))
    if len(rows) > _MOST:
        rows = np.sort(rows[np.argpartition(loss[rows], _MOST)[:_MOST]])
    order = rows[np.argsort(loss[rows], kind="stable")]
    owner = np.searchsorted(problem.starts, order, side="right") - 1
    return float(
        allocation.fill(
            order, owner, problem.starts, problem.value, gain, problem.product, problem.channel, problem.limit,
            problem.weight, problem.capacity, problem.room, problem.channel_room, chosen, usage,
        )
    )  # fmt: skip
