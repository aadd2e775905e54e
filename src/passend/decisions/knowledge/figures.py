"""What knowledge tells of each candidate: the figures of which its value is made."""

from dataclasses import dataclass

import numpy as np

from passend.decisions.candidates import Candidates
from passend.decisions.knowledge.history import Floats, Ints
from passend.decisions.knowledge.knowledge import Knowledge, Outlook, Wants
from passend.decisions.knowledge.past import Past
from passend.decisions.priors import LEAST_COUNTED, MARGIN_DOUBT, MOVED, NOMINAL_CENTS
from passend.decisions.rules.schema import Rules
from passend.decisions.value import HIERARCHICAL, MEASURED, PRIOR, Figures, return_costs
from passend.vocabulary import Channel

CODES = {name: place for place, name in enumerate(Channel)}


@dataclass(frozen=True)
class Informed:
    """Figures from knowledge; call it with candidates whose pairs carry what customers want of the product's need.

    Attributes:
        past: what happened.
        knowledge: what was learned from it.
        outlook: what is known of each customer today.
        rules: costs of contacts, and assumptions.
        own: by customer the profit of a week without offers.
    """

    past: Past
    knowledge: Knowledge
    outlook: Outlook
    rules: Rules
    own: Floats

    def __call__(self, made: Candidates) -> Figures:
        """The figures of candidates."""
        given, pair = made.pairs.given, made.pair
        wants = Wants(
            given["interest"][pair], given["rate"][pair], given["tried"][pair], np.zeros(len(pair), np.bool_)
        )
        cost = np.array([self.rules.channels[name].cost_cents for name in made.channels])
        codes = np.array([CODES[Channel(name)] for name in made.channels], np.int64)
        place = made.channel.astype(np.int64)
        return self.of(
            (made.customer.astype(np.int64), made.product.astype(np.int64), codes[place]),
            wants, given["discount"][pair], cost[place],
        )  # fmt: skip

    def of(
        self,
        made: tuple[Ints, Ints, Ints],
        wants: Wants,
        discount: Floats,
        contact: Floats,
        *,
        rough: bool = False,
    ) -> Figures:
        """The figures of offers: customer, product and channel (code in the order of ``Channel``).

        ``rough`` figures have no interval: they are quick, for a first look at very many.
        """
        customer, product, channel = made
        past, known, outlook = self.past, self.knowledge, self.outlook
        goods, patience, count = past.goods, known.patience, len(made[0])
        contacts = known.contacts_of(past, outlook, made, wants, discount)
        effect, low, high = known.taught.answers.told(contacts, rough=rough)
        if known.taught.trust.found_nothing:
            effect, low = np.zeros(count), np.zeros(count)
        group = goods.group[product]
        counted = known.taught.contacts[channel].astype(float)
        own = self.own[customer]
        priced = np.isfinite(goods.price) & (goods.price > 0)
        sale, cost = np.nan_to_num(goods.price), np.nan_to_num(goods.cost)
        if not priced.any():
            sale, cost = np.full(len(priced), NOMINAL_CENTS), np.zeros(len(priced))
        return Figures(
            effect=effect,
            effect_low=low,
            effect_high=high,
            basis=np.where(
                counted == 0, PRIOR, np.where(counted < LEAST_COUNTED, HIERARCHICAL, MEASURED)
            ).astype(np.int8),
            contacts=counted,
            base=contacts.base,
            sale=sale[product],
            cost=cost[product],
            discount=discount,
            takes=np.full(count, known.taught.takes),
            returned=outlook.returned[customer] + known.returned.group[group],
            return_cents=return_costs(past.return_cents, past.return_most_share, sale)[product],
            at_risk=goods.at_risk[product],
            moved=np.full(count, MOVED),
            spends=outlook.spends[customer],
            anyway=known.ahead(past, product, wants.rate * goods.share[product]),
            service=past.item_cents + outlook.service[customer],
            contact=contact,
            annoyance=patience.spoiled(channel) * own,
            lost=patience.lost_by(channel, customer),
            margin_doubt=np.where(goods.is_assumed, MARGIN_DOUBT * np.nan_to_num(goods.price), 0.0)[product],
            returned_doubt=np.zeros(count),
            priced=priced[product],
            told=np.full(count, np.nan),
        )
