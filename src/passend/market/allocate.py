"""The best offers under the limits, for players who have a value for each: Lagrangian prices, then a greedy repair."""

import numpy as np
from numpy.typing import NDArray

from passend.market.offers import Limits, Offers

_ROUNDS = 40


def allocate(offers: Offers, limits: Limits) -> Offers:
    """At most one offer a customer, no channel above its capacity, no cost above the budget, none of value 0 or less.

    A price for each channel and for money is raised while its limit is broken and lowered while it is not (subgradient
    of the Lagrangian dual; Fisher, Management Science 1981). The choice at the last prices is cut to the limits by
    value above price, then what room is left is filled by value.
    """
    offers = offers.where(offers.score > 0)
    if not len(offers):
        return offers
    step = float(np.quantile(offers.score, 0.9))
    offers = _best_of_channel(offers, len(limits.capacity))
    prices = _prices(offers, limits, step)
    reduced = offers.score - prices[offers.channel]
    first = _repair(offers, reduced, np.zeros(0, dtype=np.int64), limits)
    return offers.where(_repair(offers, offers.score, first, limits))


def _best_of_channel(offers: Offers, channels: int) -> Offers:
    """Each customer's best offer on each channel: at one price a channel no other can ever be chosen."""
    return offers.where(np.sort(_best_of(offers.customer * channels + offers.channel, offers.score)))


def _prices(offers: Offers, limits: Limits, step: float) -> NDArray[np.float64]:
    capacity, cost = np.array(limits.capacity, dtype=float), np.array(limits.cost)
    channel_price, money_price = np.zeros(len(capacity)), 0.0
    best = np.zeros(len(capacity))
    for turn in range(_ROUNDS):
        price = channel_price + money_price * cost
        chosen = _best_of_customer(offers, offers.score - price[offers.channel])
        used = np.bincount(offers.channel[chosen], minlength=len(capacity))
        size = step / (1 + turn)
        channel_price = np.maximum(channel_price + size * (used - capacity) / np.maximum(capacity, 1), 0)
        if limits.budget < 1e9:
            over = (used @ cost - limits.budget) / max(limits.budget, 1.0)
            money_price = max(money_price + size * over / max(float(cost.max()), 1e-9), 0.0)
        best = channel_price + money_price * cost
    return best


def _best_of_customer(offers: Offers, value: NDArray[np.float64]) -> NDArray[np.int64]:
    first = _best_of(offers.customer, value)
    return np.asarray(first[value[first] > 0])


def _best_of(key: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.int64]:
    """By key the row with the greatest value, of equals the first."""
    order = np.lexsort((-value, key))
    of = key[order]
    return np.asarray(order[np.concatenate([[True], of[1:] != of[:-1]])])


def _repair(
    offers: Offers, value: NDArray[np.float64], chosen: NDArray[np.int64], limits: Limits
) -> NDArray[np.int64]:
    """Add rows by falling value while the limits allow it."""
    left = np.array(limits.capacity, dtype=np.int64)
    left -= np.bincount(offers.channel[chosen], minlength=len(left))
    money = limits.budget - float(np.array(limits.cost)[offers.channel[chosen]].sum())
    taken = set(offers.customer[chosen].tolist())
    kept = chosen.tolist()
    for row in np.argsort(-value, kind="stable").tolist():
        if value[row] <= 0:
            break
        who, channel = int(offers.customer[row]), int(offers.channel[row])
        cost = limits.cost[channel]
        if who not in taken and left[channel] > 0 and cost <= money:
            taken.add(who)
            left[channel] -= 1
            money -= cost
            kept.append(row)
    return np.array(kept, dtype=np.int64)
