"""How many customers, and how many days, until an effect of a given size is found."""

import numpy as np

from passend.results.distributions import ndtr, ndtri
from passend.results.looks import any_time, once, weekly

#: Chance of finding an effect that is there, for which is planned.
POWER = 0.8


def reach_at_plan(look_rule: str, looks: int = 8) -> float:
    """Standard errors of the interval at the planned size.

    Args:
        look_rule: ``once``, ``weekly`` or ``any time``.
        looks: of the weekly rule.
    """
    if look_rule == "once":
        return once()
    if look_rule == "weekly":
        return weekly(tuple((look + 1) / looks for look in range(looks)))[-1]
    return float(any_time(1.0, 1.0))


def people_needed(
    variance: float, effect: float, held_share: float, look_rule: str = "any time", power: float = POWER
) -> float:
    """Eligible customers, both arms, to find an effect.

    Args:
        variance: of the outcome of a customer, after what history takes out.
        effect: to be found, per customer, in the same unit.
        held_share: share held out.
        look_rule: when people look; looking every day costs about 1.9 times as many customers.
        power: chance to find it.
    """
    if effect == 0:
        return float("inf")
    reach = reach_at_plan(look_rule) + float(ndtri(power))
    return float(variance * (1 / held_share + 1 / (1 - held_share)) * (reach / effect) ** 2)


def power_of(variance: float, effect: float, people: float, held_share: float, look_rule: str) -> float:
    """Chance to find an effect by the planned size."""
    error = np.sqrt(variance * (1 / held_share + 1 / (1 - held_share)) / people)
    return float(ndtr(abs(effect) / error - reach_at_plan(look_rule)))


def days_to_answer(people_so_far: float, people_needed_in_all: float, days_so_far: float) -> int:
    """Days until enough customers have become eligible, if they come as until now."""
    missing = people_needed_in_all - people_so_far
    if missing <= 0:
        return 0
    if people_so_far <= 0 or days_so_far <= 0 or not np.isfinite(missing):
        return 10**6
    return int(min(np.ceil(missing / (people_so_far / days_so_far)), 10**6))
