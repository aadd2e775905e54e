"""What an added sale leaves: margin less returns, handling and service, less what would have been bought anyway."""

from dataclasses import dataclass

import numpy as np

from passend.customers.offer_effects.history import Floats, Ints

_USUAL_RETURNS, _USUAL_SERVICE = 4.0, 3.0


@dataclass(frozen=True)
class Sale:
    """What is known of sales.

    Attributes:
        returned: by customer, how often more than usual items come back, as a share of all (shrunk).
        returned_group: by group the share that comes back (shrunk).
        service: by customer the cost of service an item in cents (shrunk).
        item_cents: cost of handling an item.
        return_cents: cost of handling a return.
        moved: share of an added sale that the customer saves elsewhere in the shop.
    """

    returned: Floats
    returned_group: Floats
    service: Floats
    item_cents: float
    return_cents: float
    moved: float = 0.3


def shrunk_returns(
    customer: Ints, group: Ints, back: Floats, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """By customer and by group the share that comes back; customers are pulled to what their groups make expect."""
    customers, groups = shape
    usual = (back.sum() + 1.0) / (len(back) + 20.0)
    number = np.bincount(group, minlength=groups)
    by_group = (np.bincount(group, back, groups) + 20 * usual) / (number + 20)
    expected = np.bincount(customer, by_group[group], customers)
    bought = np.bincount(customer, minlength=customers)
    mean = np.where(bought > 0, expected / np.maximum(bought, 1), usual)
    mine = (np.bincount(customer, back, customers) + _USUAL_RETURNS * mean) / (bought + _USUAL_RETURNS)
    return mine, by_group


def shrunk_service(customer: Ints, cents: Floats, bought: Ints, customers: int) -> Floats:
    """By customer the service cost an item, pulled to the mean."""
    spent = np.bincount(customer, cents, customers)
    mean = spent.sum() / max(bought.sum(), 1)
    return np.asarray((spent + _USUAL_SERVICE * mean) / (bought + _USUAL_SERVICE))


def sale_worth(sale: Sale, customer: Ints, group: Ints, margin: Floats, cost: Floats) -> Floats:
    """Expected profit of an added sale in cents; ``margin`` is after the discount, ``cost`` is the unit's."""
    back = np.clip(np.maximum(sale.returned[customer], sale.returned_group[group]), 0.0, 0.95)
    kept = (1.0 - back) * margin * (1.0 - sale.moved)
    lost = back * (sale.return_cents + 0.2 * cost)
    return np.asarray(kept - lost - sale.item_cents - sale.service[customer])


def anyway(rate: Floats, rhythm: Floats, weeks: float = 26.0) -> Floats:
    """Share of an added sale that only comes before one that would have been made within ``weeks``."""
    return np.asarray((1.0 - np.exp(-0.7 * weeks * rate)) * np.minimum(rhythm / weeks, 1.0))
