"""Profit of groups of customers, who are told apart by what was known before they became eligible.

Of twenty groups without any effect, one looks as if it had one. So a group works or harms only where it also stands out
among all groups of its campaign, with a share of false ones of at most 5 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from passend.results.figures import PROFIT, Arms, effect_of
from passend.results.goal import Goal
from passend.results.measured import Effect
from passend.results.several import hold_down
from passend.results.verdict import HARMS, UNHEALTHY, WORKS, Clock

GROUP = ("campaign", "phase", "slice", "slice_value")
NO_DIFFERENCE = "no difference found"


@dataclass(frozen=True)
class Slices:
    """Groups of one phase of a campaign.

    Attributes:
        measured: (slice, value) -> effect on profit.
        too_few: (slice, value) -> eligible customers of groups that cannot be measured.
    """

    measured: Mapping[tuple[str, str], Effect]
    too_few: Mapping[tuple[str, str], int]


def slices_of(
    groups: Mapping[tuple[str, str], Arms], goal: Goal, clock: Clock, *, is_healthy: bool
) -> Slices:
    """Profit by group; those with too few buyers in an arm cannot be measured."""
    effects: dict[tuple[str, str], Effect] = {}
    statistics: list[float] = []
    too_few: dict[tuple[str, str], int] = {}
    for key, arms in sorted(groups.items()):
        if arms.buyers < goal.least_buyers:
            too_few[key] = int(arms.treated.people + arms.held_out.people)
            continue
        effects[key], error = effect_of(PROFIT, arms, goal, clock, arms.cost)
        statistics.append(effects[key].per_person / error if error else 0.0)
    stands_out = hold_down(np.asarray(statistics))
    for (key, effect), found in zip(effects.items(), stands_out, strict=True):
        if not is_healthy:
            effects[key] = replace(effect, verdict=UNHEALTHY)
        elif effect.verdict in {WORKS, HARMS} and not found:
            effects[key] = replace(effect, verdict=NO_DIFFERENCE)
    return Slices(effects, too_few)


def ranked(slices: Mapping[tuple[str, str], Effect], by: str) -> list[tuple[str, Effect]]:
    """The groups of one slice, those that gained most first."""
    mine = [(value, effect) for (name, value), effect in slices.items() if name == by]
    return sorted(mine, key=lambda one: -one[1].total)
