"""A small, bounded share of choices is drawn among offers that may be better, so that there is something to learn from.

The least of a customer's offers may be exchanged for another product or discount on the same channel that may be worth
as much, for all that is known: its value and its standard error reach as far. Each is drawn as often as it may be the
best (Thompson 1933). The draw comes from a hash of the customer's number and the day, so the same plan is drawn again;
the chance with which each offer was made is known exactly and stored with it, as replay and the measurement of effects
need it (Horvitz and Thompson 1952).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.allocate import Problem
from passend.decisions.rules.schema import Explore
from passend.kernels.near_equals import MOST, near_equals

_DRAWS = 256


@dataclass(frozen=True)
class Explored:
    """What was drawn.

    Attributes:
        chosen: bool (offers), the choice after drawing.
        probability: float64 (offers), the chance with which each offer is chosen, given the plan; 1 where nothing
            could be drawn, 0 where it could not be.
        drawn: bool (offers), offers that chance put in the place of a better one.
        cost: expected value given up, over all draws that might have been.
        share: of the customers' choices that is drawn, after the bound on its cost.
    """

    chosen: NDArray[np.bool_]
    probability: NDArray[np.float64]
    drawn: NDArray[np.bool_]
    cost: float
    share: float


@dataclass(frozen=True)
class Belief:
    """What is thought of each offer: its value, and the standard error of it."""

    value: NDArray[np.float64]
    error: NDArray[np.float64]


def explore(
    problem: Problem, chosen: NDArray[np.bool_], belief: Belief, how: Explore, name: Callable[[int], str]
) -> Explored:
    """Draw for some customers among offers that may be better.

    Args:
        problem: offers and limits.
        chosen: bool (offers), the best plan.
        belief: value and standard error of each offer.
        how: the share of customers who may draw, how much is hoped, and what it may cost.
        name: gives for the place of a customer the text from which the draw comes: salt and customer number.
    """
    probability = chosen.astype(np.float64)
    nothing = Explored(chosen.copy(), probability, np.zeros(len(chosen), np.bool_), 0.0, 0.0)
    total = float(belief.value[chosen].sum())
    if how.share <= 0 or total <= 0:
        return nothing
    normals = np.random.default_rng(1933).standard_normal((_DRAWS, MOST + 1))
    best_of = np.empty(problem.n_customers, np.int64)
    chance = np.zeros(len(chosen))
    near_equals(
        problem.starts, belief.value, belief.error, problem.product, problem.channel, problem.limit, problem.weight,
        problem.capacity - problem.usage(chosen), chosen, how.hope, normals, best_of, chance,
    )  # fmt: skip
    owners = np.flatnonzero(best_of >= 0)
    if not len(owners):
        return nothing
    best_value = np.repeat(np.where(best_of >= 0, belief.value[best_of], 0.0), np.diff(problem.starts))
    given_up = float((chance * (best_value - belief.value)).sum())
    share = how.share
    if share * given_up > how.most_cost_share * total:
        share = how.most_cost_share * total / given_up
    probability[chance > 0] = share * chance[chance > 0]
    probability[best_of[owners]] = 1 - share + share * chance[best_of[owners]]
    out, drawn = chosen.copy(), np.zeros(len(chosen), np.bool_)
    for customer in owners.tolist():
        even = _even(name(customer))
        if even >= share:
            continue
        rows = np.arange(problem.starts[customer], problem.starts[customer + 1])
        rows = rows[chance[rows] > 0]
        place = int(np.searchsorted(np.cumsum(chance[rows]), even / share))
        pick = int(rows[min(place, len(rows) - 1)])
        best = int(best_of[customer])
        out[best], out[pick], drawn[pick] = False, True, pick != best
    return Explored(out, probability, drawn, max(share * given_up, 0.0), share)


def _even(name: str) -> float:
    """A number from 0 up to 1 that belongs to a text for good."""
    return int(hashlib.md5(f"explore:{name}".encode(), usedforsecurity=False).hexdigest()[:12], 16) / float(
        16**12
    )
