"""What one contact adds for each customer and group of products, with its interval: learned from the firm's contacts.

Without an offer a customer would have bought at the rate that ``learn_needs`` foresees, set right by those who got
none: customers held out, else others of the same weeks who were not contacted. What those contacted bought beyond that,
or less than that, is the effect: whom it moves more comes from ``learn_answers``, how much it is, and whether it is
anything at all, from ``learn_sizes``. Where contacts were not drawn by lot and nobody like those contacted was left
out, nothing can be measured.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects.answers import CHANNELS, Answers, Contacts, learn_answers
from passend.customers.offer_effects.history import Floats, History, Ints
from passend.customers.offer_effects.needs import Needs, learn_needs
from passend.customers.offer_effects.sizes import Seen, Sizes, learn_sizes
from passend.customers.uplift.overlap import inspect, verdict
from passend.vocabulary import CannotBeMeasured

DAYS = 7.0
#: Contacts and purchases after them below which nothing is learned, and contacts that a channel needs.
LEAST_SENT, LEAST_BOUGHT, LEAST_ON_CHANNEL = 200, 20, 100
#: Contacts of a kind from which on its effect counts as measured, not as taken from kinds like it.
LEAST_COUNTED = 100
#: Contacts by lot, or customers left out, that make a comparison.
_LEAST_COMPARED = 100
#: Weeks with contacts that are learned from, the latest; and contacts.
_MOST_WEEKS, _MOST_CONTACTS = 30, 50_000
#: Purchases that the forecast without offers is worth beside what is seen.
_TOLD = 5.0
#: How far a customer's effect may lie from the usual one, as a factor.
_SHAPE = (0.1, 5.0)
#: Facts of ``Moment`` by which contacts may have been aimed: last bought, own share, latest, activity, tenure, share.
_AIMED_BY = [0, 3, 8, 9, 10, 11]


@dataclass(frozen=True)
class Offered:
    """Offers of the past, one row each; days count from the beginning of week 0.

    Attributes:
        customer: code, as are ``group``, ``channel`` and ``kind``, the type of relation to what was bought before.
        day: when.
        log_price: log of the product's price.
        discount: share of the price.
        is_random: whether it was made by chance, with a chance between 0 and 1.
        is_held_out: whether nothing was sent in fact, to measure.
    """

    customer: Ints
    group: Ints
    channel: Ints
    kind: Ints
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
        scale: what sets the forecast right as a whole.
        answers: whom a contact moves more.
        usual: by channel the mean of ``answers`` over the contacts; 0 where there were too few.
        sizes: effect of the usual contact of each kind.
        discount: the usual one of the contacts; effects are those of contacts with it.
        basis: how it is known, in words.
    """

    needs: Needs
    scale: float
    answers: Answers
    usual: Floats
    sizes: Sizes
    discount: float
    basis: str

    @property
    def channels(self) -> list[int]:
        """Codes of the channels with enough contacts."""
        return [int(one) for one in np.flatnonzero(self.usual > 0)]

    def of(self, history: History, week: int, pairs: "Pairs") -> tuple[Floats, dict[int, "Found"]]:
        """For pairs of customer and group: chance to buy in a week without an offer; the effect by channel."""
        moment = self.needs.moment(history, week).rows(pairs.customer, pairs.group, history.groups)
        base = 1.0 - np.exp(-self.scale * self.needs.rate(moment))
        zeros, discount = np.zeros(len(base)), np.full(len(base), self.discount)
        found = {}
        for code in self.channels:
            one = Contacts(
                base, np.full(len(base), code), pairs.group, pairs.log_price, zeros, discount, zeros
            )
            shape = np.clip(self.answers.added(one) / self.usual[code], *_SHAPE)
            size, sd = (part[code, pairs.kind, pairs.group] for part in (self.sizes.mean, self.sizes.sd))
            error = shape * np.hypot(sd, size * self._doubt(one))
            effect = shape * size
            contacts = self.sizes.contacts[code, pairs.group]
            found[code] = Found(effect, effect - 1.96 * error, effect + 1.96 * error, contacts)
        return np.minimum(base * self.sizes.scale[pairs.group], 1.0), found

    def _doubt(self, one: Contacts) -> Floats:
        """How uncertain it is by which factor each effect differs from the usual: the spread beyond the least."""
        low, high = (np.clip(end, 1e-9, 1 - 1e-9) for end in self.answers.interval(one))
        spread = (np.log(high / (1 - high)) - np.log(low / (1 - low))) / (2 * 1.96)
        return np.asarray(np.sqrt(np.maximum(spread**2 - spread.min(initial=np.inf) ** 2, 0.0)))


