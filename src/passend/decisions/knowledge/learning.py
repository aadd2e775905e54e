"""From what happened to what is known: needs, answers, patience, what a sale leaves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from passend.decisions.knowledge.answers import (
    CHANNELS,
    Answers,
    Contacts,
    credit,
    learn_answers,
    notice_of,
    tried_before,
    willing_of,
    with_willingness,
)
from passend.decisions.knowledge.history import Floats, Ints
from passend.decisions.knowledge.knowledge import Effect, Knowledge, Taught, Wants, facts_of, usual_tier
from passend.decisions.knowledge.moments import coming, usual_of
from passend.decisions.knowledge.needs import Needs, learn_needs
from passend.decisions.knowledge.past import DAYS, Past, Touches
from passend.decisions.knowledge.patience import learn_patience, memories
from passend.decisions.knowledge.sale import SETTLED, given_away, learn_returns
from passend.decisions.promise import Trust, trust_of
from passend.vocabulary import Channel

#: Customers that are learned from, fewer where there are many needs: pairs of the two, fewest, and most customers.
_PAIRS, _FEWEST, _CUSTOMERS = 480_000, 3000, 8000
#: Those with offers come first, at most this share of all; offers to them, the latest.
_OFFERED, _OFFERS = 0.75, 60_000
#: Offers below which nothing is said of how much came true; and how far forecasts without offers may be wrong.
LEAST_TRUSTED, _FORECAST_ERROR = 200, 0.2
#: What is cheaper by more than the one factor is no substitute, but an accessory; dearer by the other, the main thing.
_ACCESSORY, _MAIN_THING = 2.5, 6.0


def learn(past: Past) -> Knowledge:
    """All that the past tells.

    A firm with many customers is learned from by some of them, drawn by lot; what is the firm's own (returns, patience,
    what is usual today) is taken from all.
    """
    # On one thread, as on many, the same sums; and threads that wait for each other cost more than they bring here.
    with threadpool_limits(1, user_api="blas"):
        return _learned(past)


def _learned(past: Past) -> Knowledge:
    some = _learners(past)
    part = past if len(some) == past.customers else past.part(some)
    sent = part.sent
    needs = learn_needs(part.history, past.week, _followed(part))
    paid = ~part.sales.is_free
    answered = bought_after(part, sent, paid)
    lesson = Lesson(part, needs, sent, answered, _contacts(part, needs, sent))
    centre = lesson.centre()
    answers, willing = lesson.answers(centre)
    of_all = np.zeros(past.customers)
    of_all[some] = willing
    reduced = sent.discount > 0
    at_full_price = answered & ~bought_after(part, sent, paid & part.sales.is_reduced)
    contacts = np.bincount(past.sent.channel, minlength=CHANNELS)
    taught = Taught(
        needs, answers, given_away(lesson.contacts.base[reduced], at_full_price[reduced]), _alike(past), contacts,
        lesson.trust(centre), lesson.effects(answers), _basis(past, contacts, answered),
    )  # fmt: skip
    return known_today(taught, past, of_all)


def known_today(taught: Taught, past: Past, willing: Floats) -> Knowledge:
    """What was taught, beside what holds today; ``willing``: by customer, as it was learned."""
    sent, history = past.sent, past.history
    patience = learn_patience(
        sent.customer, sent.channel, sent.week, sent.has_withdrawn, (past.week, past.customers)
    )
    settled = ~past.sales.is_free & (past.week - past.sales.week > SETTLED)
    returns = learn_returns(
        past.sales.customer[settled], past.goods.group[past.sales.product[settled]], past.sales.is_back[settled],
        (past.customers, past.groups),
    )  # fmt: skip
    return Knowledge(
        taught, usual_of(history, past.week), coming(history, past.week), willing, patience, returns,
        _earned(past),
    )  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """What offers teach: each with its facts on the day, and whether its need was bought in the week."""

    past: Past
    needs: Needs
    sent: Touches
    answered: NDArray[np.bool_]
    contacts: Contacts

    def centre(self) -> tuple[Floats, float]:
        """The usual log need of each group, and the usual log price."""
        past = self.past
        everything = self.needs.interest(self.needs.moment(past.history, past.week))
        interest = (
            everything.reshape(-1, past.groups).mean(axis=0) if past.customers else np.full(past.groups, 1e-4)
        )
        return np.log(np.maximum(interest, 1e-7)), float(np.log(past.goods.known_price).mean())

    def answers(self, centre: tuple[Floats, float]) -> tuple[Answers, Floats]:
        """What offers add, and by customer how much more they answer than others."""
        past, sent = self.past, self.sent
        first = learn_answers(self.contacts, self.answered, centre, past.groups)
        if not len(sent.customer):
            return first, np.zeros(past.customers)
        owed = credit(first, self.contacts, self.answered)
        willing, now = willing_of(sent.customer, sent.week, owed, past.customers)
        told = with_willingness(self.contacts, willing)
        return learn_answers(told, self.answered, centre, past.groups, first), now

    def effects(self, answers: Answers) -> tuple[Effect, ...]:
        """By channel what a usual offer of the past added."""
        added, low, high = answers.told(self.contacts)
        found = []
        for code, name in enumerate(Channel):
            here = self.contacts.channel == code
            if here.any():
                ends = (float(one[here].mean()) for one in (added, low, high))
                found.append(Effect(name.value, int(here.sum()), *ends))
        return tuple(found)

    def trust(self, centre: tuple[Floats, float]) -> Trust:
        """How much of what the one half of customers foresees came true in the other."""
        sent, count = self.sent, len(self.sent.customer)
        tried = np.bincount(sent.channel, minlength=CHANNELS) > 0
        half = np.random.default_rng(1).random(self.past.customers)[sent.customer] < 0.5
        foreseen = np.zeros(count)
        if count < LEAST_TRUSTED or half.all() or not half.any():
            return trust_of(foreseen[:0], foreseen[:0], foreseen[:0], tried)
        for mine in (half, ~half):
            # Begun from nothing: what the other half of customers has shaped must not show.
            learned = learn_answers(self.contacts.rows(~mine), self.answered[~mine], centre, self.past.groups)
            foreseen[mine] = learned.added(self.contacts.rows(mine))
        base, error = self.base()
        came = (self.answered - base) / np.maximum(1.0 - base, 0.5)
        chance = np.clip(base + foreseen, 1e-6, 0.5)
        # The forecast errs for all alike: what that may make is spread over the offers.
        common = (error * float((foreseen * base).sum())) ** 2 / max(float((foreseen**2).sum()), 1e-12)
        return trust_of(foreseen, came, chance * (1.0 - chance) + common, tried)

    def base(self) -> tuple[Floats, float]:
        """The chance to buy without each offer, set right by those held back; and the error of that, as a share."""
        held = self.past.touches.rows(self.past.touches.is_held_out)
        if not len(held.customer):
            return self.contacts.base, _FORECAST_ERROR
        expected = _contacts(self.past, self.needs, held).base
        bought = bought_after(self.past, held, ~self.past.sales.is_free).sum()
        told = float(1.0 / _FORECAST_ERROR**2)
        scale = (bought + told) / (expected.sum() + told)
        return np.minimum(scale * self.contacts.base, 1.0), float(1.0 / np.sqrt(bought + told))


def _learners(past: Past) -> Ints:
    most = int(np.clip(_PAIRS // max(past.groups, 1), _FEWEST, _CUSTOMERS))
    if past.customers <= most:
        return np.arange(past.customers)
    rng = np.random.default_rng(1)
    number = np.bincount(past.touches.customer, minlength=past.customers)
    asked = rng.permutation(np.flatnonzero(number))[: int(_OFFERED * most)]
    asked = asked[: max(200, int(np.searchsorted(np.cumsum(number[asked]), _OFFERS)))]
    others = rng.permutation(np.flatnonzero(number == 0))[: most - len(asked)]
    return np.sort(np.concatenate([asked, others]))


def _contacts(past: Past, needs: Needs, sent: Touches) -> Contacts:
    """The facts of past offers as they were on their days."""
    group = past.goods.group[sent.product]
    interest, bought = np.zeros(len(group)), np.zeros(len(group))
    history = past.history
    for one in np.unique(sent.week).tolist():
        rows = np.flatnonzero(sent.week == one)
        who, place = np.unique(sent.customer[rows], return_inverse=True)
        usual = usual_of(history, one)
        moment = needs.moment(past.part(who).history, one, usual).rows(place, group[rows], past.groups)
        interest[rows], bought[rows] = needs.interest(moment), moment.bought
    tried = tried_before(sent.customer, group, sent.week, past.groups)
    wants = Wants(interest, interest * bought, tried, np.zeros(len(group), np.bool_))
    before = memories(sent.customer, sent.channel, sent.week, (past.week, past.customers))[0]
    noticed = notice_of(sent.customer, sent.week, sent.is_noticed, past.customers)[0]
    made = (sent.customer, sent.product, sent.channel)
    return facts_of(
        past,
        made,
        wants,
        sent.discount,
        (usual_tier(past)[sent.customer], noticed, before, past.goods.share[sent.product]),
    )


def bought_after(past: Past, offers: Touches, counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of each offer, whether its need was bought in the week after it; ``counted``: sales that count."""
    sales = past.sales.rows(counted)
    done = np.sort(_keys(past, sales.customer, sales.product, sales.day))
    asked = _keys(past, offers.customer, offers.product, offers.day)
    return np.asarray(np.searchsorted(done, asked + DAYS) > np.searchsorted(done, asked))


