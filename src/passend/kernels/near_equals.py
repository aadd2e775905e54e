"""Which offers may be worth as much as a customer's least chosen one, and could take its place."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

#: Near-equals kept for one customer.
MOST = 8


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def near_equals(  # noqa: C901, PLR0912 - one loop over customers, in the order of the docstring
    starts: NDArray[np.int64],
    value: NDArray[np.float64],
    error: NDArray[np.float64],
    product: NDArray[np.int32],
    channel: NDArray[np.int8],
    limit: NDArray[np.int32],
    weight: NDArray[np.float32],
    left: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    hope: float,
    normals: NDArray[np.float64],
    best_of: NDArray[np.int64],
    chance: NDArray[np.float64],
) -> None:
    """Find each customer's near-equals and how often each may be the best.

    What an exchange needs of a limit is taken from ``left`` whether it will be drawn or not: no draw breaks a limit.

    Args:
        starts: int64 (customers + 1), where each customer's offers begin.
        value: float64 (offers), what each is worth.
        error: float64 (offers), standard error of that.
        product: int32 (offers), of which a customer gets each once.
        channel: int8 (offers).
        limit: int32 (offers, families), the limit used in each family, -1 for none.
        weight: float32 (offers, families), how much of it.
        chosen: bool (offers), the best plan.
        left: float64 (limits), what the plan leaves of each; is reduced by what is reserved.
        hope: near may be worth as much as the best: its value and so many standard errors of both reach as far.
        normals: float64 (draws, MOST + 1), standard normal numbers for Thompson's draws.
        best_of: int64 (customers), is written: the offer that could be exchanged, -1 where nothing is near.
        chance: float64 (offers), is written: chance of each near-equal and of the best.
    """
    rows = np.empty(MOST + 1, np.int64)
    for customer in range(len(starts) - 1):
        best_of[customer] = -1
        begin, end = starts[customer], starts[customer + 1]
        best = -1
        for offer in range(begin, end):
            if chosen[offer] and (best < 0 or value[offer] <= value[best]):
                best = offer
        if best < 0 or value[best] <= 0:
            continue
        rows[0], count = best, 1
        for offer in range(begin, end):
            if count > MOST or chosen[offer] or channel[offer] != channel[best]:
                continue
            if value[offer] + hope * (error[offer] + error[best]) < value[best]:
                continue
            taken = False
            for other in range(begin, end):
                taken = taken or (chosen[other] and other != best and product[other] == product[offer])
            if taken or not _affordable(offer, best, limit, weight, left):
                continue
            rows[count] = offer
            count += 1
        if count == 1:
            continue
        best_of[customer] = best
        for place in range(1, count):
            _reserve(rows[place], best, limit, weight, left)
        for draw in range(len(normals)):
            top, highest = 0, -np.inf
            for place in range(count):
                guess = value[rows[place]] + error[rows[place]] * normals[draw, place]
                if guess > highest:
                    top, highest = place, guess
            chance[rows[top]] += 1.0 / len(normals)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _need(offer: int, best: int, family: int, limit: NDArray[np.int32], weight: NDArray[np.float32]) -> float:
    need = np.float64(weight[offer, family])
    if limit[best, family] == limit[offer, family]:
        need -= weight[best, family]
    return need


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _affordable(
    offer: int, best: int, limit: NDArray[np.int32], weight: NDArray[np.float32], left: NDArray[np.float64]
) -> bool:
    for family in range(limit.shape[1]):
        at = limit[offer, family]
        if at >= 0 and _need(offer, best, family, limit, weight) > max(left[at], 0.0):
            return False
    return True


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _reserve(
    offer: int, best: int, limit: NDArray[np.int32], weight: NDArray[np.float32], left: NDArray[np.float64]
) -> None:
    for family in range(limit.shape[1]):
        at = limit[offer, family]
        if at >= 0:
            left[at] -= max(_need(offer, best, family, limit, weight), 0.0)
