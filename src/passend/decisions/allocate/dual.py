"""Prices of the firm's limits, at which customers chosen one by one respect the limits all together.

Lagrangian relaxation of the multiple-choice knapsack (Fisher, Management Science 1981): a limit's price is what one
more unit of it would earn. The value of the dual at any prices is an upper bound on every plan, so a plan carries
its own certificate. The prices are found by a bundle method: each look at the customers gives a plane below the
dual function, a small linear programme over the planes proposes the next prices within a box that grows when the
planes told the truth and shrinks when they did not (Kelley 1960; trust region as in Linderoth and Wright 2003).
Planes are kept apart for several groups of customers, which makes them tell more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack

from passend.decisions.allocate.parts import PARTS, Ask, here
from passend.decisions.allocate.problem import Problem

#: Customers of the smaller problems on which prices are found first.
LEVELS = (3_000, 30_000)
#: Groups of parts whose planes are kept apart.
GROUPS = 8


@dataclass(frozen=True)
class Look:
    """What the customers choose at some prices, group by group.

    Attributes:
        gains: float64 (groups), value less priced use.
        usage: float64 (groups, limits), use of the limits.
        bound: the dual's value: no plan can be worth more.
    """

    prices: NDArray[np.float64]
    gains: NDArray[np.float64]
    usage: NDArray[np.float64]
    bound: float


@dataclass(frozen=True)
class Prices:
    """The result: prices, the bound that they prove, and the choice at these prices (not yet repaired)."""

    prices: NDArray[np.float64]
    bound: float
    chosen: NDArray[np.bool_]


def find_prices(
    problem: Problem, tolerance: float = 2e-4, most_looks: int = 60, *, ask: Ask | None = None
) -> Prices:
    """Prices at which the dual is smallest, within a tolerance (a share of its value).

    Large problems are solved on every n-th customer first; the prices found there are nearly right for all. Then all
    customers are asked, by ``ask`` where it is given, else here.
    """
    ask = ask or here(problem)
    prices, radius = np.zeros(len(problem.capacity)), _scale(problem)
    for level in LEVELS:
        if problem.n_customers > 3 * level:
            part = problem.sample(problem.n_customers // level)
            prices = _descend(part, here(part), (prices, radius), (tolerance, most_looks)).prices
            radius = np.maximum(0.1 * prices, 0.02 * _scale(part))
    looks = most_looks if problem.n_customers <= 3 * LEVELS[-1] else 16
    best = _descend(problem, ask, (prices, radius), (tolerance, looks))
    chosen = np.zeros(len(problem.value), np.bool_)
    look(problem, best.prices, chosen, ask)
    return Prices(best.prices, best.bound, chosen)


def look(
    problem: Problem, prices: NDArray[np.float64], chosen: NDArray[np.bool_], ask: Ask | None = None
) -> Look:
    """Let each customer choose at these prices; ``chosen`` is written."""
    answers = (ask or here(problem))(prices, chosen)
    each = PARTS // GROUPS
    gains = answers.gains.reshape(GROUPS, each).sum(axis=1)
    usage = answers.usage.reshape(GROUPS, each, -1).sum(axis=1)
    return Look(prices, gains, usage, float(gains.sum() + prices @ problem.capacity))


def _scale(problem: Problem) -> NDArray[np.float64]:
    """A usual price of each limit: the value of a usual offer over what it uses."""
    scale = np.ones(len(problem.capacity))
    step = max(1, len(problem.value) // 200_000)
    value = np.maximum(problem.value[::step], 0)
    for family in range(problem.limit.shape[1]):
        at, weight = problem.limit[::step, family], problem.weight[::step, family]
        used = (at >= 0) & (value > 0) & (weight > 0)
        sums = np.bincount(at[used], (value[used] / weight[used]), minlength=len(scale))
        counts = np.bincount(at[used], minlength=len(scale))
        scale = np.where(counts > 0, sums / np.maximum(counts, 1), scale)
    return scale


def _descend(
    problem: Problem,
    ask: Ask,
    begin: tuple[NDArray[np.float64], NDArray[np.float64]],
    effort: tuple[float, int],
) -> Look:
    prices, radius = begin
    tolerance, most_looks = effort
    chosen = np.zeros(len(problem.value), np.bool_)
    best = look(problem, prices, chosen, ask)
    looks = [best]
    while len(looks) < most_looks:
        if (best.usage.sum(axis=0) <= problem.capacity).all() and not best.prices.any():
            break
        proposed, promised = _propose(looks, best, radius, problem.capacity)
        if best.bound - promised <= tolerance * max(abs(best.bound), 1e-9):
            is_cut = bool((np.abs(proposed - best.prices) >= 0.999 * radius).any())
            if not is_cut or best.bound - promised <= 0.01 * tolerance * abs(best.bound):
                break
        now = look(problem, proposed, chosen, ask)
        looks.append(now)
        if best.bound - now.bound >= 0.1 * (best.bound - promised):
            at_edge = np.abs(proposed - best.prices) >= 0.999 * radius
            radius = np.where(at_edge, radius * 2, radius)
            best = now
        else:
            radius = radius * 0.5
            best = now if now.bound < best.bound else best
    return best


def _propose(
    looks: list[Look], best: Look, radius: NDArray[np.float64], capacity: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """The prices that the planes known so far think best, and the dual's value that they promise there."""
    kept = looks[-30:] if any(one is best for one in looks[-30:]) else [best, *looks[-29:]]
    n_limits = len(capacity)
    planes = csr_matrix(np.concatenate([-one.usage for one in kept]))
    groups = csr_matrix(np.tile(-np.eye(GROUPS), (len(kept), 1)))
    heights = np.concatenate([-(one.gains + one.usage @ one.prices) for one in kept])
    low, high = np.maximum(best.prices - radius, 0), best.prices + radius
    answer = linprog(
        np.concatenate([capacity, np.ones(GROUPS)]),
        A_ub=hstack([planes, groups], format="csr"),
        b_ub=heights,
        bounds=[*zip(low, high, strict=True), *[(None, None)] * GROUPS],
        method="highs",
    )
    if answer.x is None or answer.fun is None:
        return best.prices, best.bound
    return np.clip(answer.x[:n_limits], low, high), float(answer.fun)


def respond(problem: Problem, prices: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What each customer would choose at these prices, if nobody else were there."""
    chosen = np.zeros(len(problem.value), np.bool_)
    look(problem, prices, chosen)
    return chosen