@dataclass(frozen=True)
class Pairs:
    """Customers and what they might be offered, coded as in ``Offered``."""

    customer: Ints
    group: Ints
    kind: Ints
    log_price: Floats

    def rows(self, kept: slice, customers: Ints) -> "Pairs":
        """Some of them, for a part of the customers, given in order."""
        customer = np.searchsorted(customers, self.customer[kept])
        return Pairs(customer, self.group[kept], self.kind[kept], self.log_price[kept])


@dataclass(frozen=True)
class Found:
    """Extra purchases a contact with the 95 % interval, and how many contacts of such products stand behind it."""

    effect: Floats
    low: Floats
    high: Floats
    contacts: Ints


def learn_effects(
    history: History, day: Floats, offered: Offered, end: float, prior: tuple[int, Floats]
) -> Effects | CannotBeMeasured:
    """Learn from offers and purchases.

    Args:
        history: purchases by week.
        day: of each purchase of ``history``.
        offered: offers of the past.
        end: day on which the data ends; offers of the last week before it are too young.
        prior: how many types of relation there are, and by channel the effect to expect before anything is known.
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
    others_bought = _bought(history, day, left_out)
    scale = float((others_bought.sum() + _TOLD) / (other.sum() + _TOLD))
    base, other = (1.0 - np.exp(-scale * one) for one in (base, other))
    is_by_lot = left_out is held or by_lot >= _LEAST_COMPARED
    answers, shape, usual = _shapes(history, (sent, base, bought), rng)
    sizes = learn_sizes(
        Seen(sent.customer, sent.channel, sent.kind, sent.group, base, bought, is_by_lot),
        Seen(left_out.customer, left_out.channel, left_out.kind, left_out.group, other, others_bought),
        shape,
        (CHANNELS, prior[0], history.groups),
        prior[1],
    )
    against = "customers held out" if left_out is held else "customers not contacted"
    how = f"{by_lot:,} of them by lot" if by_lot else "as far as the facts tell by what they were aimed"
    return Effects(
        needs, scale, answers, usual, sizes, float(sent.discount.mean()),
        f"measured on {len(base):,} contacts beside {len(other):,} {against}, {how}",
    )  # fmt: skip


def _shapes(
    history: History, known: tuple[Offered, Floats, NDArray[np.bool_]], rng: np.random.Generator
) -> tuple[Answers, Floats, Floats]:
    """Whom contacts move more; of each contact by how much, told by the other half of customers; the channels' means.

    Half by half, because what a contact's own outcome has shaped cannot measure it.
    """
    sent, base, bought = known
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
    counts = np.bincount(sent.channel, minlength=CHANNELS)

    def usual(added: Floats, channel: Ints) -> Floats:
        return np.bincount(channel, added, CHANNELS) / np.maximum(np.bincount(channel, minlength=CHANNELS), 1)

    half = rng.random(history.customers)[sent.customer] < 0.5
    shape = np.ones(len(base))
    for mine in (half, ~half):
        if mine.any() and not mine.all():
            learned = _personal(contacts.rows(~mine), bought[~mine], centre, history.groups)
            added = learned.added(contacts.rows(mine))
            shape[mine] = np.clip(added / usual(added, sent.channel[mine])[sent.channel[mine]], *_SHAPE)
    answers = _personal(contacts, bought, centre, history.groups)
    means = np.where(counts >= LEAST_ON_CHANNEL, usual(answers.added(contacts), sent.channel), 0.0)
    return answers, shape, means


def _personal(
    contacts: Contacts, bought: NDArray[np.bool_], centre: tuple[float, float], groups: int
) -> Answers:
    """Answers without what is the groups' own: that is a matter of ``Sizes``."""
    found = learn_answers(contacts, bought, centre, groups)
    weights, covariance = found.weights.copy(), found.covariance.copy()
    weights[-groups:], covariance[-groups:], covariance[:, -groups:] = 0.0, 0.0, 0.0
    return Answers(weights, covariance, centre)


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
