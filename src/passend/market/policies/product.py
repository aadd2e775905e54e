"""What passend does: learn needs, effects and patience from the firm's tables; each week the best offers go out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects import (
    Answers,
    History,
    Needs,
    Patience,
    Sale,
    learn_answers,
    learn_needs,
    learn_patience,
)
from passend.customers.offer_effects.answers import (
    Contacts,
    credit,
    notice_of,
    tried_before,
    willing_of,
    with_willingness,
)
from passend.customers.offer_effects.history import Floats, Signals
from passend.customers.offer_effects.needs import coming
from passend.customers.offer_effects.patience import memories
from passend.customers.offer_effects.sale import anyway, given_away, sale_worth
from passend.market.allocate import allocate
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.policies.firm import (
    earned_by_group,
    goods_at_risk,
    groups_of,
    history_of,
    relative_price,
    sales_of,
    usual_tier,
)
from passend.market.policies.permission import PermissionPrice
from passend.market.policies.policy import Policy
from passend.market.view import Ints, View
from passend.market.world import WEEK

#: Weeks until all is learned anew.
_AGAIN = 8
_NOTICED, _WITHDREW = (2, 3, 4, 5), 6
#: The chance to withdraw at a memory of one e-mail where ``spoiled`` holds: who withdraws less is annoyed less.
_USUAL_HAZARD = 0.001
#: Share of customers held out, and among how many products is drawn.
_HELD_OUT, _NEAR = 0.02, 4
#: Draws of what effects may be, to say how likely each of the near products is the best one.
_DRAWS = 32


@dataclass(frozen=True)
class _Wants:
    """By customer and group, or one a row.

    Attributes:
        interest: signs of interest a week.
        rate: purchases a week without an offer.
        tried: log of one more than the earlier offers.
    """

    interest: Floats
    rate: Floats
    tried: Floats

    def at(self, *place: Ints) -> "_Wants":
        """Some of them."""
        return _Wants(self.interest[place], self.rate[place], self.tried[place])


@dataclass(frozen=True)
class _Best:
    """By known customer the best product and its discount, and what it brings: an added sale, and an e-mail."""

    product: Ints
    discount: Floats
    each: Floats
    value: Floats


class Passend(Policy):
    """The product's own plan: what an offer adds, times what the sale leaves, less contact and annoyance.

    Attributes:
        lost_share: customers who may withdraw, as a share of those who would if all channels were used to the full.
        permission_weeks: what a lost permission costs at least, in weeks of what the best offer to a customer brings.
        spoiled: weeks of a customer's coming own profit that a first e-mail spoils at a usual rate of withdrawals;
            more where earlier ones are remembered.
        caution: standard deviations of the effect's log odds that are taken off: what is little known has to earn more.
        explored: share of offers whose product and discount are drawn, each as often as it may be the best one.
        hope: standard deviations of the effect's log odds that are added when the products to draw from are sought.
    """

    name = "passend"
    lost_share = 0.24
    permission_weeks = 52.0
    spoiled = 0.035
    caution = 0.1
    explored = 0.2
    hope = 1.0

    def __init__(self) -> None:
        self._learned = -_AGAIN
        self._permission: PermissionPrice
        self._group: Ints = np.zeros(0, np.int64)
        self._needs: Needs
        self._answers: Answers
        self._notice: Floats
        self._weekly: Floats
        self._given_away: float
        self._patience: Patience
        self._sale: Sale
        self._relative: Floats
        self._tier: Floats
        self._coming: Floats
        self._at_risk: Floats

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The offers with the greatest expected profit under the limits; a few customers are held out, a few drawn."""
        if len(self._group) != len(view.price):
            self._group = groups_of(view)
            self._permission = PermissionPrice(self.permission_weeks, view.count)
        past = history_of(view, self._group)
        if view.week - self._learned >= _AGAIN:
            self._learn(view, past)
            self._learned = view.week
        if not view.permitted.any():
            return no_offers()
        self._coming = coming(past, view.week)
        self._look(view)
        wants = self._wants(view, past)
        best = self._best(view, limits, wants)
        offers = self._on_channels(view, limits, wants, best)
        self.considered = offers.where((offers.score > 0) & ~_held_out(offers.customer))
        if not len(self.considered):
            return no_offers()
        chosen = allocate(self.considered, limits)
        self._permission.move(view, limits, self._patience, chosen, self.lost_share, rng)
        return self._drawn(view, chosen, limits, wants, rng)

    def _look(self, view: View) -> None:
        """What holds today whatever is offered: what a sale leaves, patience, prices beside those usually paid."""
        self._sale = sales_of(view, self._group, self._weekly)
        self._at_risk = goods_at_risk(view)
        touches = view.contacts
        sent = touches.outcome > 0
        self._patience = learn_patience(
            touches.customer[sent], touches.channel[sent], touches.at[sent] // WEEK,
            touches.outcome[sent] == _WITHDREW, (view.week, view.count),
        )  # fmt: skip
        self._look_at_prices(view)

    def _look_at_prices(self, view: View) -> None:
        self._relative = relative_price(view, self._group)
        self._tier = usual_tier(view, self._group)

    def _wants(self, view: View, past: History) -> _Wants:
        """What customers who may be asked want today."""
        asked = view.reachable
        pairs = _pairs(asked, np.arange(past.groups))
        moment = self._needs.moment(past, view.week).rows(*pairs, past.groups)
        interest = self._needs.interest(moment)
        shape = len(asked), past.groups
        touches = view.contacts
        sent = touches.outcome > 0
        offered = Signals(
            touches.customer[sent], self._group[touches.product[sent]], touches.at[sent] // WEEK
        )
        times = offered.table(view.count, past.groups)[asked].astype(float)
        rate = (interest * moment.bought).reshape(shape)
        return _Wants(interest.reshape(shape), rate, np.log1p(times))

    def _best(self, view: View, limits: Limits, wants: _Wants) -> _Best:
        """Judge every product for every customer, with and without discount, as if sent by e-mail."""
        who, product = view.reachable, np.arange(len(view.price))
        shape, line = (len(who), len(product)), np.arange(len(who))
        rows, columns = _pairs(line, product)
        needed = wants.at(rows, self._group[columns])
        found = _Best(
            np.zeros(len(who), np.int64), np.zeros(len(who)), np.zeros(len(who)), np.full(len(who), -np.inf)
        )  # fmt: skip
        for discount in limits.discounts:
            added, flat = self._valued(view, (who[rows], columns), needed, discount)
            value = flat.reshape(shape)
            top = value.argmax(axis=1)
            now, is_better = value[line, top], value[line, top] > found.value
            per_sale = now / np.maximum(added.reshape(shape)[line, top], 1e-12)
            found = _Best(
                np.where(is_better, top, found.product),
                np.where(is_better, discount, found.discount),
                np.where(is_better, per_sale, found.each),
                np.where(is_better, now, found.value),
            )
        return found

    def _valued(
        self, view: View, pairs: tuple[Ints, Ints], needed: _Wants, discount: Floats | float
    ) -> tuple[Floats, Floats]:
        """Of pairs of customer and product, by e-mail: the chance of an added sale, and what the offer brings."""
        one, each, given = self._at_stake(view, pairs, needed, discount)
        added = self._answers.added(one, self.caution)
        return added, added * each - given

    def _at_stake(
        self, view: View, pairs: tuple[Ints, Ints], needed: _Wants, discount: Floats | float
    ) -> tuple[Contacts, Floats, Floats]:
        """Of pairs of customer and product, by e-mail: the contact, what an added sale leaves, what is given away."""
        customer, product = pairs
        group = self._group[product]
        price, margin = view.price[product].astype(float), view.margin[product].astype(float)
        one = self._contacts(view, (customer, product, np.zeros(len(product), np.int64)), needed, discount)
        each = sale_worth(self._sale, customer, group, margin - discount * price, self._at_risk[product])
        ahead = 1.0 - anyway(needed.rate * self._coming[group], self._needs.rhythm[group])
        return one, each * ahead, self._given_away * one.base * discount * price

    def _on_channels(self, view: View, limits: Limits, wants: _Wants, best: _Best) -> Offers:
        """Each customer's best product on each channel that is permitted, with its expected profit."""
        place = np.full(view.count, -1)
        place[view.reachable] = np.arange(len(view.reachable))
        customer, channel = np.nonzero(view.permitted)
        at = place[customer]
        product, discount = best.product[at], best.discount[at]
        needed = wants.at(at, self._group[product])
        one = self._contacts(view, (customer, product, channel), needed, discount, self._notice[customer])
        gross = best.each[at] * self._answers.added(one, self.caution)
        patience = self._patience
        usual = float(np.maximum(best.value, 0.0).mean()) if len(best.value) else 0.0
        lost = patience.lost_by(channel, customer) * usual * self._permission.weeks / 3.0
        own = (wants.rate @ earned_by_group(view, self._group))[at]
        spoiled = self.spoiled * patience.hazard / _USUAL_HAZARD * patience.tired(channel, customer) * own
        value = gross - np.array(limits.cost)[channel] - lost - spoiled
        return make_offers(customer, product, channel, discount, value)

    def _drawn(
        self, view: View, chosen: Offers, limits: Limits, wants: _Wants, rng: np.random.Generator
    ) -> Offers:
        """For a few another product or discount, as often as it may be the best (Thompson 1933)."""
        near, reduced, likely = self._near(view, chosen, limits, wants, rng)
        line = np.arange(len(chosen))
        turn = (rng.random(len(chosen))[:, None] > likely.cumsum(axis=1)).sum(axis=1)
        turn = np.minimum(turn, near.shape[1] - 1)
        is_drawn = rng.random(len(chosen)) < self.explored
        product = np.where(is_drawn, near[line, turn], chosen.product)
        discount = np.where(is_drawn, reduced[line, turn], chosen.discount)
        drawn = (likely * ((near == product[:, None]) & (reduced == discount[:, None]))).sum(axis=1)
        is_best = (product == chosen.product) & (discount == chosen.discount)
        chance = (1.0 - _HELD_OUT) * (np.where(is_best, 1.0 - self.explored, 0.0) + self.explored * drawn)
        return make_offers(chosen.customer, product, chosen.channel, discount, chosen.score, chance)

    def _near(
        self, view: View, chosen: Offers, limits: Limits, wants: _Wants, rng: np.random.Generator
    ) -> tuple[Ints, Floats, Floats]:
        """By offer the products and discounts that may be best, and how likely each of them is."""
        count, products = len(chosen), len(view.price)
        place = np.searchsorted(view.reachable, chosen.customer)
        rows, columns = _pairs(np.arange(count), np.arange(products))
        needed = wants.at(place[rows], self._group[columns])
        one, each, given = self._at_stake(
            view, (chosen.customer[rows], columns), needed, chosen.discount[rows]
        )
        hoped = (self._answers.added(one, -self.hope) * each - given).reshape(count, products)
        hoped[np.arange(count), chosen.product] = np.inf
        near = np.argsort(-hoped, axis=1, kind="stable")[:, :_NEAR]
        discounts = np.array(limits.discounts)
        arms = near.shape[1] * len(discounts)
        product, reduced = np.repeat(near.ravel(), len(discounts)), np.tile(discounts, near.size)
        rows = np.repeat(np.arange(count), arms)
        needed = wants.at(place[rows], self._group[product])
        one, each, given = self._at_stake(view, (chosen.customer[rows], product), needed, reduced)
        may_be = self._answers.draws(one, rng, _DRAWS) * each - given
        best = may_be.reshape(_DRAWS, count, arms).argmax(axis=2)
        likely = np.stack([(best == turn).mean(axis=0) for turn in range(arms)], axis=1)
        return product.reshape(count, arms), reduced.reshape(count, arms), likely

    def _contacts(
        self,
        view: View,
        made: tuple[Ints, Ints, Ints],
        needed: _Wants,
        discount: Floats | float,
        notice: Floats | float = 0.0,
        fatigue: Floats | None = None,
    ) -> Contacts:
        """The facts of contacts (customer, product, channel), as the learner wants them; ``fatigue`` as of today."""
        customer, product, channel = made
        group, count = self._group, len(customer)
        dearer = self._relative[product] - self._tier[customer]
        return Contacts(
            1.0 - np.exp(-needed.rate),
            channel,
            group[product],
            np.log(view.price.astype(float))[product],
            np.maximum(dearer, 0.0),
            np.broadcast_to(np.asarray(discount, float), (count,)),
            np.broadcast_to(np.asarray(notice, float), (count,)),
            needed.interest,
            self._patience.memory[customer] if fatigue is None else fatigue,
            needed.tried,
        )

    def _learn(self, view: View, past: History) -> None:
        touches, group = view.contacts, self._group
        self._look_at_prices(view)
        sent = np.flatnonzero(touches.outcome > 0)
        who, what, week = touches.customer[sent], touches.product[sent], touches.at[sent] // WEEK
        asked = _key(who, group[what], week, past)
        done = _key(past.customer, past.group, past.week, past)
        self._needs = learn_needs(past, view.week, np.isin(done, asked))
        tired = memories(who, touches.channel[sent], week, (view.week, view.count))[0]
        noticed, notices = notice_of(who, week, np.isin(touches.outcome[sent], _NOTICED), view.count)
        spent = np.bincount(view.sales.customer, view.margin[view.sales.product].astype(float), view.count)
        self._weekly = spent / np.maximum(view.week - past.since, 26)
        needed = self._wanted(past, who, group[what], week)
        contacts = self._contacts(
            view, (who, what, touches.channel[sent]), needed, touches.discount[sent], noticed, tired
        )
        everything = self._needs.interest(self._needs.moment(past, view.week))
        usual = np.log(everything.reshape(-1, past.groups).mean(axis=0))
        centre = (usual, float(np.log(view.price).mean()))
        answered = np.isin(asked, done)
        first = learn_answers(contacts, answered, centre, past.groups)
        willing, now = willing_of(who, week, credit(first, contacts, answered), view.count)
        self._answers = learn_answers(with_willingness(contacts, willing), answered, centre, past.groups)
        self._notice = notices + now
        is_reduced = contacts.discount > 0
        self._given_away = given_away(
            contacts.base[is_reduced], (answered & ~np.isin(asked, done[view.sales.discount > 0]))[is_reduced]
        )

    def _wanted(self, past: History, customer: Ints, group: Ints, week: Ints) -> _Wants:
        """What customers of earlier contacts wanted of the groups then."""
        interest, bought = np.zeros(len(week)), np.zeros(len(week))
        for one in np.unique(week).tolist():
            rows = np.flatnonzero(week == one)
            moment = self._needs.moment(past, one).rows(customer[rows], group[rows], past.groups)
            interest[rows], bought[rows] = self._needs.interest(moment), moment.bought
        return _Wants(interest, interest * bought, tried_before(customer, group, week, past.groups))


def _pairs(rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
    """Each of the rows with each of the columns."""
    return np.repeat(rows, len(columns)), np.tile(columns, len(rows))


def _key(customer: Ints, group: Ints, week: Ints, past: History) -> Ints:
    return np.asarray((customer * past.groups + group) * 10_000 + week)


def _held_out(customer: Ints) -> NDArray[np.bool_]:
    """The same few customers at all times, whatever is decided (a hash of the number)."""
    return np.asarray((customer * 2_654_435_761 % 2**32) / 2**32 < _HELD_OUT)
