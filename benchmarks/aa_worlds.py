"""Comparisons without any effect, or with a known one, looked at on sixty days: a thousand of each at once.

A day brings so many customers; of each arm a binomial number buys, for lognormal amounts or amounts drawn from a real
data set, capped at what 99 of 100 buyers had not exceeded before. The sums of each day go through the same functions as
those of a campaign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from passend.results.difference import Difference, difference
from passend.results.goal import Goal
from passend.results.looks import once
from passend.results.moments import Moments, Numbers
from passend.results.verdict import Clock, judged

DAYS = 60
TRIALS = 1000
#: Expected buyers in the hold-out at the end that decide how large the shop is.
BUYERS_HELD = 45


@dataclass(frozen=True)
class Cell:
    """One kind of shop.

    Attributes:
        held: share held out.
        buyers: share of customers who buy.
        sigma: of the logarithm of their spend; 0 where amounts are drawn from a data set.
        amounts: those amounts, in euros.
        name: of the data set.
    """

    held: float
    buyers: float
    sigma: float = 0.0
    amounts: tuple[float, ...] = ()
    name: str = ""

    @property
    def daily(self) -> int:
        """New customers a day: the smallest shop with enough buyers held out by the end."""
        sizes = (1_000, 5_000, 20_000)
        return next(
            (size for size in sizes if size * DAYS * self.held * self.buyers >= BUYERS_HELD), sizes[-1]
        )

    @property
    def says(self) -> str:
        """In words."""
        spend = self.name or f"sigma {self.sigma:g}"
        return f"{self.held:.0%} held out, {self.buyers:.1%} buy, {spend}"


def drawn(cell: Cell, count: int, random: np.random.Generator) -> Numbers:
    """Amounts of buyers, before the cap."""
    if cell.amounts:
        return random.choice(np.asarray(cell.amounts), count)
    return random.lognormal(3.5, cell.sigma, count)


def cap_of(cell: Cell, random: np.random.Generator) -> float:
    """What 99 of 100 buyers of another time had not exceeded."""
    return float(np.quantile(drawn(cell, 20_000, random), 0.99))


def arm(cell: Cell, daily: int, lift: float, cap: float, random: np.random.Generator) -> Moments:
    """Sums of an arm on each day (columns) of each trial (rows), from the first day on."""
    bought = random.binomial(daily, cell.buyers * lift, (TRIALS, DAYS))
    spend = np.minimum(drawn(cell, int(bought.sum()), random), cap)
    place = np.repeat(np.arange(TRIALS * DAYS), bought.ravel())
    total, squares = (
        np.bincount(place, spend**power, TRIALS * DAYS).reshape(TRIALS, DAYS).cumsum(axis=1)
        for power in (1, 2)
    )
    people = np.broadcast_to(daily * np.arange(1.0, DAYS + 1), (TRIALS, DAYS))
    nothing = np.zeros((TRIALS, DAYS))
    return Moments(
        people, bought.cumsum(axis=1).astype(np.float64), total, squares, nothing, nothing, nothing
    )


@dataclass(frozen=True)
class Looked:
    """What came of a thousand comparisons in one cell.

    Attributes:
        false_any: share in which a verdict of gain or loss was given on any day.
        false_once: the same with one look at the end.
        covered: share of intervals at the end that hold the truth.
        found: share that said "works" by the end, looking every day.
        measured: share with enough buyers.
        width: of the interval that allows daily looks over that of one look, at the end.
    """

    false_any: float
    false_once: float
    covered: float
    found: float
    measured: float
    width: float


def looked_at(cell: Cell, lift: float, seed: int) -> Looked:
    """A thousand comparisons, looked at each day."""
    random = np.random.default_rng(
        [seed, int(cell.held * 1000), int(cell.buyers * 1e4), int(cell.sigma * 10)]
    )
    cap = cap_of(cell, random)
    held = round(cell.daily * cell.held)
    treated, held_out = arm(cell, cell.daily - held, lift, cap, random), arm(cell, held, 1.0, cap, random)
    people = treated.people + held_out.people
    goal = Goal(planned_people=float(people[0, -1]), planned_days=DAYS + 1)
    days = np.broadcast_to(np.arange(1.0, DAYS + 1), people.shape)
    daily, words = judged(treated, held_out, goal, Clock(days, people))
    end_t, end_h = last(treated), last(held_out)
    fixed: Difference = difference(end_t, end_h, once())
    amounts = np.minimum(drawn(cell, 400_000, random), cap)
    true = cell.buyers * (lift - 1) * float(amounts.mean())
    decided = (words == "works") | (words == "harms")
    enough = np.minimum(end_t.active, end_h.active) >= goal.least_buyers
    return Looked(
        float(decided.any(axis=1).mean()),
        float(((fixed.low > 0) | (fixed.high < 0))[enough].mean()),
        float(((fixed.low <= true) & (true <= fixed.high))[enough].mean()),
        float((words == "works").any(axis=1).mean()),
        float(enough.mean()),
        float(((daily.high - daily.low)[:, -1] / (fixed.high - fixed.low)).mean()),
    )


def last(arms: Moments) -> Moments:
    """The sums of the last day."""
    return Moments(*(getattr(arms, name)[:, -1] for name in arms.__dataclass_fields__))
