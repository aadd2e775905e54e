"""From the sums of two arms to one figure: what was added, with its interval and verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa

from passend.results.goal import Goal
from passend.results.measured import Effect
from passend.results.moments import Moments
from passend.results.verdict import Clock, judged, reach_of

PROFIT = "profit"
ARMS = ("treated", "held-out")
_SUMS = tuple(field.name for field in fields(Moments))
_NONE = Moments(*(np.asarray(0.0) for _ in _SUMS))


@dataclass(frozen=True)
class Arms:
    """Two arms of one outcome.

    Attributes:
        treated: sums of those who were to be contacted.
        held_out: of those who were kept without.
        largest: the largest outcome of a customer in each.
        contacts: what contacts with each cost.
        smallest: the smallest outcome of a customer in each.
    """

    treated: Moments = _NONE
    held_out: Moments = _NONE
    largest: tuple[float, float] = (0.0, 0.0)
    contacts: tuple[float, float] = (0.0, 0.0)
    smallest: tuple[float, float] = (0.0, 0.0)

    @property
    def smaller(self) -> float:
        """Customers of the smaller arm."""
        return min(float(self.treated.people), float(self.held_out.people))

    @property
    def buyers(self) -> int:
        """Buyers of the arm that has fewer."""
        return int(min(float(self.treated.active), float(self.held_out.active)))

    @property
    def cost(self) -> float:
        """What contacts cost a treated customer beyond a held-out one."""
        people = (float(self.treated.people), float(self.held_out.people))
        each = [cents / max(count, 1) for cents, count in zip(self.contacts, people, strict=True)]
        return each[0] - each[1]


NOBODY = Arms()


def added_up(sums: pa.Table, keys: Sequence[str]) -> dict[tuple[Any, ...], Arms]:
    """The sums of both arms over all cohorts, by some columns; always added up in the same order."""
    extra = [
        (name, how)
        for name, how in (("largest", "max"), ("smallest", "min"), ("contact_cents", "sum"))
        if name in sums.schema.names
    ]
    ordered = sums.sort_by([(key, "ascending") for key in (*keys, "arm", "cohort")])
    added = ordered.group_by([*keys, "arm"], use_threads=False).aggregate(
        [*((name, "sum") for name in _SUMS), *extra]
    )
    found: dict[tuple[Any, ...], Arms] = {}
    for row in added.to_pylist():
        arm = Moments(*(np.asarray(row[f"{name}_sum"] or 0.0, dtype=np.float64) for name in _SUMS))
        names = ("largest_max", "contact_cents_sum", "smallest_min")
        most, cost, least = (float(row.get(name) or 0.0) for name in names)
        key = tuple(row[name] for name in keys)
        other = found.get(key, NOBODY)
        found[key] = (
            Arms(
                arm,
                other.held_out,
                (most, other.largest[1]),
                (cost, other.contacts[1]),
                (least, other.smallest[1]),
            )
            if row["arm"] == ARMS[0]
            else Arms(
                other.treated,
                arm,
                (other.largest[0], most),
                (other.contacts[0], cost),
                (other.smallest[0], least),
            )
        )
    return found


def effect_of(metric: str, arms: Arms, goal: Goal, clock: Clock, costs: float = 0.0) -> tuple[Effect, float]:
    """What was added of one outcome, and its standard error if nothing was."""
    found, word = judged(arms.treated, arms.held_out, goal, clock, costs)
    treated, held = float(arms.treated.people), float(arms.held_out.people)
    value, low, high = (float(one) - costs for one in (found.value, found.low, found.high))
    if metric != PROFIT:
        word = np.asarray("more" if low > 0 else "less" if high < 0 else "no difference found")
    effect = Effect(
        metric, int(treated + held), int(held), value, low, high, value * treated, low * treated, high * treated,
        float(found.cut), float(found.held_out), str(word), None, "", float(np.max(reach_of(goal, clock))),
    )  # fmt: skip
    return effect, float(found.error)
