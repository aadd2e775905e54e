"""The compiled choice beside a plain search over all choices."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passend.kernels import allocation


def plainly_best(gain, product, channel, most, rooms):
    """The best sum over all sets of offers that the walls allow."""
    best = 0.0
    for size in range(1, most + 1):
        for picks in combinations(range(len(gain)), size):
            products = [product[at] for at in picks]
            counts = np.bincount([channel[at] for at in picks], minlength=len(rooms))
            if len(set(products)) == len(products) and (counts <= rooms).all():
                best = max(best, sum(gain[at] for at in picks))
    return best


@given(st.integers(0, 10**6))
def test_each_customer_gets_the_best_of_all_choices(seed):
    random = np.random.default_rng(seed)
    n, channels = int(random.integers(1, 9)), 3
    pairs = np.sort(random.choice(4 * channels, size=n, replace=False))
    product, channel = (pairs // channels).astype(np.int32), (pairs % channels).astype(np.int8)
    value = np.round(random.normal(1, 2, n), 3)
    limit = np.where(random.random((n, 2)) < 0.7, random.integers(0, 3, (n, 2)), -1).astype(np.int32)
    weight = random.integers(1, 4, (n, 2)).astype(np.float32)
    price = random.random(3)
    room = np.array([random.integers(0, 4)], np.int16)
    rooms = random.integers(0, 3, (1, channels)).astype(np.int16)
    chosen, usage = np.zeros(n, np.bool_), np.zeros(3)
    total = allocation.choose(
        0, 1, np.array([0, n]), value, product, channel, limit, weight, price, room, rooms, chosen, usage
    )
    gain = value - (np.where(limit >= 0, price[limit], 0) * weight).sum(axis=1)
    assert np.isclose(gain, allocation.gains(value, limit, weight, price)).all()
    assert np.isclose(total, plainly_best(gain, product, channel, int(room[0]), rooms[0]))
    assert np.isclose(total, gain[chosen].sum())
    used = [weight[chosen][limit[chosen] == at].sum() for at in range(3)]
    assert np.isclose(usage, used).all()


def test_too_many_states_still_give_a_bound():
    n, channels = 30, 30
    product = np.repeat(np.arange(15), 2).astype(np.int32)
    channel = np.arange(n).astype(np.int8) // 2 % channels
    value = np.linspace(1, 2, n)
    chosen, usage = np.zeros(n, np.bool_), np.zeros(1)
    total = allocation.choose(
        0, 1, np.array([0, n]), value, product, channel.astype(np.int8), np.full((n, 1), -1, np.int32),
        np.zeros((n, 1), np.float32), np.zeros(1), np.array([15], np.int16), np.ones((1, channels), np.int16),
        chosen, usage,
    )  # fmt: skip
    assert total >= value[chosen].sum() > 0
