"""What passend does: needs, effects and patience are learned from the firm's tables; each week the best offers go out."""

import numpy as np

from passend.customers.offer_effects import Answers, History, Needs, Patience, learn_answers, learn_needs, learn_patience
from passend.customers.offer_effects.answers import Contacts, notice_of
from passend.customers.offer_effects.history import Floats
from passend.customers.offer_effects.needs import Moment
from passend.customers.offer_effects.sale import Sale, anyway, sale_worth, shrunk_returns, shrunk_service
from passend.market.allocate import allocate
from passend.market.demand import SERVED
from passend.market.logs import Touches
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.policies.policy import Policy
from passend.market.view import Ints, View
from passend.market.world import WEEK

_AGAIN = 8
_NOTICED = (2, 3, 4, 5)
_WITHDREW = 6
#: What a lost permission costs, in weeks of what a customer's contacts bring.
_FUTURE_WEEKS = 26.0
#: Share of a week's own profit of a customer that one contact spoils, by judgement.
_SPOILED = 0.06


class Passend(Policy):
    """The product's own plan: what an offer adds, times what the sale leaves, less contact and annoyance."""

    name = "passend"

    def __init__(self) -> None:
        self._learned = -_AGAIN
        self._moments: dict[int, tuple[Ints, Moment]] = {}
        self._needs: Needs
        self._answers: Answers
        self.caution = 1.0
        self.pressure = 8.0
        self.usual = 0.0

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The offers with the greatest expected profit under the limits."""
        past = _history(view)
        if view.week - self._learned >= _AGAIN:
            self._learn(view, past)
            self._learned = view.week
        now = self._needs.moment(past, view.week)
        rate = self._needs.rate(now).reshape(view.count, past.groups)
        scored = self._score(view, limits, rate)
        if not len(scored):
            return no_offers()
        offers = allocate(scored, limits)
        # The facts of the day are kept beside what was done, to learn from it later.
        who, what = offers.customer, groups_of(view)[offers.product]
        self._moments[view.week] = (who, now.rows(who, what, past.groups))
        return offers

    def _score(self, view: View, limits: Limits, rate: Floats) -> Offers:
        group = groups_of(view)
        sale = _sale(view, group)
        who = view.customers
        product = np.arange(len(view.price))
        price, margin = view.price.astype(float), view.margin.astype(float)
        tier = _tier(view, group)
        relative = _relative(view, group)
        rows, columns = np.repeat(who, len(product)), np.tile(product, len(who))
        base = 1.0 - np.exp(-rate[rows, group[columns]])
        ahead = 1.0 - anyway(rate[rows, group[columns]], self._needs.rhythm[group[columns]])
        dearer = np.maximum(relative[columns] - tier[rows], 0.0)
        best_value = np.full(len(who), -np.inf)
        best = np.zeros((3, len(who)))
        steps = (0.0, limits.discount) if limits.discount > 0 else (0.0,)
        for discount in steps:
            one = Contacts(base, np.zeros(len(rows), np.int64), group[columns], np.log(price)[columns], dearer, np.full(len(rows), discount), np.zeros(len(rows)))
            added = self._answers.added(one, self.caution)
            each = sale_worth(sale, rows, group[columns], margin[columns] - discount * price[columns], (price - margin)[columns])
            value = (added * each * ahead - base * discount * price[columns]).reshape(len(who), len(product))
            top = value.argmax(axis=1)
            better = value[np.arange(len(who)), top] > best_value
            best_value[better] = value[better, top[better]]
            best[0, better], best[1, better] = top[better], discount
            best[2, better] = added.reshape(value.shape)[better, top[better]]
        chosen = best[0].astype(np.int64)
        place = np.full(view.count, -1)
        place[who] = np.arange(len(who))
        customer, channel = np.nonzero(view.permitted)
        at = place[customer]
        chosen, discount = chosen[at], best[1][at]
        one = Contacts(
            1.0 - np.exp(-rate[customer, group[chosen]]), channel, group[chosen], np.log(price)[chosen],
            np.maximum(relative[chosen] - tier[customer], 0.0), discount, self._notice[customer],
        )
        added = self._answers.added(one, self.caution)
        gross = best_value[at] / np.maximum(best[2][at], 1e-12) * added
        self.usual = float(np.mean(np.maximum(best_value, 0.0)))
        future = self.pressure * self.usual * _FUTURE_WEEKS / 3.0
        spoiled = _SPOILED * np.array([1.0, 0.12, 0.8, 2.4])[channel] * self._weekly[customer]
        value = gross - np.array(limits.cost)[channel] - self._patience(view).lost(channel, customer) * future - spoiled
        offers = make_offers(customer, chosen, channel, discount, value)
        self.considered = offers.where(offers.score > 0)
        return self.considered

    def _patience(self, view: View) -> Patience:
        touches = view.contacts
        sent = touches.outcome > 0
        return learn_patience(
            touches.customer[sent], touches.channel[sent], touches.at[sent] // WEEK,
            touches.outcome[sent] == _WITHDREW, (view.week, view.count),
        )

    def _learn(self, view: View, past: History) -> None:
        touches = view.contacts
        group = groups_of(view)
        sent = np.flatnonzero(touches.outcome > 0)
        week = touches.at[sent] // WEEK
        key = (touches.customer[sent] * past.groups + group[touches.product[sent]]) * 10_000 + week
        offered = np.isin((past.customer * past.groups + past.group) * 10_000 + past.week, key)
        self._needs = learn_needs(past, view.week, offered)
        self._notice = notice_of(touches.customer[sent], np.isin(touches.outcome[sent], _NOTICED), view.count)
        spent = np.bincount(view.sales.customer, view.margin[view.sales.product].astype(float), view.count)
        self._weekly = (spent + 0.0) / np.maximum(view.week - past.since, 26)
        contacts, bought = self._past_contacts(view, past, touches, sent, group)
        everything = self._needs.rate(self._needs.moment(past, view.week))
        centre = (float(np.log(np.mean(everything))), float(np.log(view.price).mean()))
        self._answers = learn_answers(contacts, bought, centre, past.groups)

    def _past_contacts(self, view: View, past: History, touches: Touches, sent: Ints, group: Ints) -> tuple[Contacts, np.ndarray]:
        week = touches.at[sent] // WEEK
        base = np.zeros(len(sent))
        for one in np.unique(week).tolist():
            rows = np.flatnonzero(week == one)
            who, what = touches.customer[sent[rows]], group[touches.product[sent[rows]]]
            moment = self._needs.moment(past, one).rows(who, what, past.groups)
            base[rows] = 1.0 - np.exp(-self._needs.rate(moment))
        product, who = touches.product[sent], touches.customer[sent]
        tier, relative = _tier(view, group), _relative(view, group)
        contacts = Contacts(
            base, touches.channel[sent], group[product], np.log(view.price.astype(float))[product],
            np.maximum(relative[product] - tier[who], 0.0), touches.discount[sent], self._notice[who],
        )
        done = (past.customer * past.groups + past.group) * 10_000 + past.week
        return contacts, np.isin((who * past.groups + group[product]) * 10_000 + week, done)


def groups_of(view: View) -> Ints:
    """By product its group: variants, whose names differ in the last word alone, on one shelf."""
    found = view.table("products")
    stems = [
        f"{shelf}:{name.rpartition(' ')[0] or name}"
        for name, shelf in zip(found["name"].to_pylist(), found["category"].to_pylist(), strict=True)
    ]
    counted = {one: stems.count(one) for one in set(stems)}
    names = found["name"].to_pylist()
    keys = [one if counted[one] > 1 else f"{one} {name}" for one, name in zip(stems, names, strict=True)]
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _history(view: View) -> History:
    group, sales, traces = groups_of(view), view.sales, view.traces
    seen = traces.kind != SERVED
    shelf = np.zeros(int(group.max()) + 1, np.int64)
    shelf[group] = view.category
    since = np.full(view.count, view.week, np.int64)
    np.minimum.at(since, sales.customer, sales.at // WEEK)
    return History(
        view.count, shelf, since, sales.customer, group[sales.product], sales.at // WEEK,
        traces.customer[seen], group[traces.product[seen]], traces.at[seen] // WEEK,
    )


def _relative(view: View, group: Ints) -> Floats:
    """By product the log of its price over its group's mean."""
    mean = np.bincount(group, np.log(view.price)) / np.bincount(group)
    return np.asarray(np.log(view.price) - mean[group])


def _tier(view: View, group: Ints) -> Floats:
    """By customer how dear their variants are within their groups, on average, shrunk."""
    relative, sales = _relative(view, group), view.sales
    number = np.bincount(sales.customer, minlength=view.count)
    return np.asarray(np.bincount(sales.customer, relative[sales.product], view.count) / (number + 1.5))


def _sale(view: View, group: Ints) -> Sale:
    sales, traces = view.sales, view.traces
    settled = view.weeks_ago(sales.at) > 3
    back = (sales.returned_at[settled] >= 0).astype(float)
    shape = (view.count, int(group.max()) + 1)
    mine, by_group = shrunk_returns(sales.customer[settled], group[sales.product[settled]], back, shape)
    costs = {(row["kind"]): float(row["amount_cents"]) for row in view.table("costs").to_pylist()}
    served = traces.kind == SERVED
    bought = np.bincount(sales.customer, minlength=view.count)
    service = shrunk_service(traces.customer[served], traces.amount[served] * costs["service"], bought, view.count)
    return Sale(mine, by_group, service, costs["order"], costs["return"])
