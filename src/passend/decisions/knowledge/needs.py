"""How much a customer wants of a group of products today: what an offer can meet, and what is bought anyway.

Interest shows in purchases made without an offer and in looks (views, searches, carts left behind), from whomever the
customer buys in the end. A customer's activity times a group's share of both (Gamma-Poisson, shrunk) is set right by
boosted trees on recency, rhythm, season, what was looked at, and what tends to follow what the customer bought. What is
bought here without an offer is the share of interest that ends in purchases, by group and by customer.
"""

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from passend.decisions.knowledge.follow_ups import FollowUps, count_follow_ups
from passend.decisions.knowledge.history import NEVER, Floats, History, Ints, Matrix
from passend.decisions.knowledge.moments import Moment, Usual, activity_of, moment_of, usual_of
from passend.decisions.knowledge.rhythm import Rhythm, rhythm_of

AHEAD = 4
#: Moments of the past that are learned from; weeks before the first of them, at most.
_MOMENTS, _WARM_UP = 14, 26
#: Share of pairs without interest that is learned from; pairs below which trees find only chance.
_KEPT, _LEAST_SIGNS = 0.06, 200
_TREES = {
    "objective": "poisson",
    "num_leaves": 15,
    "learning_rate": 0.2,
    "min_child_samples": 60,
    "lambda_l2": 5.0,
    "max_delta_step": 2.0,
    "verbose": -1,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
}
_ROUNDS = 45
_MANY_ROWS = 50_000


@dataclass(frozen=True)
class Needs:
    """Learned needs.

    Attributes:
        trees: what sets the rough rate right; None where too little was seen.
        follow_ups: what is wanted after what.
        rhythm: by group when it is usually bought again.
    """

    trees: lightgbm.Booster | None
    follow_ups: FollowUps
    rhythm: Rhythm

    def moment(self, history: History, week: int, usual: Usual | None = None) -> Moment:
        """The facts of all pairs at the beginning of a week; ``usual`` is told where ``history`` is only a part."""
        return moment_of(history, week, (self.follow_ups, self.rhythm), usual or usual_of(history, week))

    def interest(self, moment: Moment) -> Floats:
        """Purchases and looks a week without an offer; one figure a row of ``moment``."""
        raw = 0.0
        if self.trees is not None:
            # Each row's answer is its own, on however many threads; few rows are told sooner on one.
            threads = 0 if len(moment.features) > _MANY_ROWS else 1
            raw = self.trees.predict(moment.features, raw_score=True, num_threads=threads)
        return np.asarray(np.exp(np.clip(moment.log_rate + raw, -16.0, 1.0)))

    def rate(self, moment: Moment) -> Floats:
        """Purchases a week without an offer; one figure a row of ``moment``."""
        return self.interest(moment) * moment.bought

    def sated(self, history: History, week: int, like: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """By customer and group: whether the need, or one that is much alike, was met lately and lasts.

        Or whether it is hardly ever wanted by those who have the same things, and was never looked at.
        """
        last = history.last_bought(week)
        unwanted = self.follow_ups.unwanted(last) & (history.last_looked(week) >= NEVER)
        rests = self.rhythm.rests(self.rhythm.own(history, week))
        return self.follow_ups.sated(last, self.rhythm, rests, like) | unwanted


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
    past = signals.before(week)
    activity = activity_of(history, past, week, usual_of(history, week).activity)[0].astype(np.float32)
    follow_ups = count_follow_ups(history, signals, activity, (begin, week))
    rhythm = rhythm_of(history, week, follow_ups.again)
    rng = np.random.default_rng(1)
    lessons: list[tuple[Matrix, Floats, Ints, Floats]] = []
    first = begin + min(_WARM_UP, (week - begin) // 2)
    dates: Ints = np.zeros(0, np.int64)
    if week - AHEAD > first:
        dates = np.unique(np.linspace(first, week - AHEAD, _MOMENTS).astype(np.int64))
    for date in dates:
        ahead = (signals.week >= date) & (signals.week < date + AHEAD)
        target = np.bincount(
            signals.customer[ahead] * history.groups + signals.group[ahead],
            minlength=history.customers * history.groups,
        )
        known = np.repeat(history.since < date, history.groups)
        kept = np.flatnonzero(known & ((target > 0) | (rng.random(len(target)) < _KEPT)))
        usual = usual_of(history, int(date))
        moment = moment_of(history, int(date), (follow_ups, rhythm), usual, kept)
        weight = np.where(target[kept] > 0, 1.0, 1.0 / _KEPT)
        lessons.append((moment.features, moment.log_rate, target[kept], weight))
    return Needs(_trees(lessons), follow_ups, rhythm)


def _trees(lessons: list[tuple[Matrix, Floats, Ints, Floats]]) -> lightgbm.Booster | None:
    if sum(int((one[2] > 0).sum()) for one in lessons) < _LEAST_SIGNS:
        return None
    features, offset, target, weight = (np.concatenate(columns) for columns in zip(*lessons, strict=True))
    data = lightgbm.Dataset(
        features, np.minimum(target, 3).astype(float), weight=weight, init_score=offset + np.log(AHEAD)
    )
    return lightgbm.train(_TREES, data, _ROUNDS)
