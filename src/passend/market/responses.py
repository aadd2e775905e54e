"""How a customer answers an offer: acceptance, and what a contact does to patience."""

import math

import numpy as np

from passend.market.catalogue import Goods
from passend.market.laws import Laws
from passend.market.people import MAXIMISER, People, State
from passend.market.streams import inner


@inner
def attention(people: People, laws: Laws, state: State, who: tuple[int, int], channel: int) -> float:
    """The chance that a contact is noticed: reach, liking of the channel, annoyance. ``who``: customer, state row."""
    if laws.personal == 0.0:
        return float(laws.reach[channel])
    return float(
        min(laws.reach[channel] * people.likes[who[0], channel] * math.exp(-state.annoyance[who[1]]), 1.0)
    )


@inner
def acceptance(
    goods: Goods, people: People, laws: Laws, need: float, customer: int, product: int, discount: float
) -> float:
    """The chance that a noticed offer is accepted, before annoyance.

    ``logistic``: log odds rise with the log of the need, openness and discount, and fall with a price above what the
    customer's budget tends to. ``hump``: the middle need answers best, and a price above the budget is refused; another
    functional form on purpose. ``none``: nobody ever accepts.
    """
    if laws.form == 2 or laws.base <= 0.0:
        return 0.0
    dearer = goods.tier[product] - people.tier[customer]
    ratio = math.log(max(need, 1e-9) / laws.typical)
    if laws.personal == 0.0:
        ratio, dearer = 0.0, 0
        need = laws.typical
    if need <= 0.0:
        return laws.base * laws.unneeded
    if laws.form == 1:
        height = 2.0 * math.exp(-0.5 * (ratio - 0.5) ** 2) * (0.2 if dearer > 0 else 1.0)
        return min(laws.base * height * (1.0 + 2.0 * discount), 0.95)
    odds = math.log(laws.base / (1.0 - laws.base)) + laws.discount * discount
    odds -= laws.expense * math.log(goods.price[product] / laws.usual_price)
    if laws.personal > 0.0:
        odds += laws.personal * (laws.need * ratio + people.persuadable[customer])
        odds += laws.personal * laws.discount * discount * (people.sensitivity[customer] - 1.0)
        odds -= laws.personal * laws.price * max(dearer, 0) * people.sensitivity[customer]
        if people.kind[customer] == MAXIMISER and discount <= 0.0:
            odds -= 2.5
    return 1.0 / (1.0 + math.exp(-odds))


@inner
def annoy(
    people: People, laws: Laws, state: State, who: tuple[int, int], channel: int, accepted: bool
) -> None:
    """A contact costs patience; a welcome one costs less."""
    skin = people.thin_skin[who[0]] if laws.personal > 0.0 else 1.0
    state.annoyance[who[1]] += laws.irritation[channel] * skin * (0.3 if accepted else 1.0)


@inner
def unsubscribing(laws: Laws, annoyance: float) -> float:
    """The chance of unsubscribing at a contact."""
    return min(laws.unsubscribes * annoyance * annoyance, 0.9)


@inner
def slot_of(people: People, customer: int, family: int) -> int:
    """The customer's slot of need for a family, or -1."""
    for slot in range(people.family.shape[1]):
        if people.family[customer, slot] == family and people.rate[customer, slot] > np.float32(0):
            return slot
    return -1
