"""Allocation problems to measure with: random limits of all kinds, and the same problem as a linear programme."""

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
    product, channel = (np.take_along_axis(one, order, axis=1).ravel() for one in (product, channel))
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
    families = [
        (np.zeros(n), cost[channel]),
        (np.ones(n), np.ones(n)),
        (2 + channel, np.ones(n)),
        (6 + category, np.ones(n)),
        (np.where(stock_at >= 0, 12 + stock_at, -1), np.ones(n)),
    ]
    limit = np.stack([one for one, _ in families], axis=1).astype(np.int32)
    weight = np.stack([one for _, one in families], axis=1).astype(np.float32)
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
    n, customers = len(problem.value), problem.n_customers
    owner = np.repeat(np.arange(customers), np.diff(problem.starts))
    useful = np.flatnonzero(problem.value > 0)
    own = owner[useful]
    rows, columns, weights, tops = [], [], [], []

    def add(keys: np.ndarray, columns_at: np.ndarray, weight: np.ndarray, top: np.ndarray) -> None:
        before = sum(len(one) for one in tops)
        rows.append(keys + before)
        columns.append(columns_at)
        weights.append(weight)
        tops.append(top)

    everything = np.arange(len(useful))
    one = np.ones(len(useful))
    add(own, everything, one, problem.room)
    channels = problem.channel_room.shape[1]
    add(own * channels + problem.channel[useful], everything, one, problem.channel_room.ravel())
    _, pair = np.unique(own.astype(np.int64) * 10**6 + problem.product[useful], return_inverse=True)
    add(pair, everything, one, np.ones(pair.max() + 1 if len(pair) else 0))
    for family in range(problem.limit.shape[1]):
        at = problem.limit[useful, family]
        used = at >= 0
        add(at[used], everything[used], problem.weight[useful, family][used], problem.capacity)
    matrix = csr_matrix(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))),
        shape=(sum(len(t) for t in tops), len(useful)),
    )
    del n
    answer = linprog(
        -problem.value[useful], A_ub=matrix, b_ub=np.concatenate(tops), bounds=(0, 1), method="highs"
    )
    return float(-answer.fun)
