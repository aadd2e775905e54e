"""How often a customer buys of a group of products without any offer: the need that an offer can meet.

A customer's activity times a group's share of sales (Gamma-Poisson, shrunk) is set right by boosted trees on recency,
rhythm, looks, season, and what tends to follow what the customer bought (pair lifts by lag, shrunk towards 1).
"""

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects.history import NEVER, Floats, History, Ints, Matrix

#: Weeks after the anchor purchase between which a follow-up is looked for.
LAGS = np.array([2.5, 5.5, 10.5, 20.5, 40.5])
AHEAD = 4
_YEAR = 52
_ACTIVITY, _PAIR = 0.7, 6.0
_TREES = {
    "objective": "poisson",
    "num_leaves": 15,
    "learning_rate": 0.08,
    "min_child_samples": 60,
    "lambda_l2": 5.0,
    "verbose": -1,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
}
_ROUNDS = 120


@dataclass(frozen=True)
class Moment:
    """The facts of a Monday: features by customer and group, and the rough rate that trees set right."""

    features: Matrix
    log_rate: Floats

    def rows(self, customer: Ints, group: Ints, groups: int) -> "Moment":
        """The facts of some pairs."""
        at = customer * groups + group
        return Moment(self.features[at], self.log_rate[at])


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

    def rate(self, moment: Moment) -> Floats:
        """Purchases a week without an offer; one figure a row of ``moment``."""
        raw = self.trees.predict(moment.features, raw_score=True)
        return np.asarray(np.exp(np.clip(moment.log_rate + raw, -16.0, 1.0)))


def learn_needs(history: History, week: int, offered: NDArray[np.bool_] | None = None) -> Needs:
    """Learn from all that happened before a week.

    Args:
        history: what customers did.
        week: the present; nothing from it on is looked at.
        offered: of each purchase, whether it followed an offer of its group; such count as ownership, not as need.
    """
    begin = min(int(history.week.min(initial=week)), week)
    rhythm = _rhythm(history, week)
    lifts = _lifts(history, begin, week)
    rng = np.random.default_rng(1)
    own = np.ones(len(history.week), bool) if offered is None else ~offered
    features, offsets, targets, weights = [], [], [], []
    first = begin + min(26, (week - begin) // 2)
    dates: Ints = np.zeros(0, np.int64)
    if week - AHEAD > first:
        dates = np.unique(np.linspace(first, week - AHEAD, 14).astype(np.int64))
    for date in dates:
        moment = _moment(history, int(date), lifts, rhythm)
        ahead = (history.week >= date) & (history.week < date + AHEAD) & own
        target = np.bincount(
            history.customer[ahead] * history.groups + history.group[ahead],
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
        features, offsets = [np.zeros((2, 12), np.float32)], [np.zeros(2)]
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
    activity, tenure = _activity(history, week)
    share, season = _share(history, week)
    rough = np.log(activity)[:, None] + np.log(share)[None, :]
    on_shelf = np.zeros((history.customers, int(history.shelf.max()) + 1), np.float32)
    np.add.at(on_shelf.T, history.shelf, times.T)
    total = times.sum(axis=1)
    mine = np.log((times + 2.0 * share) / (total[:, None] * share + 2.0 * share))
    shelf_share = np.bincount(history.shelf, share)
    shelf_taste = np.log((on_shelf + shelf_share) / (total[:, None] * shelf_share + shelf_share))
    best, both = _raised(last, lifts)
    latest, shape = last.min(axis=1), last.shape
    columns = (
        last, last / rhythm, looked, mine, shelf_taste[:, history.shelf], best, both,
        np.broadcast_to(np.log(season), shape), np.broadcast_to(latest[:, None], shape),
        np.broadcast_to(np.log(activity)[:, None], shape), np.broadcast_to(tenure[:, None], shape),
        np.broadcast_to(np.log(share), shape),
    )  # fmt: skip
    features = np.stack([np.asarray(one, np.float32).ravel() for one in columns], axis=1)
    return Moment(features, rough.ravel())


def _activity(history: History, week: int) -> tuple[Floats, Floats]:
    """Purchases a week by customer, shrunk (Gamma-Poisson), the last year counting most; and weeks known."""
    past = history.week < week
    ago = week - history.week[past]
    weight = np.exp(-ago / 60.0)
    tenure = np.maximum(week - history.since, 1).astype(float)
    seen = 60.0 * (1 - np.exp(-tenure / 60.0))
    bought = np.bincount(history.customer[past], weight, history.customers)
    known = history.since < week
    mean = max(bought[known].sum() / max(seen[known].sum(), 1.0), 1e-4)
    return (bought + _ACTIVITY) / (seen + _ACTIVITY / mean), tenure


def _share(history: History, week: int) -> tuple[Floats, Floats]:
    """By group its share of sales of the last year, and how the coming weeks differ from it (this time last year)."""
    past = history.week < week
    year = np.bincount(history.group[past & (history.week >= week - _YEAR)], minlength=history.groups)
    share = (year + 1.0) / (year.sum() + history.groups)
    near = np.abs(history.week - (week - _YEAR + 1.5)) <= 3
    then, now = past & near, past & (history.week >= week - 6)
    season = _against(history.group[then], share, 15.0)
    lately = _against(history.group[now], share, 30.0)
    return share, season * np.sqrt(lately)


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


def _lifts(history: History, begin: int, week: int) -> Matrix:
    """Log of how much likelier a group is bought so many weeks after another, shrunk towards 0."""
    shape = (len(LAGS), history.groups, history.groups)
    seen, expected = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    share = np.bincount(history.group[history.week < week], minlength=history.groups) + 1.0
    share /= share.sum()
    last = np.full((history.customers, history.groups), -1e6, np.float32)
    activity, _ = _activity(history, week)
    for now in range(begin, week):
        who, what = history.by_week.get(now, (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        buyers, place = np.unique(who, return_inverse=True)
        bought = np.zeros((len(buyers), history.groups), np.float32)
        bought[place, what] = 1.0
        age = now - last
        lag = np.digitize(age, LAGS)
        for one in range(len(LAGS)):
            within = (lag == one).astype(np.float32)
            if len(buyers):
                seen[one] += within[buyers].T @ bought
            expected[one] += np.outer(activity.astype(np.float32) @ within, share)
        last[who, what] = now
    lifts = np.log((seen + _PAIR) / (expected + _PAIR))
    lifts[:, np.arange(history.groups), np.arange(history.groups)] = 0.0
    # What is bought together at once by the active would look like a lift of everything: measure from the usual.
    usual = np.log((seen.sum((1, 2)) + 1) / (expected.sum((1, 2)) + 1))
    reliable = expected / (expected + _PAIR)
    return np.asarray(lifts - usual[:, None, None] * reliable, np.float32)


def _raised(last: Matrix, lifts: Matrix) -> tuple[Matrix, Matrix]:
    """By customer and group the highest lift of what they bought before, and the sum of those above a tenth."""
    best = np.zeros(last.shape, np.float32)
    both = np.zeros(last.shape, np.float32)
    lag = np.digitize(last, LAGS)
    for group in range(last.shape[1]):
        who = np.flatnonzero((last[:, group] < NEVER) & (lag[:, group] < len(LAGS)))
        if len(who):
            raised = lifts[lag[who, group], group]
            best[who] = np.maximum(best[who], raised)
            both[who] += np.where(np.abs(raised) > 0.1, raised, 0.0)
    return best, both
