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
from passend.customers.offer_effects.answers import Contacts, credit, notice_of, willing_of, with_willingness
from passend.customers.offer_effects.history import Floats
from passend.customers.offer_effects.patience import WEIGHT, lost_at_capacity
from passend.customers.offer_effects.sale import anyway, given_away, sale_worth
from passend.market.allocate import allocate
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.policies.firm import (
    goods_at_risk,
    groups_of,
    history_of,
    relative_price,
    sales_of,
    usual_tier,
)
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
    """By customer and group, or one a row: signs of interest a week, and purchases without an offer."""

    interest: Floats
    rate: Floats

    def at(self, *place: Ints) -> "_Wants":
        """Some of them."""
        return _Wants(self.interest[place], self.rate[place])


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
        spoiled: share of a week's own profit of a customer that an e-mail spoils at a usual rate of withdrawals.
        caution: standard deviations of the effect's log odds that are taken off: what is little known has to earn more.
        explored: share of offers whose product is drawn, each as often as it may be the best one.
        hope: standard deviations of the effect's log odds that are added when the products to draw from are sought.
    """

    name = "passend"
    lost_share = 0.14
    permission_weeks = 52.0
    spoiled = 0.1
    caution = 0.1
    explored = 0.1
    hope = 1.0

    def __init__(self) -> None:
        self._learned = -_AGAIN
        self._permission = 4.0 * self.permission_weeks
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
        self._at_risk: Floats

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The offers with the greatest expected profit under the limits; a few customers are held out, a few drawn."""
        if len(self._group) != len(view.price):
            self._group = groups_of(view)
        past = history_of(view, self._group)
        if view.week - self._learned >= _AGAIN:
            self._learn(view, past)
            self._learned = view.week
        if not view.permitted.any():
            return no_offers()
        self._look(view)
        wants = self._wants(view, past)
        best = self._best(view, limits, wants)
        offers = self._on_channels(view, limits, wants, best)
        self.considered = offers.where((offers.score > 0) & ~_held_out(offers.customer))
        if not len(self.considered):
            return no_offers()
        chosen = allocate(self.considered, limits)
        self._price_permission(view, limits, chosen)
        return self._drawn(view, chosen, wants, rng)

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

    def _price_permission(self, view: View, limits: Limits, chosen: Offers) -> None:
        """Let a lost permission cost more where more would be lost than may be, else less, week by week.

        Losses that are only assumed do not count: where nobody ever withdrew, nothing has to be saved up.
        """
        lost = self._patience.seen * float(self._patience.lost(chosen.channel, chosen.customer).sum())
        capacity = np.array(limits.capacity, float)
        resting = view.contacts.customer[view.weeks_ago(view.contacts.at) < limits.gap_weeks]
        asked = len(np.union1d(view.reachable, resting))
        most = self.lost_share * lost_at_capacity(self._patience.hazard, capacity, asked, limits.gap_weeks)
        step = float(np.clip(lost / max(most, 1e-12), 0.5, 2.0)) ** 0.7
        self._permission = max(self._permission * step, self.permission_weeks)

    def _wants(self, view: View, past: History) -> _Wants:
        """What customers who may be asked want today."""
        asked = view.reachable
        pairs = _pairs(asked, np.arange(past.groups))
        moment = self._needs.moment(past, view.week).rows(*pairs, past.groups)
        interest = self._needs.interest(moment)
        shape = len(asked), past.groups
        return _Wants(interest.reshape(shape), (interest * moment.bought).reshape(shape))

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
        ahead = 1.0 - anyway(needed.rate, self._needs.rhythm[group])
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
        lost = patience.lost(channel, customer) * usual * self._permission / 3.0
        spoiled = self.spoiled * patience.hazard / _USUAL_HAZARD * WEIGHT[channel] * self._weekly[customer]
        value = gross - np.array(limits.cost)[channel] - lost - spoiled
        return make_offers(customer, product, channel, discount, value)

    def _drawn(self, view: View, chosen: Offers, wants: _Wants, rng: np.random.Generator) -> Offers:
        """For a few another product, as often as it may be the better one (Thompson 1933), so that all is learned."""
        near, likely = self._near(view, chosen, wants, rng)
        line = np.arange(len(chosen))
        turn = (rng.random(len(chosen))[:, None] > likely.cumsum(axis=1)).sum(axis=1)
        is_drawn = rng.random(len(chosen)) < self.explored
        product = np.where(is_drawn, near[line, np.minimum(turn, near.shape[1] - 1)], chosen.product)
        drawn = (likely * (near == product[:, None])).sum(axis=1)
        chance = (1.0 - _HELD_OUT) * (
            np.where(product == chosen.product, 1.0 - self.explored, 0.0) + self.explored * drawn
        )
        return make_offers(chosen.customer, product, chosen.channel, chosen.discount, chosen.score, chance)

    def _near(
        self, view: View, chosen: Offers, wants: _Wants, rng: np.random.Generator
    ) -> tuple[Ints, Floats]:
        """By offer the products that may be best, the chosen one first, and how likely each of them is."""
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
        few = (np.arange(count)[:, None] * products + near).ravel()
        may_be = self._answers.draws(one.rows(few), rng, _DRAWS) * each[few] - given[few]
        best = may_be.reshape(_DRAWS, count, near.shape[1]).argmax(axis=2)
        return near, np.stack([(best == turn).mean(axis=0) for turn in range(near.shape[1])], axis=1)

    def _contacts(
        self,
        view: View,
        made: tuple[Ints, Ints, Ints],
        needed: _Wants,
        discount: Floats | float,
        notice: Floats | float = 0.0,
    ) -> Contacts:
        """The facts of contacts (customer, product, channel), as the learner wants them."""
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
        )

    def _learn(self, view: View, past: History) -> None:
        touches, group = view.contacts, self._group
        self._look_at_prices(view)
        sent = np.flatnonzero(touches.outcome > 0)
        who, what, week = touches.customer[sent], touches.product[sent], touches.at[sent] // WEEK
        asked = _key(who, group[what], week, past)
        done = _key(past.customer, past.group, past.week, past)
        self._needs = learn_needs(past, view.week, np.isin(done, asked))
        noticed, notices = notice_of(who, week, np.isin(touches.outcome[sent], _NOTICED), view.count)
        spent = np.bincount(view.sales.customer, view.margin[view.sales.product].astype(float), view.count)
        self._weekly = spent / np.maximum(view.week - past.since, 26)
        interest, bought = np.zeros(len(sent)), np.zeros(len(sent))
        for one in np.unique(week).tolist():
            rows = np.flatnonzero(week == one)
            moment = self._needs.moment(past, one).rows(who[rows], group[what[rows]], past.groups)
            interest[rows], bought[rows] = self._needs.interest(moment), moment.bought
        needed = _Wants(interest, interest * bought)
        contacts = self._contacts(
            view, (who, what, touches.channel[sent]), needed, touches.discount[sent], noticed
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


def _pairs(rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
    """Each of the rows with each of the columns."""
    return np.repeat(rows, len(columns)), np.tile(columns, len(rows))


def _key(customer: Ints, group: Ints, week: Ints, past: History) -> Ints:
    return np.asarray((customer * past.groups + group) * 10_000 + week)


def _held_out(customer: Ints) -> NDArray[np.bool_]:
    """The same few customers at all times, whatever is decided (a hash of the number)."""
    return np.asarray((customer * 2_654_435_761 % 2**32) / 2**32 < _HELD_OUT)
