"""What tends to be wanted after what: by lag and direction, pair by pair, thin pairs told by their categories.

The accessory follows the bicycle, not the bicycle the accessory: each pair is counted in both directions by itself. A
pair's mean is shrunk towards that of its categories, theirs towards that of the categories above, and that towards
"as usual": strength = (n + k m) / (E + k). A need that was met and lasts is a lift below 1 on itself and its like.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.knowledge.history import NEVER, Floats, History, Ints, Matrix, Signals
from passend.decisions.knowledge.rhythm import Rhythm

#: Weeks after a purchase that part the lags at which follow-ups are counted; what is owned for long still tells.
LAGS = np.array([2.5, 5.5, 10.5, 20.5, 40.5, NEVER - 0.5])
#: Of these, so many tell of what is used up.
_RECENT = len(LAGS) - 1
#: Weeks of wait from which on what is not used up is a thing that lasts, and rules out its like.
_LASTING = 26.0
#: Log of the lift from which on a like thing is wanted after another.
_WANTED = np.log(1.2)
#: Strength below which a thing is not wanted after others, and how many expected follow-ups "as usual" is worth: beside
#: all that a customer has, and beside the one thing that speaks most against it.
_UNWANTED, _OF_ALL, _OF_ONE = 1.0 / 3.0, 2.0, 4.0
#: Expected follow-ups that the mean of the category is worth beside a pair's own, and that of the whole beside that.
_PAIR, _SHELF, _ABOVE = 6.0, 12.0, 25.0


@dataclass(frozen=True)
class FollowUps:
    """What came after purchases: (lags, bought, wanted).

    Attributes:
        lifts: log of how much likelier interest is after a purchase.
        seen: signs of interest that were seen.
        expected: of these, from what is usual of customers as active, or of all: whichever is fewer. Whoever buys much
            oil does not buy as many more bicycles.
        kinds: of these, how often the one category follows the other, beside what was expected: what a pair is told by
            before anything is seen of it.
    """

    lifts: Matrix
    seen: Matrix
    expected: Matrix
    kinds: Matrix

    @property
    def again(self) -> tuple[Floats, Floats]:
        """By need, at all lags together: signs of interest in it by those who have it, and those expected."""
        own = np.arange(self.seen.shape[1])
        return (
            np.asarray(self.seen[:, own, own].sum(axis=0), np.float64),
            np.asarray(self.expected[:, own, own].sum(axis=0), np.float64),
        )

    def after(self, last: Matrix, used_up: NDArray[np.bool_]) -> tuple[Matrix, Matrix, Matrix]:
        """By customer and group: the highest lift of what else they bought, the sum of those that matter, and its own.

        What is used up says nothing any more after the last lag but one; what lasts still calls for what goes with it.

        Args:
            last: weeks since each customer last bought of each group; ``NEVER`` else.
            used_up: by group; what is not lasts.
        """
        best, both, again = (np.zeros(last.shape, np.float32) for _ in range(3))
        lag = np.digitize(last, LAGS)
        for group in range(last.shape[1]):
            ends = _RECENT if used_up[group] else len(LAGS)
            who = np.flatnonzero((last[:, group] < NEVER) & (lag[:, group] < ends))
            if len(who):
                raised = self.lifts[lag[who, group], group]
                again[who, group] = raised[:, group]
                raised[:, group] = 0.0
                best[who] = np.maximum(best[who], raised)
                both[who] += np.where(np.abs(raised) > 0.1, raised, 0.0)
        return best, both, again

    def sated(
        self, last: Matrix, rhythm: Rhythm, rests: Matrix, like: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """By customer and group: whether what was bought lately rules out that it is wanted now.

        What was bought rests for a part of its rhythm. What lasts rules out its like, too, unless these were wanted
        after it more than usual.

        Args:
            last: weeks since each customer last bought of each group.
            rhythm: what is usual of each group.
            rests: by customer and group the weeks for which a purchase rests.
            like: by pair of groups, whether the one may stand for the other.
        """
        resting = last < rests
        found = resting.copy()
        lag = np.digitize(last, LAGS)
        for group in np.flatnonzero(~rhythm.used_up & (rhythm.wait >= _LASTING)).tolist():
            who = np.flatnonzero(resting[:, group] & (lag[:, group] < len(LAGS)))
            if len(who):
                wanted = self.lifts[lag[who, group], group] > _WANTED
                found[who] |= like[group] & ~wanted
        return found

    def unwanted(self, last: Matrix) -> NDArray[np.bool_]:
        """By customer and group: whether those who have one of the same things, or all of them, hardly ever want it.

        Whoever comes for ink has a printer; whoever buys cheap wines buys no dear one. Thin pairs are told by their
        categories: whoever drinks filter coffee wants no espresso. What the customer bought before is left to its own
        evidence. The same people are counted with each thing that they have: n things tell no more than the root of n.
        """
        seen, expected, kinds = (np.zeros(last.shape, np.float32) for _ in range(3))
        has, least = np.zeros((len(last), 1), np.float32), np.ones(last.shape, np.float32)
        lag = np.digitize(last, LAGS)
        strength = (self.seen + _OF_ONE * self.kinds) / (self.expected + _OF_ONE)
        for group in range(last.shape[1]):
            who = np.flatnonzero((last[:, group] < NEVER) & (lag[:, group] < len(LAGS)))
            if len(who):
                place = lag[who, group], group
                seen[who] += self.seen[place]
                expected[who] += self.expected[place]
                kinds[who] += self.kinds[place]
                least[who] = np.minimum(least[who], strength[place])
                has[who] += 1.0
        count = np.maximum(has, 1.0)
        told, usual = np.sqrt(count), np.where(has > 0, kinds / count, 1.0)
        all_of_them = (seen / told + _OF_ALL * usual) / (expected / told + _OF_ALL)
        least = np.minimum(least, all_of_them)
        return np.asarray((least < _UNWANTED) & (last >= NEVER))


def count_follow_ups(
    history: History, signals: Signals, activity: Matrix, span: tuple[int, int]
) -> FollowUps:
    """Count interest after purchases, beside what each customer's activity makes expect.

    Args:
        history: purchases; a purchase of any kind is what a follow-up follows.
        signals: signs of interest that count as follow-ups.
        activity: by customer, signs of interest a week.
        span: first week, and the present.
    """
    groups = history.groups
    begin, week = span
    seen, expected = (np.zeros((len(LAGS), groups, groups), np.float32) for _ in range(2))
    owned = np.zeros((len(LAGS), groups), np.float32)
    past = signals.before(week)
    share = np.bincount(past.group, minlength=groups) + 1.0
    share /= share.sum()
    last = np.full((history.customers, groups), -1e6, np.float32)
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
            owned[one] += within.sum(axis=0)
        who, what = history.by_week.get(now, (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        last[who, what] = now
    known = np.maximum(week - np.maximum(history.since, begin), 0).sum()
    by_head = np.bincount(past.group, minlength=groups) / max(known, 1)
    return _shrunk(seen, expected, owned[:, :, None] * by_head, history)


def _shrunk(seen: Matrix, expected: Matrix, by_head: Floats, history: History) -> FollowUps:
    groups = history.groups
    own = np.arange(groups)
    again = (seen[:, own, own].sum(axis=1) + 1) / (expected[:, own, own].sum(axis=1) + 1)
    alone = (seen[:, own, own].copy(), expected[:, own, own].copy())
    # What is wanted together at once by the active would look like a lift of everything: measure from the usual.
    usual = (seen.sum((1, 2)) + 1) / (expected.sum((1, 2)) + 1)
    expected = expected * usual[:, None, None]
    off = 1.0 - np.eye(groups, dtype=np.float32)
    above = history.department[history.shelf]
    mean = _by_kind(seen * off, expected * off, above, (np.ones_like(seen), _ABOVE))
    # Within one of them the mean says nothing on direction: locks follow bicycles there, and not the other way round.
    mean = np.where(above[:, None] == above[None, :], 1.0, mean).astype(np.float32)
    mean = _by_kind(seen * off, expected * off, history.shelf, (mean, _SHELF))
    # A lag is told by its pair as a whole first: what comes after years still says what goes with what.
    whole = mean.mean(axis=0)
    mean = mean * ((seen.sum(axis=0) / whole + _PAIR) / (expected.sum(axis=0) + _PAIR))
    lifts = np.log((seen + _PAIR * mean) / (expected + _PAIR))
    lifts[:, own, own] = np.log((alone[0] + _PAIR * again[:, None]) / (alone[1] + _PAIR))
    fewer = np.asarray(np.minimum(expected, by_head), np.float32)
    # What is of one category is told by itself: a taste within it is learned from its own purchases.
    apart = (history.shelf[:, None] != history.shelf[None, :]).astype(np.float32)
    kinds = _by_kind(seen * apart, fewer * apart, history.shelf, (np.ones_like(seen), _SHELF))
    kinds = np.where(apart > 0, np.minimum(kinds, 1.0), 1.0).astype(np.float32)
    return FollowUps(np.asarray(lifts, np.float32), seen, fewer, kinds)


def _by_kind(seen: Matrix, expected: Matrix, kind: Ints, prior: tuple[Matrix, float]) -> Matrix:
    """By pair of groups the strength of its pair of kinds, shrunk to the prior mean."""
    of = np.zeros((len(kind), int(kind.max(initial=0)) + 1), np.float32)
    of[np.arange(len(kind)), kind] = 1.0
    size = np.maximum(of.sum(axis=0), 1.0)
    before = (of / size).T @ prior[0] @ (of / size)
    strength = (of.T @ seen @ of + prior[1] * before) / (of.T @ expected @ of + prior[1])
    return np.asarray(of @ strength @ of.T, np.float32)


def met_lately(last: Matrix, kind: Ints) -> NDArray[np.float32]:
    """Weeks since anything of each group's kind was bought."""
    kinds = int(kind.max(initial=0)) + 1
    found = np.full((len(last), kinds), NEVER, np.float32)
    for one in range(kinds):
        mine = kind == one
        if mine.any():
            found[:, one] = last[:, mine].min(axis=1)
    return np.asarray(found[:, kind])
