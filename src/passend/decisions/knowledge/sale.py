"""What an added sale costs beside the goods, customer by customer: returns, service, spending that is only moved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.knowledge.history import Floats, Ints

_USUAL_RETURNS, _USUAL_SERVICE = 4.0, 3.0
#: Purchases of a group that the firm's usual share of returns is worth.
_GROUP_TOLD = 20.0
#: Purchases before anything is seen, of which half take the discount.
_TOLD = 5.0
#: Weeks after which a sale that has not come back stays.
SETTLED = 3


@dataclass(frozen=True)
class Returns:
    """How much comes back.

    Attributes:
        group: by group the share that comes back (shrunk to the firm's).
        customer: by customer how much more than their groups make expect, as a share (shrunk to 0).
    """

    group: Floats
    customer: Floats


def learn_returns(customer: Ints, group: Ints, is_back: NDArray[np.bool_], shape: tuple[int, int]) -> Returns:
    """From sales that are settled; ``shape``: how many customers and groups there are."""
    customers, groups = shape
    back = is_back.astype(float)
    usual = (back.sum() + 1.0) / (len(back) + 20.0)
    number = np.bincount(group, minlength=groups)
    by_group = (np.bincount(group, back, groups) + _GROUP_TOLD * usual) / (number + _GROUP_TOLD)
    expected = np.bincount(customer, by_group[group], customers)
    bought = np.bincount(customer, minlength=customers)
    mean = np.where(bought > 0, expected / np.maximum(bought, 1), usual)
    mine = (np.bincount(customer, back, customers) + _USUAL_RETURNS * mean) / (bought + _USUAL_RETURNS)
    return Returns(by_group, mine - mean)


def service_of(customer: Ints, cents: Floats, bought: Ints) -> Floats:
    """By customer the service cost an item bought, pulled to the mean."""
    spent = np.bincount(customer, cents, len(bought))
    mean = spent.sum() / max(bought.sum(), 1)
    return np.asarray((spent + _USUAL_SERVICE * mean) / (bought + _USUAL_SERVICE))


def anyway(rate: Floats, rhythm: Floats, weeks: float = 26.0) -> Floats:
    """Share of an added sale that only comes before one that would have been made within ``weeks``."""
    return np.asarray((1.0 - np.exp(-0.7 * weeks * rate)) * np.minimum(rhythm / weeks, 1.0))


def given_away(base: Floats, at_full_price: NDArray[np.bool_]) -> float:
    """The share of those who would have bought anyway that takes a discount which was offered to them.

    Args:
        base: chance to buy without the contact, of each contact that offered a discount.
        at_full_price: whether it was followed by a purchase of the group at the full price.
    """
    return float(np.clip(1.0 - (at_full_price.sum() + 0.5 * _TOLD) / (base.sum() + _TOLD), 0.0, 1.0))
