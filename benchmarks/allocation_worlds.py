"""Allocation problems to measure with: random limits of all kinds, and the same problem as a linear programme."""

from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from passend.decisions.allocate import Problem

CHANNELS = 4


def random_problem(seed: int, customers: int = 2_000, offers: int = 50, *, products: int = 60) -> Problem:
    """Customers with offers on four channels, under budgets, capacities, stock and fairness, all drawn by chance.

    Args:
        seed: draws values and which limits bind, and how much.
        customers: number of customers.
        offers: offers of each: different pairs of product and channel.
        products: number of products.
    """
    random = np.random.default_rng(seed)
    n = customers * offers
    per_customer = -(-offers // CHANNELS) + 3
    keys = random.random((customers, products)).argsort(axis=1)[:, :per_customer].astype(np.int32)
    pairs = np.argsort(random.random((customers, per_customer * CHANNELS)), axis=1)[:, :offers]
    product = np.take_along_axis(keys, pairs // CHANNELS, axis=1)
    channel = (pairs % CHANNELS).astype(np.int8)
    order = np.argsort(product * CHANNELS + channel, axis=1)
    product = np.take_along_axis(product, order, axis=1).ravel()
    channel = np.take_along_axis(channel, order, axis=1).ravel()
    worth = random.lognormal(4, random.uniform(0.3, 1.0), products)
    liking = random.gamma(random.uniform(0.5, 3), 1, customers)
    cost = np.array([2.0, 1.0, 150.0, 40.0]) * random.uniform(0.5, 2)
    effect = random.gamma(2, 0.5, n) * np.array([0.6, 0.5, 2.0, 1.2])[channel]
    value = worth[product] * np.repeat(liking, offers) * effect - cost[channel]
    category = product % 6
    stocked = random.permutation(products)[: products // 3]
    stock_of = np.full(products, -1)
    stock_of[stocked] = np.arange(len(stocked))
    stock_at = stock_of[product]
    limit = np.stack(
        [np.zeros(n), np.ones(n), 2 + channel, 6 + category, np.where(stock_at >= 0, 12 + stock_at, -1)],
        axis=1,
    ).astype(np.int32)
    weight = np.ones(limit.shape, np.float32)
    weight[:, 0] = cost[channel]
    share = random.uniform(0.05, 1.2, 12 + len(stocked))
    typical = np.concatenate(
        [
            [customers * cost.mean(), customers * 1.5],
            np.full(CHANNELS, customers * 0.5),
            np.full(6, customers * 0.3),
            np.full(len(stocked), customers * 2.0 / products),
        ]
    )
    capacity = np.maximum(np.floor(share * typical), 1)
    room = random.integers(1, 4, customers).astype(np.int16)
    channel_room = random.integers(0, 3, (customers, CHANNELS)).astype(np.int16)
    return Problem(
        np.arange(0, n + 1, offers, dtype=np.int64), value, product.astype(np.int32), channel, limit, weight,
        capacity, room, channel_room,
    )  # fmt: skip


def linear_bound(problem: Problem) -> float:
    """The value of the linear programme, solved by HiGHS: no plan can be worth more."""
    useful = np.flatnonzero(problem.value > 0)
    owner = np.repeat(np.arange(problem.n_customers), np.diff(problem.starts))[useful]
    columns = np.arange(len(useful))
    ones = np.ones(len(useful))
    channels = problem.channel_room.shape[1]
    _, pair = np.unique(owner.astype(np.int64) * 10**6 + problem.product[useful], return_inverse=True)
    n_pairs = int(pair.max()) + 1 if len(pair) else 0
    # Row of the matrix, column, weight: places of a customer, of a customer's channel, a product once, shared limits.
    parts: list[tuple[Any, Any, Any]] = [
        (owner, columns, ones),
        (problem.n_customers + owner * channels + problem.channel[useful], columns, ones),
        (problem.n_customers * (1 + channels) + pair.ravel(), columns, ones),
    ]
    before = problem.n_customers * (1 + channels) + n_pairs
    for family in range(problem.limit.shape[1]):
        at = problem.limit[useful, family]
        used = at >= 0
        parts.append((before + at[used], columns[used], problem.weight[useful, family][used]))
    tops = np.concatenate([problem.room, problem.channel_room.ravel(), np.ones(n_pairs), problem.capacity])
    rows, places, weights = (np.concatenate([one[at] for one in parts]) for at in range(3))
    matrix: Any = csr_matrix((weights, (rows, places)), shape=(len(tops), len(useful)))
    answer = linprog(
        -problem.value[useful].astype(np.float64), A_ub=matrix, b_ub=tops, bounds=(0, 1), method="highs"
    )
    return float(-(answer.fun or 0.0))
