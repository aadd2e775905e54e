"""Whether plans keep what they promise: predicted profit beside the measured one, plan by plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

from passend.results.effects import Measured
from passend.results.figures import PROFIT

_PLAN = "plan "


@dataclass(frozen=True)
class Promise:
    """One plan.

    Attributes:
        plan: its number.
        promised: expected incremental profit, cents.
        measured: what was added, cents.
        low: lower end of its interval.
        high: upper end.
    """

    plan: int
    promised: float
    measured: float
    low: float
    high: float


def promises(measured: Sequence[Measured], plans: Sequence[Mapping[str, Any]]) -> list[Promise]:
    """Plans that can be measured, the earliest first."""
    promised = {row["plan"]: row["value_cents"] for row in plans}
    found = []
    for one in measured:
        if not one.campaign.startswith(_PLAN) or one.cannot is not None:
            continue
        number = int(one.campaign.removeprefix(_PLAN))
        if promised.get(number) is not None:
            profit = one.effects[PROFIT]
            found.append(Promise(number, promised[number], profit.total, profit.total_low, profit.total_high))
    return sorted(found, key=lambda one: one.plan)


def kept_share(found: Sequence[Promise]) -> tuple[float, float, float] | None:
    """Measured over promised profit of all plans, with its 95 % interval; None where nothing was promised.

    The interval is that of the plans' own: of one plan its very ends, of several the distances to them, which chance
    moves apart from each other.
    """
    promised = sum(one.promised for one in found)
    if not found or promised <= 0:
        return None
    value = sum(one.measured for one in found) / promised
    below = hypot(*(one.measured - one.low for one in found)) / promised
    above = hypot(*(one.high - one.measured for one in found)) / promised
    return value, value - below, value + above
