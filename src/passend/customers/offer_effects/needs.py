"""How much a customer wants of a group of products today: what an offer can meet, and what is bought anyway.

Interest shows in purchases made without an offer and in looks (views, searches, carts left behind), from whomever the
customer buys in the end. A customer's activity times a group's share of both (Gamma-Poisson, shrunk) is set right by
boosted trees on recency, rhythm, season, what was looked at, and what tends to follow what the customer bought (pair
lifts by lag, shrunk towards 1; a group after itself by its own lift). What is bought here without an offer is the share
of interest that ends in purchases, by group and by customer.
"""

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects.history import NEVER, Floats, History, Ints, Matrix, Signals

#: Weeks after the anchor purchase between which a follow-up is looked for.
LAGS = np.array([2.5, 5.5, 10.5, 20.5, 40.5])
AHEAD = 4
_YEAR = 52
_ACTIVITY, _PAIR, _LOYALTY, _SEASON = 0.7, 6.0, 3.0, 15.0
_TREES = {
    "objective": "poisson",
    "num_leaves": 15,
    "learning_rate": 0.15,
    "min_child_samples": 60,
    "lambda_l2": 5.0,
    "verbose": -1,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
}
_ROUNDS = 60
FEATURES = 16


@dataclass(frozen=True)
class Moment:
    """The facts of a Monday by customer and group.

    Attributes:
        features: what the trees look at.
        log_rate: the rough interest that they set right.
        bought: the share of interest that ends in purchases here.
    """

    features: Matrix
    log_rate: Floats
    bought: Floats

    def rows(self, customer: Ints, group: Ints, groups: int) -> "Moment":
        """The facts of some pairs."""
        at = customer * groups + group
        return Moment(self.features[at], self.log_rate[at], self.bought[at])


@dataclass(frozen=True)
class Needs:
    """Learned needs.

    Attributes:
        trees: what sets the rough rate right.
        lifts: (lags, groups, groups) log of how much more a purchase of one makes another, by lag.
        rhythm: by group the usual weeks between two purchases of a customer.
    """

    trees: lightgbm.Booster
    lifts: Matrix
    rhythm: Floats

    def moment(self, history: History, week: int) -> Moment:
        """The facts of all pairs at the beginning of a week."""
        return _moment(history, week, self.lifts, self.rhythm)

    def interest(self, moment: Moment) -> Floats:
        """Purchases and looks a week without an offer; one figure a row of ``moment``."""
        raw = self.trees.predict(moment.features, raw_score=True)
        return np.asarray(np.exp(np.clip(moment.log_rate + raw, -16.0, 1.0)))

    def rate(self, moment: Moment) -> Floats:
        """Purchases a week without an offer; one figure a row of ``moment``."""
        return self.interest(moment) * moment.bought


