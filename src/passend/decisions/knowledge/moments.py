"""The facts of a Monday by customer and need: what is known of a customer's interest before anything is learned."""

from dataclasses import dataclass

import numpy as np

from passend.decisions.knowledge.follow_ups import FollowUps, met_lately
from passend.decisions.knowledge.history import Floats, History, Ints, Matrix, Signals
from passend.decisions.knowledge.rhythm import Rhythm, overdue

_YEAR = 52
_ACTIVITY, _LOYALTY, _SEASON = 0.7, 3.0, 15.0
#: By how much (log) what was bought before may raise or lower a need, before anything is learned of it.
_RAISED = 1.5
#: The highest rough interest (log of signs a week): from there on, more says nothing.
_WEEKLY = 0.0
#: Weeks in which a purchase of long ago counts half as much, and a look.
_FADES, _LOOK_FADES = 60.0, 26.0


@dataclass(frozen=True)
class Usual:
    """What is usual at a firm on a Monday.

    Attributes:
        activity: signs of interest a week of a usual customer.
        share: by group its share of last year's interest.
        season: by group how the coming weeks differ from that, as a year ago.
        bought: by group the share of interest that ends in a purchase.
        watching: looks of a usual customer that still count.
        looked: by group its share of looks.
    """

    activity: float
    share: Floats
    season: Floats
    bought: Floats
    watching: float
    looked: Floats


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


def usual_of(history: History, week: int) -> Usual:
    """What is usual at the beginning of a week."""
    seen = history.signals().before(week)
    signs, watched = _watched(history, seen, week)
    known = history.since < week
    mean = max(float(signs[known].sum()) / max(float(watched[known].sum()), 1.0), 1e-4)
    share, season = _shares(history, seen, week)
    counted = np.bincount(seen.group, minlength=history.groups)
    past = history.week < week
    times = np.bincount(history.group[past], minlength=history.groups)
    looks = _looks(history, week)
    return Usual(
        mean, share, season, (times + 1.0) / (counted + 1.0), float(looks.sum(axis=1).mean()) if len(looks) else 0.0,
        np.asarray((looks.sum(axis=0) + 1.0) / (looks.sum() + history.groups), np.float64),
    )  # fmt: skip


def moment_of(
    history: History, week: int, learned: tuple[FollowUps, Rhythm], usual: Usual, pairs: Ints | None = None
) -> Moment:
    """The facts of all pairs, or of some, at the beginning of a week.

    Args:
        history: what customers did.
        week: the present.
        learned: follow-ups, and the rhythm of each group.
        usual: what is usual at the firm.
        pairs: customer times groups plus group of each; None for all.
    """
    follow_ups, rhythm = learned
    last, looked, times = history.last_bought(week), history.last_looked(week), history.times_bought(week)
    seen = history.signals().before(week)
    activity, tenure = activity_of(history, seen, week, usual.activity)
    share = usual.share
    signs = seen.table(history.customers, history.groups)
    of_shelf = np.zeros((history.groups, int(history.shelf.max(initial=0)) + 1), np.float32)
    of_shelf[np.arange(history.groups), history.shelf] = 1.0
    on_shelf = signs @ of_shelf
    total = signs.sum(axis=1)
    mine = np.log((signs + 2.0 * share) / (total[:, None] * share + 2.0 * share))
    shelf_share = np.bincount(history.shelf, share)
    shelf_taste = np.log((on_shelf + shelf_share) / (total[:, None] * shelf_share + shelf_share))
    best, both, again = follow_ups.after(last, rhythm.used_up)
    shape = last.shape
    looks = _looks(history, week)
    watched = looks.sum(axis=1)
    more = np.log((looks + 2.0 * usual.looked) / (watched[:, None] * usual.looked + 2.0 * usual.looked))
    watching = np.log((watched + 0.5) / (usual.watching + 0.5))

    def wide(values: Floats) -> Floats:
        return np.broadcast_to(values[:, None], shape)

    due = overdue(last, rhythm.own(history, week))
    columns = (
        last, last / rhythm.wait, due, looked, mine, shelf_taste[:, history.shelf], best, both,
        np.broadcast_to(np.log(usual.season), shape), wide(last.min(axis=1)), wide(np.log(activity)), wide(tenure),
        np.broadcast_to(np.log(share), shape), again, more, wide(watching), times,
        met_lately(last, history.shelf), met_lately(last, history.department[history.shelf]),
    )  # fmt: skip
    rough = np.log(activity)[:, None] + np.log(share * usual.season)[None, :]
    rough = np.minimum(rough + mine + again + np.clip(both, -_RAISED, _RAISED), _WEEKLY)
    bought = _ends_in_purchase(times, signs, usual.bought)

    def told(values: Floats | Matrix) -> Floats | Matrix:
        return values.ravel() if pairs is None else values[pairs // history.groups, pairs % history.groups]

    features = np.stack([np.asarray(told(one), np.float32) for one in columns], axis=1)
    return Moment(features, np.asarray(told(rough), np.float64), np.asarray(told(bought), np.float64))


def activity_of(history: History, seen: Signals, week: int, usual: float) -> tuple[Floats, Floats]:
    """Signs of interest a week by customer, shrunk (Gamma-Poisson), the last year counting most; and weeks known."""
    signs, watched = _watched(history, seen, week)
    tenure = np.maximum(week - history.since, 1).astype(float)
    return (signs + _ACTIVITY) / (watched + _ACTIVITY / usual), tenure


def _watched(history: History, seen: Signals, week: int) -> tuple[Floats, Floats]:
    signs = np.bincount(seen.customer, np.exp(-(week - seen.week) / _FADES), history.customers)
    tenure = np.maximum(week - history.since, 1).astype(float)
    return np.asarray(signs, np.float64), _FADES * (1 - np.exp(-tenure / _FADES))


def _shares(history: History, seen: Signals, week: int) -> tuple[Floats, Floats]:
    """By group its share of last year's interest, and how the coming weeks' sales differ from theirs (a year ago)."""
    year = np.bincount(seen.group[seen.week >= week - _YEAR], minlength=history.groups)
    share = (year + 1.0) / (year.sum() + history.groups)
    near = np.abs(seen.week - (week - _YEAR + 1.5)) <= 3
    season = _against(seen.group[near], share, 15.0)
    lately = _against(seen.group[seen.week >= week - 6], share, 30.0)
    return share, season * np.sqrt(lately)


def _against(group: Ints, share: Floats, weight: float) -> Floats:
    """Sales of each group over what its share makes expect, shrunk to 1."""
    count = np.bincount(group, minlength=len(share))
    return np.asarray((count + weight) / (count.sum() * share + weight))


def _looks(history: History, week: int) -> Matrix:
    """How much a customer looks at a group; looks fade within half a year."""
    past = history.looked_week < week
    weight = np.exp(-(week - history.looked_week[past]) / _LOOK_FADES)
    pair = history.looker[past] * history.groups + history.looked_group[past]
    found = np.bincount(pair, weight, history.customers * history.groups)
    return np.asarray(found.reshape(-1, history.groups), np.float32)


def _ends_in_purchase(times: Matrix, signs: Matrix, by_group: Floats) -> Floats:
    """The share of interest that ends in a purchase here: by group, and by customer (shrunk)."""
    expected = np.minimum(signs @ by_group, signs.sum(axis=1))
    mine = (times.sum(axis=1) + _LOYALTY) / (expected + _LOYALTY)
    return np.asarray(np.minimum(mine[:, None] * by_group[None, :], 1.0), np.float64)


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
