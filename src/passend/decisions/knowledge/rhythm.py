"""When a need comes back: how long buyers wait, what is used up and what lasts, and each customer's own rhythm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.knowledge.history import NEVER, Floats, History, Ints, Matrix

#: Share of its wait for which what lasts rests, and of its usual gap for which what is used up does.
RESTS, USED_UP_RESTS = 0.25, 0.5
#: Gaps of the category that a need's gap is told by beside its own, and of the need beside a customer's own.
_OF_SHELF, _OF_NEED = 3.0, 2.0
#: What a category's share is worth beside a need's own: at most so many repeats, seen or expected. A category bought
#: often says much of what is new in it, and little of what nobody took again. And what "as others" is worth beside it.
_SHELF_TOLD, _ALL_TOLD = 1.0, 1.0
#: Repeats from which on the time between them is told to people; of fewer it is the category's.
_TOLD_FROM = 3
_USUAL_GAP = 52.0
#: Times the usual gap, of at least so many weeks, from which on a need is rather over than due.
LAPSED, _SHORTEST = 4.0, 4.0


@dataclass(frozen=True)
class Rhythm:
    """By need, in weeks.

    Attributes:
        wait: from a purchase to the next by the same customer, with those who never come counted (right-censored).
        gap: between two purchases of those who came again.
        used_up: whether it is bought again at least as often as by those who do not have it; else it lasts.
        again: how often it was bought again, of all customers.
    """

    wait: Floats
    gap: Floats
    used_up: NDArray[np.bool_]
    again: Ints

    @property
    def usual(self) -> Floats:
        """The usual weeks from a purchase to the next: the gap of what is used up, the wait of what lasts."""
        return np.where(self.used_up, np.minimum(self.gap, self.wait), self.wait)

    def own(self, history: History, week: int) -> Matrix:
        """By customer and need the customer's own usual weeks to the next purchase, shrunk to those of all."""
        pair, seen, logs = _gaps(history, week)
        shape = history.customers, history.groups
        own = np.broadcast_to(np.asarray(self.usual, np.float32), shape).copy()
        own.ravel()[pair] = self._shrunk(pair % history.groups, seen, logs)
        return own

    def own_of(self, history: History, week: int, customer: Ints, group: Ints) -> Floats:
        """The same of some pairs; not a number where it lasts, or where hardly anybody came again."""
        pair, seen, logs = _gaps(history, week)
        mine = customer * history.groups + group
        found = np.zeros((2, len(mine)))
        if len(pair):
            at = np.minimum(np.searchsorted(pair, mine), len(pair) - 1)
            found = np.where(pair[at] == mine, np.stack([seen, logs])[:, at], 0.0)
        is_known = self.used_up[group] & ((found[0] > 0) | (self.again[group] >= _TOLD_FROM))
        return np.where(is_known, self._shrunk(group, *found), np.nan)

    def _shrunk(self, group: Ints, seen: Floats, logs: Floats) -> Floats:
        return np.asarray(np.exp((logs + _OF_NEED * np.log(self.usual[group])) / (seen + _OF_NEED)))

    def rests(self, own: Matrix) -> Matrix:
        """By customer and need the weeks for which what was bought rests; ``own``: see there."""
        return np.asarray(np.where(self.used_up, USED_UP_RESTS, RESTS) * own, np.float32)


def rhythm_of(history: History, week: int, again: tuple[Floats, Floats]) -> Rhythm:
    """The rhythm of each need.

    Args:
        history: what customers did.
        week: the present.
        again: by need the signs of interest of those who have it, and how many are expected of others as active.
    """
    seen, expected = again
    shelves = int(history.shelf.max(initial=0)) + 1

    def on_shelf(values: Floats | Ints) -> Floats:
        return np.asarray(np.bincount(history.shelf, values, shelves), np.float64)

    shelf = (on_shelf(seen) + _ALL_TOLD) / (on_shelf(expected) + _ALL_TOLD)
    told = _SHELF_TOLD * np.minimum(1.0, 1.0 / shelf)
    strength = (seen + (told * shelf)[history.shelf]) / (expected + told[history.shelf])
    used_up = (strength >= 1.0) & (on_shelf(seen) >= 2)[history.shelf]
    pair, when, gap = history.returns
    known = when < week
    of, logs = pair[known] % max(history.groups, 1), np.log(gap[known])
    count = np.bincount(of, minlength=history.groups)
    total = np.bincount(of, logs, history.groups)
    usual = (logs.sum() + np.log(_USUAL_GAP)) / (len(logs) + 1.0)
    of_shelf = (on_shelf(total) + _OF_SHELF * usual) / (on_shelf(count) + _OF_SHELF)
    mean = (total + _OF_SHELF * of_shelf[history.shelf]) / (count + _OF_SHELF)
    return Rhythm(waits(history, week), np.exp(mean), used_up, count)


def _gaps(history: History, week: int) -> tuple[Ints, Floats, Floats]:
    """Pairs of customer and need bought again, in order: how often, and the sum of the logs of the weeks between."""
    pair, when, gap = history.returns
    known = when < week
    found, place = np.unique(pair[known], return_inverse=True)
    seen, logs = np.bincount(place), np.bincount(place, np.log(gap[known]))
    return np.asarray(found, np.int64), seen.astype(np.float64), logs.astype(np.float64)


def waits(history: History, week: int) -> Floats:
    """Weeks between two purchases of a need by a customer: the time seen over the repeats, at most twenty years.

    The time since the last purchase counts, too (right-censored). Needs with few purchases borrow from their category,
    and that from all.
    """
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
    shelves = int(history.shelf.max(initial=0)) + 1
    whole = (repeats.sum() + 1.0) / (seen.sum() + 100.0)
    on_shelf = np.bincount(history.shelf, repeats, shelves) + 1.0
    on_shelf /= np.bincount(history.shelf, seen, shelves) + 1.0 / whole
    mine = (repeats + 1.0) / (seen + 1.0 / on_shelf[history.shelf])
    return np.asarray(np.clip(1.0 / mine, 2.0, 1040.0))


def overdue(last: Matrix, own: Matrix) -> Matrix:
    """By customer and need how many times its usual gap has passed since the purchase; 0 where nothing was bought."""
    return np.asarray(np.where(last < NEVER, last / own, 0.0), np.float32)


def over_after(usual: Floats) -> Floats:
    """Weeks without a purchase after which a need is rather over than due."""
    return np.asarray(LAPSED * np.maximum(usual, _SHORTEST))
