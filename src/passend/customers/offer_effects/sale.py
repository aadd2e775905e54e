"""What an added sale leaves: margin less returns, handling and service, less what would have been bought anyway."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects.history import Floats, Ints

_USUAL_RETURNS, _USUAL_SERVICE = 4.0, 3.0
#: Purchases before anything is seen, of which half take the discount.
_TOLD = 5.0


@dataclass(frozen=True)
class Sale:
    """What is known of sales.

    Attributes:
        returned: by customer, how much more often than usual of what they buy items come back (shrunk), as a share.
        returned_group: by group the share that comes back (shrunk).
        service: by customer the cost of service an item in cents (shrunk).
        item_cents: cost of handling an item.
        return_cents: cost of handling a return.
        spends: by customer the profit of what they buy in half a year without offers, in cents.
        moved: share of an added sale that the customer saves elsewhere in the shop, as far as they spend there at all.
    """

    returned: Floats
    returned_group: Floats
    service: Floats
    item_cents: float
    return_cents: float
    spends: Floats
    moved: float = 0.2


def shrunk_returns(
    customer: Ints, group: Ints, back: Floats, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """By customer how much more comes back than their groups make expect, pulled to 0; and by group the share."""
    customers, groups = shape
    usual = (back.sum() + 1.0) / (len(back) + 20.0)
    number = np.bincount(group, minlength=groups)
    by_group = (np.bincount(group, back, groups) + 20 * usual) / (number + 20)
    expected = np.bincount(customer, by_group[group], customers)
    bought = np.bincount(customer, minlength=customers)
    mean = np.where(bought > 0, expected / np.maximum(bought, 1), usual)
    mine = (np.bincount(customer, back, customers) + _USUAL_RETURNS * mean) / (bought + _USUAL_RETURNS)
    return mine - mean, by_group


def shrunk_service(customer: Ints, cents: Floats, bought: Ints, customers: int) -> Floats:
    """By customer the service cost an item, pulled to the mean."""
    spent = np.bincount(customer, cents, customers)
    mean = spent.sum() / max(bought.sum(), 1)
    return np.asarray((spent + _USUAL_SERVICE * mean) / (bought + _USUAL_SERVICE))


def sale_worth(sale: Sale, customer: Ints, group: Ints, margin: Floats, cost: Floats) -> Floats:
    """Expected profit of an added sale in cents; ``margin`` is after the discount, ``cost`` is the unit's."""
    back = np.clip(sale.returned[customer] + sale.returned_group[group], 0.0, 0.95)
    kept = (1.0 - back) * (margin - sale.moved * np.clip(margin, 0.0, sale.spends[customer]))
    lost = back * (sale.return_cents + 0.2 * cost)
    return np.asarray(kept - lost - sale.item_cents - sale.service[customer])


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
