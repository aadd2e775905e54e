"""The verdict on a campaign, by the rule that was frozen before it started."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.results.difference import Difference, difference
from passend.results.goal import Goal
from passend.results.looks import any_time, once, weekly
from passend.results.moments import Moments, Numbers

WORKS, HARMS, NOTHING = "works", "harms", "does nothing worth it"
LEFT, NO_DATA, UNHEALTHY, REVIEW = "days left", "no data", "unhealthy", "review"
#: Verdicts that end a campaign's question.
DECIDED = (WORKS, HARMS, NOTHING)


@dataclass(frozen=True)
class Clock:
    """How far a campaign is.

    Attributes:
        days: since the first customer became eligible.
        people: eligible customers so far, both arms.
    """

    days: Numbers | float
    people: Numbers | float


def reach_of(goal: Goal, clock: Clock) -> Numbers:
    """Standard errors that the interval reaches at this look."""
    people = np.asarray(clock.people, dtype=np.float64)
    if goal.look_rule == "any time":
        return any_time(people, goal.planned_people or float(np.max(people, initial=1)))
    if goal.look_rule == "once":
        return np.full(people.shape, once())
    weeks = max(goal.planned_days // 7, 1)
    bounds = np.asarray(weekly(tuple((week + 1) / weeks for week in range(weeks))))
    look = np.clip(np.asarray(clock.days, dtype=np.int64) // 7 - 1, 0, weeks - 1)
    return np.broadcast_to(bounds[look], people.shape).astype(np.float64)


def judged(
    treated: Moments, held_out: Moments, goal: Goal, clock: Clock, costs: Numbers | float = 0.0
) -> tuple[Difference, NDArray[np.str_]]:
    """The difference with the interval of the look rule, and the verdict in a word, for one campaign or many.

    Args:
        treated: sums of the arm that was to be contacted.
        held_out: sums of the arm that was kept without.
        goal: as it was frozen.
        clock: how far it is.
        costs: what contacts cost a customer of the treated arm: spent for certain, so it shifts all and widens nothing.
    """
    found = difference(treated, held_out, reach_of(goal, clock))
    low, high = found.low - costs, found.high - costs
    is_due = _is_due(goal, clock)
    words = np.full(np.shape(found.value), LEFT, dtype="<U24")
    words = np.where(high < max(goal.target_cents, 0.0), NOTHING, words) if goal.target_cents > 0 else words
    words = np.where(high < 0, HARMS, words)
    words = np.where(low > 0, WORKS, words)
    over = np.asarray(clock.days, dtype=np.float64) >= goal.planned_days
    words = np.where((words == LEFT) & over, REVIEW, words)
    words = np.where(~is_due & ~over & (words != NO_DATA), LEFT, words)
    few = np.minimum(treated.active, held_out.active) < goal.least_buyers
    words = np.where(few, np.where(over, REVIEW, LEFT), words)
    words = np.where(np.minimum(treated.people, held_out.people) == 0, NO_DATA, words)
    return found, np.asarray(words)


def _is_due(goal: Goal, clock: Clock) -> NDArray[np.bool_]:
    """Whether the look rule allows a verdict now."""
    days = np.asarray(clock.days, dtype=np.float64)
    if goal.look_rule == "once":
        return np.asarray(days >= goal.planned_days)
    least = np.asarray(days >= goal.least_days)
    if goal.look_rule == "weekly":
        return least & np.asarray((days % 7 < 1) | (days >= goal.planned_days))
    return least
