"""From orders and amounts to money: value over a horizon net of costs, and the range in which it will lie.

A customer's future is mostly nothing or something. So the interval has two parts: the chance of no order at all, and,
if there is one, an amount that is spread like a gamma distribution with the model's mean and variance.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from passend.customers.lifetime.histories import Floats, Histories
from passend.customers.lifetime.rhythm import Outlook
from passend.customers.lifetime.spend import GammaGamma


@dataclass(frozen=True)
class Costs:
    """What an order leaves after costs.

    Attributes:
        margin_share: share of the amount that is left after the cost of goods.
        per_order: service and return cost of an order of each customer, major units.
    """

    margin_share: float
    per_order: Floats


def cost_per_order(cost: Floats, orders: Floats, prior_orders: float) -> Floats:
    """Each customer's cost of an order, pulled towards the mean of all as if `prior_orders` had cost the mean.

    One heavy return must not brand a customer: with one order, most of the estimate is the mean.
    """
    mean = float(cost.sum() / max(float(orders.sum()), 1.0))
    return (cost + prior_orders * mean) / (orders + prior_orders)


def net_value(
    outlook: Outlook, histories: Histories, spend: GammaGamma | None, costs: Costs
) -> tuple[Floats, Floats]:
    """Mean and mean square of each customer's value over the horizon, major units.

    Without a model of spend every order is taken at the customers' mean amount.
    """
    if spend is None:
        known = np.r_[histories.spend[histories.spend > 0], histories.first_spend[histories.first_spend > 0]]
        usual = float(known.mean()) if len(known) else np.nan
        mean = np.full(len(histories), usual)
        square, spread = mean**2, np.zeros(len(histories))
    else:
        mean, square, spread = spend.moments(histories.repeats, histories.spend)
    keeps, cost = costs.margin_share, costs.per_order
    left = keeps * mean - cost
    left_square = keeps**2 * square - 2 * keeps * cost * mean + cost**2
    value = outlook.orders * left
    return value, outlook.orders * keeps**2 * spread + outlook.orders_square * left_square


def interval(none: Floats, mean: Floats, square: Floats, level: float) -> tuple[Floats, Floats]:
    """The range that holds what really comes with the chance `level`.

    Args:
        none: chance that nothing comes.
        mean: expected amount, nothing included; may be negative where orders cost more than they bring.
        square: expected square of the amount.
        level: for example .9.
    """
    some = np.maximum(1 - none, 1e-12)
    sign = np.sign(mean)
    given = np.abs(mean) / some
    variance = np.maximum(square / some - given**2, 1e-12 * np.maximum(given**2, 1e-300))
    shape = np.clip(given**2 / variance, 1e-6, 1e12)
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        part = np.clip((tail - none) / some, 0, 1)
        with np.errstate(invalid="ignore"):
            end = np.where(part > 0, gammaincinv(shape, part) * given / shape, 0.0)
        ends.append(sign * end)
    return np.minimum(*ends), np.maximum(*ends)
