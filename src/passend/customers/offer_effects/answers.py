"""What contacts add to buying: the effect of an offer, learned beside what would have been bought without it.

Of a contacted customer, the chance to buy the offered group in the week is 1 - (1 - base)(1 - added). *Base* comes
from weeks without contact. The log odds of *added* are linear in channel, need, price, discount and how far the price
is above the customer's usual, with weak priors around what is known of offers (MAP and Laplace's approximation). So
contacts aimed at good customers do not look better than they are, as long as the facts tell what they were aimed by.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from passend.customers.offer_effects.history import Floats, Ints

CHANNELS = 4
NAMES = ("email", "onsite", "desk", "phone", "need", "need squared", "price", "dearer", "discount")
#: Means and standard deviations of the priors. The channels' own are their differences from the first.
_MEAN = np.array([-4.6, -0.6, 0.7, 0.6, 0.5, 0.0, -0.3, -0.2, 2.5])
_SD = np.array([1.5, 0.6, 0.6, 0.6, 0.35, 0.15, 0.35, 0.35, 2.0])


@dataclass(frozen=True)
class Contacts:
    """Contacts and what came of them, one row each.

    Attributes:
        base: chance of buying the group in the week without a contact.
        channel: code, 0 to 3.
        log_price: log of the product's price.
        dearer: log of price over what the customer usually pays within a group, where above 0.
        discount: share of the price.
        notice: log of how much more often than usual the customer notices contacts on the channel.
    """

    base: Floats
    channel: Ints
    log_price: Floats
    dearer: Floats
    discount: Floats
    notice: Floats


@dataclass(frozen=True)
class Answers:
    """Learned effects.

    Attributes:
        weights: in the order of ``NAMES``.
        covariance: of the weights.
        centre: log base and log price that the weights refer to.
    """

    weights: Floats
    covariance: Floats
    centre: tuple[float, float]

    def log_odds(self, one: Contacts, weights: Floats | None = None) -> Floats:
        """Log odds that the contact adds a purchase."""
        used = self.weights if weights is None else weights
        return np.asarray(_design(one, self.centre) @ used + one.notice)

    def added(self, one: Contacts) -> Floats:
        """The chance that the contact adds a purchase: the effect."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.log_odds(one))))

    def interval(self, one: Contacts, width: float = 1.96) -> tuple[Floats, Floats]:
        """The interval of the effect that comes from the weights."""
        rows = _design(one, self.centre)
        middle = rows @ self.weights + one.notice
        spread = width * np.sqrt(np.einsum("ij,jk,ik->i", rows, self.covariance, rows))
        return 1.0 / (1.0 + np.exp(spread - middle)), 1.0 / (1.0 + np.exp(-spread - middle))


def learn_answers(contacts: Contacts, bought: NDArray[np.bool_], centre: tuple[float, float]) -> Answers:
    """Learn the effect of contacts.

    Args:
        contacts: those sent, with the facts of their day.
        bought: whether the group was bought in the week.
        centre: a usual log base and log price, over all that could be offered.
    """
    rows = _design(contacts, centre)
    base = np.clip(contacts.base, 1e-7, 0.95)

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = np.clip(rows @ weights + contacts.notice, -20, 4)
        added = 1.0 / (1.0 + np.exp(-odds))
        chance = 1.0 - (1.0 - base) * (1.0 - added)
        slope = np.where(bought, 1.0 / chance, -1.0 / (1.0 - chance)) * (1.0 - base) * added * (1.0 - added)
        away = (weights - _MEAN) / _SD
        value = -np.where(bought, np.log(chance), np.log1p(-chance)).sum() + 0.5 * (away**2).sum()
        return float(value), -(rows.T @ slope) + away / _SD

    found = optimize.minimize(loss, _MEAN, jac=True, method="L-BFGS-B")
    weights = np.asarray(found.x)
    added = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights + contacts.notice, -20, 4)))
    chance = 1.0 - (1.0 - base) * (1.0 - added)
    fisher = ((1.0 - base) * added * (1.0 - added)) ** 2 / (chance * (1.0 - chance))
    information = (rows * fisher[:, None]).T @ rows + np.diag(1.0 / _SD**2)
    return Answers(weights, np.linalg.inv(information), centre)


def _design(one: Contacts, centre: tuple[float, float]) -> Floats:
    need = np.clip(np.log(np.maximum(one.base, 1e-7)) - centre[0], -4.0, 5.0)
    channels = np.zeros((len(one.base), CHANNELS))
    channels[:, 0] = 1.0
    for code in range(1, CHANNELS):
        channels[:, code] = one.channel == code
    return np.column_stack([channels, need, need**2 / 4.0, one.log_price - centre[1], one.dearer, one.discount])


def notice_of(customer: Ints, noticed: NDArray[np.bool_], customers: int, weight: float = 6.0) -> Floats:
    """By customer the log of how much more often than usual contacts are noticed (opened or answered), shrunk."""
    sent = np.bincount(customer, minlength=customers)
    seen = np.bincount(customer, noticed.astype(float), customers)
    usual = (seen.sum() + 1.0) / (sent.sum() + 2.0)
    return np.asarray(np.log((seen + weight * usual) / (sent * usual + weight * usual)))
