"""What one contact adds for each customer and group of products, with its interval: learned from the firm's contacts.

Without an offer a customer would have bought at the rate that ``learn_needs`` foresees, set right by those who got
none: customers held out, else others of the same weeks who were not contacted. What those contacted bought beyond that
is the effect (``learn_answers``). Where contacts were not drawn by lot and nobody like those contacted was left out,
nothing can be measured.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects.answers import CHANNELS, Answers, Contacts, learn_answers
from passend.customers.offer_effects.history import Floats, History, Ints
from passend.customers.offer_effects.needs import Needs, learn_needs
from passend.customers.uplift.overlap import inspect, verdict
from passend.vocabulary import CannotBeMeasured

DAYS = 7.0
#: Contacts and purchases after them below which nothing is learned, and contacts that a channel needs.
LEAST_SENT, LEAST_BOUGHT, LEAST_ON_CHANNEL = 200, 20, 100
#: Contacts by lot, or customers left out, that make a comparison.
_LEAST_COMPARED = 100
#: Weeks with contacts that are learned from, the latest; and contacts.
_MOST_WEEKS, _MOST_CONTACTS = 30, 50_000
#: Purchases that the forecast without offers is worth beside what is seen.
_TOLD = 5.0
#: Facts of ``Moment`` by which contacts may have been aimed: last bought, own share, latest, activity, tenure, share.
_AIMED_BY = [0, 3, 8, 9, 10, 11]


@dataclass(frozen=True)
class Offered:
    """Offers of the past, one row each; days count from the beginning of week 0.

    Attributes:
        customer: code, as are ``group`` and ``channel``.
        day: when.
        log_price: log of the product's price.
        discount: share of the price.
        is_random: whether it was made by chance, with a chance between 0 and 1.
        is_held_out: whether nothing was sent in fact, to measure.
    """

    customer: Ints
    group: Ints
    channel: Ints
    day: Floats
    log_price: Floats
    discount: Floats
    is_random: NDArray[np.bool_]
    is_held_out: NDArray[np.bool_]

    def rows(self, kept: NDArray[np.bool_] | Ints) -> "Offered":
        """Some of them."""
        return Offered(*(value[kept] for value in vars(self).values()))


@dataclass(frozen=True)
class Effects:
    """Learned effects.

    Attributes:
        needs: forecast of purchases without an offer.
        scale: what sets the forecast right.
        answers: effect of a contact.
        channels: codes of the channels with enough contacts.
        discount: the usual one of the contacts; effects are those of contacts with it.
        basis: how it is known, in words.
    """

    needs: Needs
    scale: float
    answers: Answers
    channels: tuple[int, ...]
    discount: float
    basis: str

    def of(
        self, history: History, week: int, pairs: tuple[Ints, Ints], log_price: Floats
    ) -> tuple[Floats, dict[int, tuple[Floats, Floats, Floats]]]:
        """For pairs of customer and group: chance to buy in a week without an offer; effect, low, high by channel."""
        moment = self.needs.moment(history, week).rows(*pairs, history.groups)
        base = 1.0 - np.exp(-self.scale * self.needs.rate(moment))
        found = {}
        for code in self.channels:
            count = len(base)
            zeros, discount = np.zeros(count), np.full(count, self.discount)
            one = Contacts(base, np.full(count, code), pairs[1], log_price, zeros, discount, zeros)
            found[code] = (self.answers.added(one), *self.answers.interval(one))
        return base, found


def learn_effects(history: History, day: Floats, offered: Offered, end: float) -> Effects | CannotBeMeasured:
    """Learn from offers and purchases.

    Args:
        history: purchases by week.
        day: of each purchase of ``history``.
        offered: offers of the past.
        end: day on which the data ends; offers of the last week before it are too young.
    """
    past = offered.rows(offered.day + DAYS <= end)
    sent = past.rows(~past.is_held_out)
    bought = _bought(history, day, sent)
    if len(bought) < LEAST_SENT or bought.sum() < LEAST_BOUGHT:
        return CannotBeMeasured(
            f"After {len(bought)} offers sent, {int(bought.sum())} were bought; at least {LEAST_SENT} and"
            f" {LEAST_BOUGHT} are needed.",
            "let plans go out, and import the contacts",
        )
    now = int(end // DAYS)
    needs = learn_needs(history, now, _followed(history, day, sent))
    weeks = np.unique(sent.day // DAYS)[-_MOST_WEEKS:]
    kept = np.flatnonzero(np.isin(sent.day // DAYS, weeks))
    rng = np.random.default_rng(1)
    if len(kept) > _MOST_CONTACTS:
        kept = np.sort(rng.choice(kept, _MOST_CONTACTS, replace=False))
    sent, bought = sent.rows(kept), bought[kept]
    held = past.rows(past.is_held_out & np.isin(past.day // DAYS, weeks))
    by_lot = int(sent.is_random.sum())
    # Whoever was never contacted may differ in what no fact tells: without a draw they are no comparison.
    able = np.ones(history.customers, np.bool_)
    if by_lot < _LEAST_COMPARED:
        able[:] = False
        able[sent.customer] = True
    left_out = held if len(held.day) >= _LEAST_COMPARED else _not_contacted(history, sent, able, rng)
    if len(left_out.day) < _LEAST_COMPARED:
        return CannotBeMeasured(
            "Everybody was contacted; nobody was left out to compare with.", "hold out some customers by lot"
        )
    base, aims = _base(history, needs, sent)
    other, other_aims = _base(history, needs, left_out)
    if left_out is not held and by_lot < _LEAST_COMPARED:
        arm = np.concatenate([np.ones(len(base), np.int64), np.zeros(len(other), np.int64)])
        unlike = verdict(inspect(np.concatenate([aims, other_aims]), arm, 2, seed=1)[0])
        if unlike is not None:
            return unlike
    scale = float((_bought(history, day, left_out).sum() + _TOLD) / (other.sum() + _TOLD))
    base = 1.0 - np.exp(-scale * base)
    contacts = Contacts(
        base,
        sent.channel,
        sent.group,
        sent.log_price,
        np.zeros(len(base)),
        sent.discount,
        np.zeros(len(base)),
    )
    centre = (float(np.log(np.maximum(base.mean(), 1e-7))), float(sent.log_price.mean()))
    answers = learn_answers(contacts, bought, centre, history.groups)
    counts = np.bincount(sent.channel, minlength=CHANNELS)
    channels = tuple(np.flatnonzero(counts >= LEAST_ON_CHANNEL).tolist())
    against = "customers held out" if left_out is held else "customers not contacted"
    how = f"{by_lot} of them by lot" if by_lot else "as far as the facts tell by what they were aimed"
    return Effects(
        needs, scale, answers, channels, float(sent.discount.mean()),
        f"measured on {len(base)} contacts beside {against}, {how}",
    )  # fmt: skip


def _keys(history: History, customer: Ints, group: Ints, day: Floats) -> Floats:
    return np.asarray((customer * history.groups + group) * 100_000.0 + day)


def _bought(history: History, day: Floats, offered: Offered) -> NDArray[np.bool_]:
    """Whether the customer bought of the group in the week after each offer."""
    done = np.sort(_keys(history, history.customer, history.group, day))
    asked = _keys(history, offered.customer, offered.group, offered.day)
    return np.asarray(np.searchsorted(done, asked + DAYS) > np.searchsorted(done, asked))


def _followed(history: History, day: Floats, sent: Offered) -> NDArray[np.bool_]:
    """Of each purchase, whether it came in the week after an offer of its group."""
    asked = np.sort(_keys(history, sent.customer, sent.group, sent.day))
    done = _keys(history, history.customer, history.group, day)
    after = np.searchsorted(asked, done, side="right")
    return np.asarray(after > np.searchsorted(asked, done - DAYS, side="right"))


def _not_contacted(
    history: History, sent: Offered, able: NDArray[np.bool_], rng: np.random.Generator
) -> Offered:
    """For offers of each week, known customers who can be compared and were not contacted around it."""
    taken, stands = [], []
    for week in np.unique(sent.day // DAYS).tolist():
        near = np.abs(sent.day // DAYS - week) <= 1
        free = np.setdiff1d(np.flatnonzero((history.since < week) & able), sent.customer[near])
        rows = np.flatnonzero(sent.day // DAYS == week)
        rows = rows[: len(free)] if len(rows) > len(free) else rows
        taken.append(rows)
        stands.append(rng.choice(free, len(rows), replace=False) if len(rows) else rows)
    rows, customer = np.concatenate(taken), np.concatenate(stands)
    return Offered(**{**vars(sent.rows(rows)), "customer": customer})


def _base(history: History, needs: Needs, offered: Offered) -> tuple[Floats, Floats]:
    """Purchases expected in the week without an offer, and the facts by which offers may have been aimed."""
    week = (offered.day // DAYS).astype(np.int64)
    rate, aims = np.zeros(len(week)), np.zeros((len(week), len(_AIMED_BY) + 1))
    for one in np.unique(week).tolist():
        rows = np.flatnonzero(week == one)
        moment = needs.moment(history, one).rows(offered.customer[rows], offered.group[rows], history.groups)
        rate[rows] = needs.rate(moment)
        aims[rows, :-1] = moment.features[:, _AIMED_BY]
    aims[:, -1] = np.log(np.maximum(rate, 1e-7))
    return rate, aims