def learn_needs(history: History, week: int, offered: NDArray[np.bool_] | None = None) -> Needs:
    """Learn from all that happened before a week.

    Args:
        history: what customers did.
        week: the present; nothing from it on is looked at.
        offered: of each purchase, whether it followed an offer of its group; such count as ownership, not as need.
    """
    own = np.ones(len(history.week), bool) if offered is None else ~offered
    signals = history.signals(own)
    begin = min(int(history.week.min(initial=week)), week)
    rhythm = _rhythm(history, week)
    lifts = _lifts(history, signals, begin, week)
    rng = np.random.default_rng(1)
    features, offsets, targets, weights = [], [], [], []
    first = begin + min(26, (week - begin) // 2)
    dates: Ints = np.zeros(0, np.int64)
    if week - AHEAD > first:
        dates = np.unique(np.linspace(first, week - AHEAD, 14).astype(np.int64))
    for date in dates:
        moment = _moment(history, int(date), lifts, rhythm)
        ahead = (signals.week >= date) & (signals.week < date + AHEAD)
        target = np.bincount(
            signals.customer[ahead] * history.groups + signals.group[ahead],
            minlength=history.customers * history.groups,
        )
        known = np.repeat(history.since < date, history.groups)
        kept = known & ((target > 0) | (rng.random(len(target)) < 0.1))
        features.append(moment.features[kept])
        offsets.append(moment.log_rate[kept])
        targets.append(target[kept])
        weights.append(np.where(target[kept] > 0, 1.0, 10.0))
    return Needs(_trees(features, offsets, targets, weights), lifts, rhythm)


def _trees(
    features: list[Matrix], offsets: list[Floats], targets: list[Ints], weights: list[Floats]
) -> lightgbm.Booster:
    if not features:
        features, offsets = [np.zeros((2, FEATURES), np.float32)], [np.zeros(2)]
        targets, weights = [np.ones(2, np.int64)], [np.ones(2)]
    data = lightgbm.Dataset(
        np.concatenate(features),
        np.minimum(np.concatenate(targets), 3).astype(float),
        weight=np.concatenate(weights),
        init_score=np.concatenate(offsets) + np.log(AHEAD),
    )
    return lightgbm.train(_TREES, data, _ROUNDS)


def _moment(history: History, week: int, lifts: Matrix, rhythm: Floats) -> Moment:
    last, looked, times = history.last_bought(week), history.last_looked(week), history.times_bought(week)
    seen = history.signals().before(week)
    activity, tenure = _activity(history, seen, week)
    share, season = _share(history, seen, week)
    rough = np.log(activity)[:, None] + np.log(share)[None, :]
    signs = seen.table(history.customers, history.groups)
    on_shelf = np.zeros((history.customers, int(history.shelf.max()) + 1), np.float32)
    np.add.at(on_shelf.T, history.shelf, signs.T)
    total = signs.sum(axis=1)
    mine = np.log((signs + 2.0 * share) / (total[:, None] * share + 2.0 * share))
    shelf_share = np.bincount(history.shelf, share)
    shelf_taste = np.log((on_shelf + shelf_share) / (total[:, None] * shelf_share + shelf_share))
    best, both, again = _raised(last, lifts)
    latest, shape = last.min(axis=1), last.shape
    looks, watching = _looks(history, week)
    columns = (
        last, last / rhythm, looked, mine, shelf_taste[:, history.shelf], best, both,
        np.broadcast_to(np.log(season), shape), np.broadcast_to(latest[:, None], shape),
        np.broadcast_to(np.log(activity)[:, None], shape), np.broadcast_to(tenure[:, None], shape),
        np.broadcast_to(np.log(share), shape), again, looks, np.broadcast_to(watching[:, None], shape), times,
    )  # fmt: skip
    features = np.stack([np.asarray(one, np.float32).ravel() for one in columns], axis=1)
    return Moment(features, rough.ravel(), _ends_in_purchase(times, signs).ravel())


def _activity(history: History, seen: Signals, week: int) -> tuple[Floats, Floats]:
    """Purchases and looks a week by customer, shrunk (Gamma-Poisson), the last year counting most; and weeks known."""
    weight = np.exp(-(week - seen.week) / 60.0)
    tenure = np.maximum(week - history.since, 1).astype(float)
    watched = 60.0 * (1 - np.exp(-tenure / 60.0))
    signs = np.bincount(seen.customer, weight, history.customers)
    known = history.since < week
    mean = max(signs[known].sum() / max(watched[known].sum(), 1.0), 1e-4)
    return (signs + _ACTIVITY) / (watched + _ACTIVITY / mean), tenure


def _share(history: History, seen: Signals, week: int) -> tuple[Floats, Floats]:
    """By group its share of last year's interest, and how the coming weeks' sales differ from theirs (a year ago)."""
    year = np.bincount(seen.group[seen.week >= week - _YEAR], minlength=history.groups)
    share = (year + 1.0) / (year.sum() + history.groups)
    near = np.abs(seen.week - (week - _YEAR + 1.5)) <= 3
    season = _against(seen.group[near], share, 15.0)
    lately = _against(seen.group[seen.week >= week - 6], share, 30.0)
    return share, season * np.sqrt(lately)


def coming(history: History, week: int, weeks: int = 26) -> Floats:
    """By group how much more is wanted a week in the weeks to come than now, told by the year before.

    Whoever buys before the season would have bought in it.
    """
    signals = history.signals()
    last_year = week - _YEAR
    ahead = (signals.week >= last_year) & (signals.week < last_year + weeks)
    near = np.abs(signals.week - last_year) <= 3
    later = (np.bincount(signals.group[ahead], minlength=history.groups) + 1.0) / weeks
    now = (np.bincount(signals.group[near], minlength=history.groups) + _SEASON) / (7.0 + _SEASON / later)
    return np.asarray(np.clip(later / now, 0.3, 3.0))


def _looks(history: History, week: int) -> tuple[Matrix, Floats]:
    """How much more than usual a customer looks at a group, and at all; looks fade within half a year."""
    past = history.looked_week < week
    weight = np.exp(-(week - history.looked_week[past]) / 26.0)
    pair = history.looker[past] * history.groups + history.looked_group[past]
    looks = np.bincount(pair, weight, history.customers * history.groups).reshape(-1, history.groups)
    share, total = (looks.sum(axis=0) + 1.0) / (looks.sum() + history.groups), looks.sum(axis=1)
    more = np.log((looks + 2.0 * share) / (total[:, None] * share + 2.0 * share))
    return np.asarray(more, np.float32), np.log((total + 0.5) / (total.mean() + 0.5))


def _ends_in_purchase(times: Matrix, signs: Matrix) -> Floats:
    """The share of interest that ends in a purchase here: by group, and by customer (shrunk)."""
    by_group = (times.sum(axis=0) + 1.0) / (signs.sum(axis=0) + 1.0)
    expected = np.minimum(signs @ by_group, signs.sum(axis=1))
    mine = (times.sum(axis=1) + _LOYALTY) / (expected + _LOYALTY)
    return np.asarray(np.minimum(mine[:, None] * by_group[None, :], 1.0), np.float64)


def _against(group: Ints, share: Floats, weight: float) -> Floats:
    """Sales of each group over what its share makes expect, shrunk to 1."""
    count = np.bincount(group, minlength=len(share))
    return np.asarray((count + weight) / (count.sum() * share + weight))


def _rhythm(history: History, week: int) -> Floats:
    """Weeks between two purchases of a group by a customer: the time seen over the repeats, at most four years."""
    past = history.week < week
    pair = history.customer[past] * history.groups + history.group[past]
    when = history.week[past]
    owned, first = np.unique(pair, return_inverse=True)
    start = np.full(len(owned), week, np.int64)
    np.minimum.at(start, first, when)
    seen = np.bincount(owned % history.groups, week - start, history.groups)
    repeats = np.bincount(pair % history.groups, minlength=history.groups) - np.bincount(
        owned % history.groups, minlength=history.groups
    )
    return np.asarray(np.clip((seen + 100.0) / (repeats + 1.0), 2.0, 208.0))


def _lifts(history: History, signals: Signals, begin: int, week: int) -> Matrix:
    """Log of how much likelier interest in a group is so many weeks after another was bought, shrunk towards 0.

    A group's lift on itself is shrunk towards what is usual of groups: what lasts is not bought again soon.
    """
    groups = history.groups
    shape = (len(LAGS), groups, groups)
    seen, expected = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    past = signals.before(week)
    share = np.bincount(past.group, minlength=groups) + 1.0
    share /= share.sum()
    last = np.full((history.customers, groups), -1e6, np.float32)
    activity = _activity(history, past, week)[0].astype(np.float32)
    order = np.argsort(past.week, kind="stable")
    weeks = past.week[order]
    for now in range(begin, week):
        rows = order[np.searchsorted(weeks, now) : np.searchsorted(weeks, now + 1)]
        interested, place = np.unique(past.customer[rows], return_inverse=True)
        signs = np.zeros((len(interested), groups), np.float32)
        np.add.at(signs, (place, past.group[rows]), 1.0)
        lag = np.digitize(now - last, LAGS)
        for one in range(len(LAGS)):
            within = (lag == one).astype(np.float32)
            seen[one] += within[interested].T @ signs
            expected[one] += np.outer(activity @ within, share)
        who, what = history.by_week.get(now, (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        last[who, what] = now
    lifts = np.log((seen + _PAIR) / (expected + _PAIR))
    own = np.arange(groups)
    # What is wanted together at once by the active would look like a lift of everything: measure from the usual.
    usual = np.log((seen.sum((1, 2)) + 1) / (expected.sum((1, 2)) + 1))
    lifts -= usual[:, None, None] * expected / (expected + _PAIR)
    again = (seen[:, own, own].sum(axis=1) + 1) / (expected[:, own, own].sum(axis=1) + 1)
    lifts[:, own, own] = np.log(
        (seen[:, own, own] + _PAIR * again[:, None]) / (expected[:, own, own] + _PAIR)
    )
    return np.asarray(lifts, np.float32)


def _raised(last: Matrix, lifts: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """By customer and group the highest lift of what else they bought, the sum of those above a tenth, and its own."""
    best, both, again = (np.zeros(last.shape, np.float32) for _ in range(3))
    lag = np.digitize(last, LAGS)
    for group in range(last.shape[1]):
        who = np.flatnonzero((last[:, group] < NEVER) & (lag[:, group] < len(LAGS)))
        if len(who):
            raised = lifts[lag[who, group], group]
            again[who, group] = raised[:, group]
            raised[:, group] = 0.0
            best[who] = np.maximum(best[who], raised)
            both[who] += np.where(np.abs(raised) > 0.1, raised, 0.0)
    return best, both, again