def _followed(past: Past) -> NDArray[np.bool_]:
    """Of each sale, whether it came in the week after an offer of its need."""
    sent, sales = past.sent, past.sales
    asked = np.sort(_keys(past, sent.customer, sent.product, sent.day))
    done = _keys(past, sales.customer, sales.product, sales.day)
    before = np.searchsorted(asked, done - DAYS, side="right")
    return np.asarray(np.searchsorted(asked, done, side="right") > before)


def _keys(past: Past, customer: Ints, product: Ints, day: Floats) -> Floats:
    return np.asarray((customer * past.groups + past.goods.group[product]) * 100_000.0 + day)


def _earned(past: Past) -> Floats:
    """By need the usual margin of a sale."""
    group = past.goods.group[past.sales.product]
    margin = np.nan_to_num(past.goods.margin)[past.sales.product]
    return np.asarray(
        np.bincount(group, margin, past.groups) / np.maximum(np.bincount(group, minlength=past.groups), 1)
    )


def _alike(past: Past) -> NDArray[np.bool_]:
    """By pair of needs whether the second may stand for the first: of one department, neither accessory nor main thing.

    Of what has no category nobody knows what it stands for.
    """
    goods = past.goods
    total = np.bincount(goods.group, np.log(goods.known_price), past.groups)
    price = total / np.maximum(np.bincount(goods.group, minlength=past.groups), 1)
    above = past.department[past.shelf]
    dearer = price[None, :] - price[:, None]
    near = (dearer > -np.log(_ACCESSORY)) & (dearer < np.log(_MAIN_THING))
    return np.asarray(near & (above[:, None] == above[None, :]) & (above[:, None] >= 0))


def _basis(past: Past, contacts: Ints, answered: NDArray[np.bool_]) -> str:
    """How effects are known, in words."""
    count = int(contacts.sum())
    if not count:
        return "assumed, not yet measured: no offers of the past are known"
    held = int(past.touches.is_held_out.sum())
    drawn = int(np.isfinite(past.touches.chance).sum()) - held
    return (
        f"learned from {count:,} offers, {int(answered.sum()):,} of which were followed by a purchase,"
        f" {max(drawn, 0):,} of them drawn by lot, {held:,} held back"
    )
