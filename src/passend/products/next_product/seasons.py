"""Seasons of a shop that keeps no dates: which stretch of time an order most likely came from.

Assortments and promotions move on, so the goods in an order tell its time, and a customer's orders only move
forward. A left-to-right hidden Markov model (Rabiner 1989) with one product distribution a season finds the
stretches; its forecast for a customer is the season of the *next* order. The step to that order has its own
chances of moving on, because it is the last one known and so lies later than an ordinary next order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.products.next_product.sparse_rows import Floats, Ints, Rows, sums

SEASONS = 12
ROUNDS = 15
PRIOR_LINES = 3_000.0
TEMPER = 0.7
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Seasons:
    """The shop's stretches of time.

    Args:
        forecast: chance of each season for the next order of every customer; customers x SEASONS.
        of_target: season of the reference customers' next orders, given those orders; reference x SEASONS.
    """

    forecast: Floats
    of_target: Floats


@dataclass(frozen=True)
class _Chains:
    """Orders laid out as one chain a customer: where each starts, how long it is, and which are longest.

    `kind` says which chances of moving lead to an order: 1 for the last step of a reference customer, else 0.
    """

    starts: Ints
    lengths: Ints
    longest_first: Ints
    kind: Ints

    def alive(self, step: int) -> Ints:
        """Customers with an order at this step."""
        order = self.longest_first
        return order[: int(np.searchsorted(-self.lengths[order], -step, side="left"))]


def seasons(baskets: Rows, owner: Ints, n_customers: int, reference: Ints) -> Seasons:
    """Fit the seasons to all orders.

    Args:
        baskets: orders x products, sorted by customer and time; the last order of a reference customer is the
            one that followed the snapshot.
        owner: customer of each order.
        n_customers: number of customers; those without an order get the prior.
        reference: customers whose last order here is their next order.
    """
    lengths = np.bincount(owner, minlength=n_customers)
    starts = np.r_[0, np.cumsum(lengths)[:-1]]
    known = lengths.copy()
    known[reference] -= 1
    kind = np.zeros(len(owner), dtype=np.int64)
    kind[starts[reference] + lengths[reference] - 1] = 1
    chains = _Chains(starts, lengths, np.argsort(-lengths, kind="stable"), kind)
    prior = sums(baskets, 0).astype(np.float64) + 1.0
    prior /= prior.sum()
    first, move, belief = _opening(baskets.shape[0], chains, owner)
    forward = belief
    for _ in range(ROUNDS):
        likelihood = _likelihood(baskets, belief, prior)
        forward, backward, moves = _pass(chains, first, move, likelihood)
        belief = _shares(forward * backward)
        first = belief[starts[lengths > 0]].mean(0)
        move = _shares(moves + 1e-6 * (move > 0))
    forecast = np.tile(first, (n_customers, 1))
    has = known > 0
    forecast[has] = forward[(starts + known - 1)[has]] @ move[1]
    targets = belief[starts[reference] + lengths[reference] - 1]
    return Seasons(forecast.astype(np.float32), targets.astype(np.float32))


def _opening(n_orders: int, chains: _Chains, owner: Ints) -> tuple[Matrix, Matrix, Matrix]:
    place = np.arange(n_orders) - chains.starts[owner] + 0.5
    middle = place / chains.lengths[owner] * SEASONS - 0.5
    belief = _shares(np.exp(-0.5 * (middle[:, None] - np.arange(SEASONS)[None, :]) ** 2))
    gap = np.arange(SEASONS)[None, :] - np.arange(SEASONS)[:, None]
    move = _shares(np.where(gap >= 0, np.exp(-np.abs(gap) / 1.5), 0.0))
    return np.full(SEASONS, 1.0 / SEASONS), np.stack([move, move]), belief


def _likelihood(baskets: Rows, belief: Matrix, prior: Matrix) -> Matrix:
    sold = np.asarray((baskets.T @ belief.astype(np.float32)).T, dtype=np.float64)
    chance = (sold + PRIOR_LINES * prior[None, :]) / (sold.sum(1, keepdims=True) + PRIOR_LINES)
    # Lines of one order hang together, so each counts for less than an independent draw.
    logs = TEMPER * np.asarray(baskets @ np.log(chance).T.astype(np.float32), dtype=np.float64)
    return np.asarray(np.exp(logs - logs.max(1, keepdims=True)))


def _pass(chains: _Chains, first: Matrix, move: Matrix, likelihood: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    forward, backward = np.zeros_like(likelihood), np.ones_like(likelihood)
    moves = np.zeros_like(move)
    longest = int(chains.lengths.max())
    for step in range(longest):
        at = chains.starts[chains.alive(step)] + step
        if step == 0:
            forward[at] = _shares(first[None, :] * likelihood[at])
            continue
        for kind, part in _kinds(chains, at):
            forward[part] = _shares((forward[part - 1] @ move[kind]) * likelihood[part])
    for step in range(longest - 2, -1, -1):
        at = chains.starts[chains.alive(step + 1)] + step + 1
        for kind, part in _kinds(chains, at):
            ahead = likelihood[part] * backward[part]
            total = ((forward[part - 1] @ move[kind]) * ahead).sum(1, keepdims=True)
            moves[kind] += move[kind] * (forward[part - 1].T @ (ahead / np.maximum(total, 1e-300)))
            backward[part - 1] = _shares(ahead @ move[kind].T)
    return forward, backward, moves


def _kinds(chains: _Chains, at: Ints) -> list[tuple[int, Ints]]:
    return [(int(kind), at[chains.kind[at] == kind]) for kind in np.unique(chains.kind[at])]


def _shares(values: Matrix) -> Matrix:
    return np.asarray(values / np.maximum(values.sum(-1, keepdims=True), 1e-300))
