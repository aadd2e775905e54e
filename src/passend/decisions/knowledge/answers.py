"""What contacts add to buying: the effect of an offer, learned beside what would have been bought without it.

Of a contacted customer, the chance to buy the offered group in the week is 1 - (1 - base)(1 - added). *Base* comes
from weeks without contact. The log odds of *added* are linear in channel, need (of the group, and of the customer
beside it), price, discount and how far the price is above the customer's usual, with weak priors around what is known
of offers (MAP and Laplace's approximation); how far groups of products differ beyond that is learned too (empirical
Bayes). So contacts aimed at good customers do not look better than they are, as long as the facts tell what they were
aimed by.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from passend.decisions.knowledge.history import Floats, Ints
from passend.vocabulary import Channel

CHANNELS = len(Channel)
NAMES = (
    *Channel, "need", "need squared", "group's need", "price", "dearer", "discount",
    "fatigue", "tried",
)  # fmt: skip
#: Means and standard deviations of the priors. The channels' own are their differences from the first. *dearer* is a
#: price elasticity: -2.6 on average over 1,851 published ones (Bijmolt, van Heerde and Pieters, 2005), here a bit less;
#: *discount* is one too, stronger, since it is for a time only.
_MEAN = np.array([-4.1, -0.3, 0.7, 0.6, -0.4, -1.8, 0.8, 0.0, 0.75, -0.4, -2.0, 4.2, -0.2, -0.1])
_SD = np.array([1.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.3, 0.15, 0.3, 0.25, 0.8, 1.5, 0.15, 0.2])
#: How much groups of products differ beyond all that (standard deviation of log odds) before anything is seen, told by
#: so many groups; and how often it is set right.
_OWN, _OWN_TOLD, _TURNS = 0.15, 8.0, 3
#: Rows that are worked on at once, so that they stay in the processor's cache.
_BLOCK = 8192
#: Standard deviations of an effect's log odds that are taken off: what is little known has to earn more.
CAUTION = 0.1
#: Contacts that the usual notice is worth beside a customer's own, and expected purchases that the usual openness is
#: worth (customers differ by some 0.8 in log odds).
_NOTICE_TOLD, _OPENNESS_TOLD = 6.0, 1.5


@dataclass(frozen=True)
class Contacts:
    """Contacts and what came of them, one row each.

    Attributes:
        base: chance of buying the group in the week without a contact.
        channel: code in the order of ``Channel``.
        group: of the product.
        log_price: log of the product's price.
        dearer: log of price over what the customer usually pays within a group, where above 0.
        discount: share of the price.
        notice: log of how much more often than usual the customer notices contacts on the channel.
        fatigue: earlier contacts that are remembered, in e-mails; by default none.
        tried: log of one more than the earlier offers of the group to the customer; by default none.
        interest: signs of interest in the group a week, purchases or looks; by default the chance of buying.
    """

    base: Floats
    channel: Ints
    group: Ints
    log_price: Floats
    dearer: Floats
    discount: Floats
    notice: Floats
    interest: Floats | None = None
    fatigue: Floats | None = None
    tried: Floats | None = None

    @property
    def need(self) -> Floats:
        """What the answer to an offer rises with."""
        return self.base if self.interest is None else self.interest

    def rows(self, kept: NDArray[np.bool_] | Ints) -> "Contacts":
        """Some of them."""
        found = {name: values[kept] for name, values in vars(self).items() if values is not None}
        return Contacts(**found)


@dataclass(frozen=True)
class Answers:
    """Learned effects.

    Attributes:
        weights: in the order of ``NAMES``, then one for each group.
        covariance: of the weights.
        centre: log need (of each group, or one for all) and log price that the weights refer to.
        spread: how much groups of products differ (standard deviation of log odds).
    """

    weights: Floats
    covariance: Floats
    centre: tuple[Floats | float, float]
    spread: float = _OWN

    def added(self, one: Contacts, caution: float = 0.0) -> Floats:
        """The chance that the contact adds a purchase: the effect, less so many standard deviations of its log odds."""
        odds, spread = self.odds(one)
        return _share(odds - caution * spread)

    def told(
        self, one: Contacts, width: float = 1.96, *, rough: bool = False
    ) -> tuple[Floats, Floats, Floats]:
        """The effect, and its interval as it comes from the weights; ``rough``: without one, and quick."""
        if rough:
            effect = _share(self._odds(one, _design(one, self.centre)))
            return effect, effect, effect
        odds, spread = self.odds(one)
        return _share(odds - CAUTION * spread), _share(odds - width * spread), _share(odds + width * spread)

    def odds(self, one: Contacts) -> tuple[Floats, Floats]:
        """Log odds of an added purchase, and their standard deviation."""
        rows = _design(one, self.centre)
        return self._odds(one, rows), self._spread(rows, one.group)

    def _odds(self, one: Contacts, rows: Floats) -> Floats:
        shared = len(NAMES)
        return np.asarray(rows @ self.weights[:shared] + self.weights[shared + one.group] + one.notice)

    def _spread(self, rows: Floats, group: Ints) -> Floats:
        shared = len(NAMES)
        common = self.covariance[:shared, :shared]
        own = np.ascontiguousarray(2.0 * self.covariance[:shared, shared:].T)
        variance = np.diag(self.covariance)[shared + group]
        for at in range(0, len(rows), _BLOCK):
            some = rows[at : at + _BLOCK]
            moved = some @ common + own[group[at : at + _BLOCK]]
            variance[at : at + _BLOCK] += np.einsum("ij,ij->i", moved, some)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def _share(odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def learn_answers(
    contacts: Contacts,
    bought: NDArray[np.bool_],
    centre: tuple[Floats | float, float],
    groups: int,
    start: Answers | None = None,
) -> Answers:
    """Learn the effect of contacts.

    Args:
        contacts: those sent, with the facts of their day.
        bought: whether the group was bought in the week.
        centre: a usual log need and log price, over all that could be offered; the need by group, or one for all.
        groups: how many groups of products there are.
        start: what was learned of nearly the same, from where the search begins; how groups differ is not sought anew.
    """
    own = np.zeros((len(contacts.base), groups))
    own[np.arange(len(own)), contacts.group] = 1.0
    rows = np.concatenate([_design(contacts, centre), own], axis=1)
    mean = np.append(_MEAN, np.zeros(groups))
    weights, spread = (mean, _OWN) if start is None else (start.weights, start.spread)
    covariance = np.zeros((len(mean), len(mean)))
    for _ in range(_TURNS if start is None else 1):
        sd = np.append(_SD, np.full(groups, spread))
        weights, covariance = _fitted(rows, contacts, bought, (mean, sd), weights)
        seen = weights[len(NAMES) :] ** 2 + np.diag(covariance)[len(NAMES) :]
        spread = float(np.sqrt((seen.sum() + _OWN_TOLD * _OWN**2) / (groups + _OWN_TOLD)))
    return Answers(weights, covariance, centre, spread)


def _fitted(
    rows: Floats, contacts: Contacts, bought: NDArray[np.bool_], prior: tuple[Floats, Floats], start: Floats
) -> tuple[Floats, Floats]:
    """The likeliest weights under the prior (mean, standard deviation), and their covariance."""
    mean, sd = prior
    base = np.clip(contacts.base, 1e-7, 0.95)

    def chances(weights: Floats) -> tuple[Floats, Floats]:
        added = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights + contacts.notice, -20, 4)))
        return added, 1.0 - (1.0 - base) * (1.0 - added)

    def loss(weights: Floats) -> tuple[float, Floats]:
        added, chance = chances(weights)
        slope = np.where(bought, 1.0 / chance, -1.0 / (1.0 - chance)) * (1.0 - base) * added * (1.0 - added)
        away = (weights - mean) / sd
        value = -np.where(bought, np.log(chance), np.log1p(-chance)).sum() + 0.5 * (away**2).sum()
        return float(value), -(rows.T @ slope) + away / sd

    weights = np.asarray(optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x)
    added, chance = chances(weights)
    fisher = ((1.0 - base) * added * (1.0 - added)) ** 2 / (chance * (1.0 - chance))
    information = (rows * fisher[:, None]).T @ rows + np.diag(1.0 / sd**2)
    return weights, np.asarray(np.linalg.inv(information), np.float64)


def _design(one: Contacts, centre: tuple[Floats | float, float]) -> Floats:
    usual = np.asarray(centre[0])
    of_group = usual[one.group] if usual.ndim else np.full(len(one.base), float(usual))
    need = np.clip(np.log(np.maximum(one.need, 1e-7)) - of_group, -4.0, 5.0)
    channels = np.zeros((len(one.base), CHANNELS))
    channels[:, 0] = 1.0
    for code in range(1, CHANNELS):
        channels[:, code] = one.channel == code
    more = of_group - usual.mean()
    none = np.zeros(len(need))
    tired, tried = (none if told is None else told for told in (one.fatigue, one.tried))
    return np.column_stack(
        [
            channels,
            need,
            need**2 / 4.0,
            more,
            one.log_price - centre[1],
            one.dearer,
            one.discount,
            tired,
            tried,
        ]
    )


def tried_before(customer: Ints, group: Ints, week: Ints, groups: int) -> Floats:
    """By contact the log of one more than the earlier offers of the group to the customer."""
    pair = customer * groups + group
    order = np.lexsort((week, pair))
    found = np.empty(len(pair))
    found[order] = np.log1p(_before(pair[order], np.ones(len(pair))))
    return found


def notice_of(
    customer: Ints, week: Ints, noticed: NDArray[np.bool_], customers: int
) -> tuple[Floats, Floats]:
    """How much more often than usual a customer notices contacts (opens or answers them); as ``willing_of``."""
    usual = (noticed.sum() + 1.0) / (len(noticed) + 2.0)
    expected = np.full(len(noticed), usual)
    return _beyond(customer, week, (noticed.astype(float), expected), customers, _NOTICE_TOLD * usual)


def credit(answers: Answers, contacts: Contacts, bought: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """By contact the purchases that are owed to it, as far as is known now, and those that were expected."""
    added = answers.added(contacts)
    chance = 1.0 - (1.0 - contacts.base) * (1.0 - added)
    return np.where(bought, added / np.maximum(chance, 1e-12), 0.0), added


def willing_of(
    customer: Ints, week: Ints, owed: tuple[Floats, Floats], customers: int
) -> tuple[Floats, Floats]:
    """How much more a customer answers than was expected: log odds, shrunk.

    Args:
        customer: of each contact.
        week: of each contact.
        owed: of each contact the purchases owed to it, and those expected; see ``credit``.
        customers: how many there are.

    Returns:
        By contact what was known before it, and by customer what is known now.
    """
    return _beyond(customer, week, owed, customers, _OPENNESS_TOLD)


def _beyond(
    customer: Ints, week: Ints, seen: tuple[Floats, Floats], customers: int, weight: float
) -> tuple[Floats, Floats]:
    """Log of seen over expected, shrunk (Gamma-Poisson): by contact from those before it, by customer from all."""
    order = np.lexsort((week, customer))
    who = customer[order]
    counted, expected = (_before(who, values[order]) for values in seen)
    before = np.empty(len(who))
    before[order] = np.log((counted + weight) / (expected + weight))
    all_counted, all_expected = (np.bincount(customer, values, customers) for values in seen)
    return before, np.asarray(np.log((all_counted + weight) / (all_expected + weight)))


def _before(who: Ints, values: Floats) -> Floats:
    """Running sums within each customer, without the row itself; rows come customer by customer."""
    summed = np.cumsum(values) - values
    first = np.concatenate([[True], who[1:] != who[:-1]]) if len(who) else np.zeros(0, bool)
    return np.asarray(summed - summed[first][np.cumsum(first) - 1])


def with_willingness(contacts: Contacts, willing: Floats) -> Contacts:
    """The contacts, told how willing their customers are."""
    return replace(contacts, notice=contacts.notice + willing)


def usual_effect(channel: Channel) -> float:
    """The effect of a usual contact on a channel before anything is known: extra purchases."""
    odds = _MEAN[0] if channel is Channel.EMAIL else _MEAN[0] + _MEAN[NAMES.index(channel)]
    return float(1.0 / (1.0 + np.exp(-odds)))
