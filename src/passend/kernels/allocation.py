"""The best offers for each customer at given prices of the firm's limits.

A customer takes at most so many offers in all, so many on each channel, and each product once. At fixed prices the
customers no longer compete, so each one's best choice can be found alone. The two walls (product once, channel
caps) are two partition matroids: greedy is exact while only one of them turns an offer away; where both do, a small
dynamic programme over products and used channel places is exact.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

#: States of the dynamic programme above which a customer's bound is the smaller of two relaxations instead.
MOST_STATES = 4096


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def choose(  # noqa: C901 - one loop over customers, in the order of the docstring
    first: int,
    last: int,
    starts: NDArray[np.int64],
    value: NDArray[np.float64],
    product: NDArray[np.int32],
    channel: NDArray[np.int8],
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    price: NDArray[np.float64],
    room: NDArray[np.int16],
    channel_room: NDArray[np.int16],
    chosen: NDArray[np.bool_],
    usage: NDArray[np.float64],
) -> float:
    """Choose for the customers first to last - 1; returns the sum of gains (value less priced use of limits).

    Args:
        first: the first customer.
        last: the customer after the last.
        starts: int64 (customers + 1), where each customer's offers begin; product codes rise within a customer.
        value: float64 (offers), what each is worth.
        product: int32 (offers), of which a customer gets each once.
        channel: int8 (offers).
        limit: int32 (offers, families), the limit that an offer uses in each family, -1 for none.
        weight: float32 (offers, families), how much of it.
        price: float64 (limits), the price of a unit of each.
        room: int16 (customers), offers that a customer may get.
        channel_room: int16 (customers, channels), the same on each channel.
        chosen: bool (offers), is written.
        usage: float64 (limits), use of each limit is added.
    """
    longest = 0
    for customer in range(first, last):
        longest = max(longest, starts[customer + 1] - starts[customer])
    gain = np.empty(longest)
    picks = np.empty(longest, np.int64)
    total = 0.0
    for customer in range(first, last):
        begin, end = starts[customer], starts[customer + 1]
        most = min(room[customer], end - begin)
        for offer in range(begin, end):
            left = np.float64(value[offer])
            for family in range(limit.shape[1]):
                at = limit[offer, family]
                if at >= 0:
                    left -= price[at] * weight[offer, family]
            gain[offer - begin] = left
            chosen[offer] = False
        if most <= 0:
            continue
        rooms = channel_room[customer]
        found, taken, both = _greedy(begin, end, gain, product, channel, most, rooms, True, True, picks)
        if both:
            exact, taken = _exact(begin, end, gain, product, channel, most, rooms, picks, taken)
            if exact >= 0.0:
                found = exact
            else:
                spare = np.empty(end - begin, np.int64)
                one, _, _ = _greedy(begin, end, gain, product, channel, most, rooms, True, False, spare)
                two, _, _ = _greedy(begin, end, gain, product, channel, most, rooms, False, True, spare)
                found = min(one, two)
        total += found
        for place in range(taken):
            offer = picks[place]
            chosen[offer] = True
            for family in range(limit.shape[1]):
                at = limit[offer, family]
                if at >= 0:
                    usage[at] += weight[offer, family]
    return total


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _greedy(
    begin: int,
    end: int,
    gain: NDArray[np.float64],
    product: NDArray[np.int32],
    channel: NDArray[np.int8],
    most: int,
    rooms: NDArray[np.int16],
    by_product: bool,
    by_channel: bool,
    picks: NDArray[np.int64],
) -> tuple[float, int, bool]:
    """Take the highest gains that the walls allow; says whether both walls turned an offer away."""
    seen = np.zeros(end - begin, np.bool_)
    used = np.zeros(len(rooms), np.int16)
    total, taken = 0.0, 0
    product_full, channel_full = False, False
    while taken < most:
        best, highest = -1, 0.0
        for offer in range(begin, end):
            if not seen[offer - begin] and gain[offer - begin] > highest:
                best, highest = offer, gain[offer - begin]
        if best < 0:
            break
        seen[best - begin] = True
        if by_channel and used[channel[best]] >= rooms[channel[best]]:
            channel_full = True
            continue
        if by_product:
            twice = False
            for place in range(taken):
                twice = twice or product[picks[place]] == product[best]
            if twice:
                product_full = True
                continue
        used[channel[best]] += 1
        picks[taken] = best
        taken += 1
        total += highest
    return total, taken, product_full and channel_full


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _exact(  # noqa: C901, PLR0912 - a dynamic programme and its way back
    begin: int,
    end: int,
    gain: NDArray[np.float64],
    product: NDArray[np.int32],
    channel: NDArray[np.int8],
    most: int,
    rooms: NDArray[np.int16],
    picks: NDArray[np.int64],
    taken: int,
) -> tuple[float, int]:
    """The best choice over all states of used channel places; -1 where there are too many states."""
    n_channels = len(rooms)
    stride = np.empty(n_channels, np.int64)
    size = np.empty(n_channels, np.int64)
    states = 1
    for at in range(n_channels):
        stride[at] = states
        size[at] = min(max(rooms[at], 0), most) + 1
        states *= size[at]
        if states > MOST_STATES:
            return -1.0, taken
    used = np.zeros(states, np.int64)
    for state in range(states):
        for at in range(n_channels):
            used[state] += (state // stride[at]) % size[at]
    groups = 0
    for offer in range(begin, end):
        groups += offer == begin or product[offer] != product[offer - 1]
    best = np.full((groups + 1, states), -1.0)
    via = np.full((groups + 1, states), -1, np.int64)
    best[0, 0] = 0.0
    group = 0
    for offer in range(begin, end):
        if offer == begin or product[offer] != product[offer - 1]:
            best[group + 1] = best[group]
            group += 1
        now = gain[offer - begin]
        if now <= 0.0:
            continue
        at = channel[offer]
        for state in range(states):
            if best[group - 1, state] < 0.0 or used[state] >= most:
                continue
            if (state // stride[at]) % size[at] + 1 >= size[at]:
                continue
            after = state + stride[at]
            if best[group - 1, state] + now > best[group, after]:
                best[group, after] = best[group - 1, state] + now
                via[group, after] = offer
    state = 0
    for other in range(states):
        if best[groups, other] > best[groups, state]:
            state = other
    total, taken = best[groups, state], 0
    for group in range(groups, 0, -1):
        offer = via[group, state]
        if offer >= 0:
            picks[taken] = offer
            taken += 1
            state -= stride[channel[offer]]
    return total, taken


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def drop(
    order: NDArray[np.int64],
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    capacity: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    usage: NDArray[np.float64],
) -> None:
    """Take chosen offers back in this order while one of their limits is overdrawn; afterwards none is."""
    for offer in order:
        over = False
        for family in range(limit.shape[1]):
            at = limit[offer, family]
            over = over or (at >= 0 and weight[offer, family] > 0 and usage[at] > capacity[at])
        if over:
            chosen[offer] = False
            for family in range(limit.shape[1]):
                at = limit[offer, family]
                if at >= 0:
                    usage[at] -= weight[offer, family]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _fits(
    offer: int,
    instead: int,
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    capacity: NDArray[np.float64],
    usage: NDArray[np.float64],
) -> bool:
    """Whether the limits have room for an offer, if another (or -1) is given up for it."""
    for family in range(limit.shape[1]):
        at = limit[offer, family]
        if at < 0:
            continue
        need = usage[at] + weight[offer, family]
        if instead >= 0 and limit[instead, family] == at:
            need -= weight[instead, family]
        if need > capacity[at]:
            return False
    return True


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _move(
    offer: int,
    sign: int,
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    chosen: NDArray[np.bool_],
    usage: NDArray[np.float64],
) -> None:
    """Choose an offer (+1) or give it up (-1)."""
    chosen[offer] = sign > 0
    for family in range(limit.shape[1]):
        at = limit[offer, family]
        if at >= 0:
            usage[at] += sign * weight[offer, family]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def gains(
    value: NDArray[np.float64],
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    price: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Value of each offer less its priced use of the limits."""
    left = np.empty(len(value))
    for offer in range(len(value)):
        left[offer] = value[offer]
        for family in range(limit.shape[1]):
            at = limit[offer, family]
            if at >= 0:
                left[offer] -= price[at] * weight[offer, family]
    return left


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _partner(  # noqa: C901 - each wall is one condition
    offer: int,
    begin: int,
    end: int,
    value: NDArray[np.float64],
    gain: NDArray[np.float64],
    product: NDArray[np.int32],
    channel: NDArray[np.int8],
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    capacity: NDArray[np.float64],
    room: int,
    rooms: NDArray[np.int16],
    chosen: NDArray[np.bool_],
    usage: NDArray[np.float64],
) -> int:
    """How the offer could still come in: -1 added, else in the place of this offer of the customer; -2 not at all."""
    taken, on_channel, same = 0, 0, -1
    for other in range(begin, end):
        if chosen[other]:
            taken += 1
            on_channel += channel[other] == channel[offer]
            if product[other] == product[offer]:
                same = other
    if rooms[channel[offer]] <= 0 or room <= 0:
        return -2
    channel_full = on_channel >= rooms[channel[offer]]
    free = same < 0 and taken < room and not channel_full
    if free and _fits(offer, -1, limit, weight, capacity, usage):
        return -1
    best = -2
    for other in range(begin, end):
        if not chosen[other] or value[other] >= value[offer]:
            continue
        if same >= 0 and other != same:
            continue
        if channel_full and channel[other] != channel[offer]:
            continue
        if (best < 0 or gain[other] < gain[best]) and _fits(offer, other, limit, weight, capacity, usage):
            best = other
    return best


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def moves(
    starts: NDArray[np.int64],
    value: NDArray[np.float64],
    gain: NDArray[np.float64],
    product: NDArray[np.int32],
    channel: NDArray[np.int8],
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    capacity: NDArray[np.float64],
    room: NDArray[np.int16],
    channel_room: NDArray[np.int16],
    chosen: NDArray[np.bool_],
    usage: NDArray[np.float64],
    loss: NDArray[np.float32],
) -> None:
    """For each offer that could still come in and would add value, what is lost in gains; infinite for the others."""
    for customer in range(len(starts) - 1):
        begin, end = starts[customer], starts[customer + 1]
        for offer in range(begin, end):
            loss[offer] = np.inf
            if chosen[offer] or value[offer] <= 0:
                continue
            other = _partner(
                offer, begin, end, value, gain, product, channel, limit, weight, capacity,
                room[customer], channel_room[customer], chosen, usage,
            )  # fmt: skip
            if other >= -1:
                loss[offer] = (gain[other] if other >= 0 else 0.0) - gain[offer]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def fill(
    order: NDArray[np.int64],
    owner: NDArray[np.int64],
    starts: NDArray[np.int64],
    value: NDArray[np.float64],
    gain: NDArray[np.float64],
    product: NDArray[np.int32],
    channel: NDArray[np.int8],
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    capacity: NDArray[np.float64],
    room: NDArray[np.int16],
    channel_room: NDArray[np.int16],
    chosen: NDArray[np.bool_],
    usage: NDArray[np.float64],
) -> float:
    """Add offers in this order, or put one in the place of a lesser one, while limits allow; returns the value won."""
    won = 0.0
    for place in range(len(order)):
        offer, customer = order[place], owner[place]
        if chosen[offer]:
            continue
        other = _partner(
            offer, starts[customer], starts[customer + 1], value, gain, product, channel, limit, weight, capacity,
            room[customer], channel_room[customer], chosen, usage,
        )  # fmt: skip
        if other < -1:
            continue
        if other >= 0:
            _move(other, -1, limit, weight, chosen, usage)
            won -= value[other]
        _move(offer, 1, limit, weight, chosen, usage)
        won += value[offer]
    return won
