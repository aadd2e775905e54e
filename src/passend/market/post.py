"""A way of campaigns to the market's customers: the outbox hands messages over, and their answers come back.

Customers read on Mondays, so what leaves during a week reaches them at the beginning of the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from passend.channels.port import Answer, Message, Outcome
from passend.market.demand import ACCEPTED, CLICKED, DECLINED, OPENED, UNSUBSCRIBED
from passend.market.offers import make_offers
from passend.market.parameters import CHANNELS
from passend.market.world import Market

#: What came of a contact, in words.
_SAYS = {
    OPENED: "open",
    CLICKED: "click",
    ACCEPTED: "accept",
    DECLINED: "decline",
    UNSUBSCRIBED: "unsubscribe",
}


@dataclass(frozen=True)
class Reaction:
    """What a customer did with a message.

    Attributes:
        key: of the message.
        customer_id: who.
        says: ``open``, ``click``, ``accept``, ``decline`` or ``unsubscribe``.
        at: when.
    """

    key: str
    customer_id: str
    says: str
    at: datetime


def place_of(customer_id: str) -> int:
    """A customer's place among the market's people, from the number that the firm's tables know; -1 for a stranger."""
    digits = customer_id[1:]
    return int(digits) - 1000 if digits.isdigit() else -1


@dataclass
class Post:
    """One channel of the market (``passend.channels.port.PushChannel``).

    Attributes:
        market: whose customers are written to.
        name: of the channel.
        taken: messages that went out.
    """

    market: Market
    name: str
    is_idempotent: bool = False
    taken: int = 0
    _pending: dict[int, Message] = field(default_factory=dict)
    _weeks: int = 0

    def __post_init__(self) -> None:
        """What came before is none of ours."""
        self._weeks = len(self.market.log.touches)

    def send(self, batch: Sequence[Message], now: datetime) -> Iterator[Answer]:
        """Hand messages over; the market refuses strangers, those without permission, and a second one in a week."""
        del now
        people, goods = (
            len(self.market.people.kind),
            {one: n for n, one in enumerate(self.market.catalogue.ids)},
        )
        known = [
            one for one in batch if 0 <= place_of(one.customer_id) < people and one.product_id in goods
        ]  # the market's customers answer offers; a message without one says nothing to them
        offers = make_offers(
            np.array([place_of(one.customer_id) for one in known], np.int64),
            np.array([goods[one.product_id] for one in known], np.int64),
            CHANNELS.index(self.name),
            np.array([one.discount_share for one in known], float),
        )
        reached = dict(
            zip((one.key for one in known), self.market.send(offers).is_taken.tolist(), strict=True)
        )
        for one in batch:
            if reached.get(one.key):
                self.taken += 1
                self._pending[place_of(one.customer_id)] = one
                yield Answer(one.key, Outcome.ACCEPTED, "market")
            else:
                yield Answer(
                    one.key, Outcome.REFUSED, "market", "no permission, a second message, or no offer"
                )

    def reactions(self) -> list[Reaction]:
        """What customers did since the last call, once each; whoever does nothing is silent."""
        fresh = self.market.log.touches[self._weeks :]
        self._weeks += len(fresh)
        begins = self.market.today - timedelta(minutes=self.market.minute)
        found = []
        for week in fresh:
            for who, product, came, minute in zip(
                week.customer.tolist(),
                week.product.tolist(),
                week.outcome.tolist(),
                week.at.tolist(),
                strict=True,
            ):
                message = self._pending.get(who)
                if message is None or self.market.catalogue.ids[product] != message.product_id:
                    continue
                del self._pending[who]
                if came in _SAYS:
                    at = begins + timedelta(
                        minutes=minute, hours=10 + who % 5
                    )  # in the evening, not all at once
                    found.append(Reaction(message.key, message.customer_id, _SAYS[came], at))
        return found
