"""What is known of a firm's customers and of what offers add: learned from its past, asked for any offer.

One knowledge serves all who decide: the plan, the market's player, what-if questions. Where something cannot be
measured yet, documented assumptions take its place, and ``basis`` says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.knowledge.answers import Answers, Contacts, notice_of
from passend.decisions.knowledge.history import Floats, Ints
from passend.decisions.knowledge.moments import Usual
from passend.decisions.knowledge.needs import Needs
from passend.decisions.knowledge.past import Past
from passend.decisions.knowledge.patience import Patience
from passend.decisions.knowledge.sale import Returns, anyway, service_of
from passend.decisions.promise import Trust

#: Customers judged at once.
BLOCK = 5000
#: Purchases that the middle of the prices is worth beside those of a customer.
_TIER_TOLD = 1.5
_HALF_YEAR = 26


@dataclass(frozen=True)
class Wants:
    """What customers want today: by customer and need, or one a row.

    Attributes:
        interest: signs of interest a week.
        rate: purchases a week without an offer.
        tried: log of one more than the earlier offers.
        sated: whether the need was met lately, and lasts.
    """

    interest: Floats
    rate: Floats
    tried: Floats
    sated: NDArray[np.bool_]

    def at(self, *place: Ints) -> "Wants":
        """Some of them."""
        return Wants(self.interest[place], self.rate[place], self.tried[place], self.sated[place])


@dataclass(frozen=True)
class Outlook:
    """What is known of each customer today, whatever is offered.

    Attributes:
        tier: how dear the variants are that they buy, within their needs (log, shrunk).
        notice: log of how much more often than usual contacts are noticed and answered.
        returned: how much more often than usual of what they buy items come back, as a share.
        service: cost of service an item, minor units.
        spends: profit of half a year's purchases, minor units.
        dearest: log of the dearest price that they ever paid; minus infinite where nothing was bought.
        bought: purchases.
    """

    tier: Floats
    notice: Floats
    returned: Floats
    service: Floats
    spends: Floats
    dearest: Floats
    bought: Ints


@dataclass(frozen=True)
class Effect:
    """What a usual offer of the past added on a channel: extra purchases, with the 95 % interval."""

    channel: str
    contacts: int
    effect: float
    low: float
    high: float


@dataclass(frozen=True)
class Taught:
    """What is learned once in a while, since it changes slowly.

    Attributes:
        needs: what customers want without an offer.
        answers: what offers add.
        takes: share of those who would have bought anyway that takes a discount.
        like: by pair of needs, whether the one may stand for the other: one department, comparable prices.
        contacts: offers that it was learned from, by channel.
        trust: how much of what was foreseen came true in customers that were not learned from.
        effects: by channel what offers of the past added.
        basis: how effects are known, in words.
    """

    needs: Needs
    answers: Answers
    takes: float
    like: NDArray[np.bool_]
    contacts: Ints
    trust: Trust
    effects: tuple[Effect, ...]
    basis: str


@dataclass(frozen=True)
class Knowledge:
    """All that is known today.

    Attributes:
        taught: what was learned of needs and answers.
        usual: what is usual at the firm today.
        coming: by need how much more is wanted in the coming half year than now.
        willing: by customer how much more they answer than others (log odds), where it was learned.
        patience: what contacts cost; with each customer's memory of them.
        returned: how much comes back, by need and by customer.
        earned: by need the usual margin of a sale, minor units.
    """

    taught: Taught
    usual: Usual
    coming: Floats
    willing: Floats
    patience: Patience
    returned: Returns
    earned: Floats

    def outlook(self, past: Past) -> Outlook:
        """What is known of each customer today."""
        sales, goods, count = past.sales, past.goods, past.customers
        paid = ~sales.is_free
        who, what = sales.customer[paid], sales.product[paid]
        bought = np.bincount(who, minlength=count)
        dearest = np.full(count, -np.inf)
        np.maximum.at(dearest, who, np.log(goods.known_price[what]))
        sent = past.sent
        noticed = notice_of(sent.customer, sent.week, sent.is_noticed, count)[1]
        return Outlook(
            usual_tier(past), noticed + self.willing, self.returned.customer,
            service_of(past.service.customer, past.service.cents, bought),
            _HALF_YEAR * weekly_profit(past), dearest, bought,
        )  # fmt: skip

    def wants(self, past: Past, customers: Ints) -> Iterator[tuple[Ints, Wants]]:
        """What customers want of each need today, some customers at a time."""
        for begin in range(0, len(customers), BLOCK):
            some = customers[begin : begin + BLOCK]
            part = past if len(some) == past.customers else past.part(some)
            moment = self.taught.needs.moment(part.history, part.week, self.usual)
            shape = len(some), past.groups
            interest = self.taught.needs.interest(moment)
            rate = interest * moment.bought
            sent = part.sent
            tried = np.bincount(
                sent.customer * past.groups + part.goods.group[sent.product], minlength=rate.size
            )
            yield some, Wants(
                interest.reshape(shape), rate.reshape(shape), np.log1p(tried).reshape(shape),
                self.taught.needs.sated(part.history, part.week, self.taught.like),
            )  # fmt: skip

    def contacts_of(
        self, past: Past, outlook: Outlook, made: tuple[Ints, Ints, Ints], wants: Wants, discount: Floats
    ) -> Contacts:
        """The facts of offers (customer, product, channel) by which their effect is told."""
        customer, product, channel = made
        goods = past.goods
        return facts_of(
            past, (customer, product, channel), wants, discount,
            (outlook.tier[customer], outlook.notice[customer], self.patience.memory[customer], goods.share[product]),
        )  # fmt: skip

    def ahead(self, past: Past, product: Ints, rate: Floats) -> Floats:
        """Share of an added sale that would have been made anyway within half a year."""
        group = past.goods.group[product]
        return anyway(rate * self.coming[group], self.taught.needs.rhythm.wait[group])


def facts_of(
    past: Past,
    made: tuple[Ints, Ints, Ints],
    wants: Wants,
    discount: Floats,
    of: tuple[Floats, Floats, Floats, Floats],
) -> Contacts:
    """Contacts as the learner wants them; ``of``: tier, notice, memory of earlier contacts, share of the need."""
    _, product, channel = made
    goods = past.goods
    tier, notice, memory, share = of
    return Contacts(
        base=(1.0 - np.exp(-wants.rate)) * share,
        channel=channel,
        group=goods.group[product],
        log_price=np.log(goods.known_price)[product],
        dearer=np.maximum(goods.dearness[product] - tier, 0.0),
        discount=np.asarray(discount, float),
        notice=notice,
        interest=wants.interest * share,
        fatigue=memory,
        tried=wants.tried,
    )


def usual_tier(past: Past) -> Floats:
    """By customer how dear the variants are that they buy, within their needs (log, shrunk)."""
    paid = past.sales.rows(~past.sales.is_free)
    bought = np.bincount(paid.customer, minlength=past.customers)
    dear = np.bincount(paid.customer, past.goods.dearness[paid.product], past.customers)
    return np.asarray(dear / (bought + _TIER_TOLD))


def weekly_profit(past: Past) -> Floats:
    """By customer the margin of a week's purchases, over at least half a year."""
    margin = np.nan_to_num(past.goods.margin)[past.sales.product] * ~past.sales.is_free
    spent = np.bincount(past.sales.customer, margin, past.customers)
    return np.asarray(spent / np.maximum(past.week - past.history.since, _HALF_YEAR))
