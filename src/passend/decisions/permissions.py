"""Permissions are a limit with a price: a plan loses no more of them than a share of what never holding back would.

A withdrawn permission costs the offers that cannot be made any more. So each loss counts at least what some weeks of
good offers to a customer bring, and more where the limit binds: its price comes from the allocator, as all others do.
Losses that are only assumed bind nothing: where nobody ever withdrew, nothing has to be saved up.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.decisions.candidates import Candidates
from passend.decisions.knowledge.patience import Patience, full_use
from passend.decisions.limits import Family, Limit
from passend.decisions.rules.consent import permitted
from passend.decisions.rules.schema import Rules
from passend.vocabulary import Channel

#: A customer gets a good offer every so many weeks.
_BETWEEN = 3.0


@dataclass(frozen=True)
class Permissions:
    """What is known of permissions.

    Attributes:
        most: withdrawals that the plan may cause; infinite where nothing is known.
        seen: share of each expected withdrawal that rests on withdrawals which were seen.
    """

    most: float = np.inf
    seen: float = 0.0


def worth_of_permission(made: Candidates, value: NDArray[np.float64], rules: Rules) -> float:
    """The least that a lost permission costs: some weeks of the best offer to a usual customer."""
    best = np.zeros(len(made.customers))
    np.maximum.at(best, made.customer, value)
    mean = float(best.mean()) if len(best) else 0.0
    return rules.permission_weeks * mean / _BETWEEN


def permission_limit(
    made: Candidates, lost: NDArray[np.float32], rules: Rules, known: Permissions
) -> list[Family]:
    """The limit on withdrawals, where there is one."""
    if not np.isfinite(known.most) or known.seen <= 0:
        return []
    limit = Limit(
        "permissions", "", "withdrawals", rules.most_lost_share * known.most, ("permissions", "most_lost_share"), 1.0,
        "one more withdrawal allowed",
    )  # fmt: skip
    weight = (known.seen * lost).astype(np.float32)
    return [Family((limit,), np.zeros(len(made), np.int32), weight)]


def permissions_of(made: Candidates, rules: Rules, words: pa.Table | None, patience: Patience) -> Permissions:
    """What a firm like this one would lose in the days of the plan, if it never held back.

    Args:
        made: the candidates; their customers and channels are meant.
        rules: capacities, gaps, grounds and days of the plan.
        words: the latest word of customers on channels.
        patience: what is known of annoyance.
    """
    count, every = len(made.customers), list(Channel)
    may = np.zeros((count, len(every)), np.bool_)
    capacity = np.zeros(len(every))
    for name in made.channels:
        rule = rules.channels[name]
        place = every.index(Channel(name))
        may[:, place] = permitted(made, rule, words)
        capacity[place] = np.inf if rule.capacity is None else rule.capacity * 7.0 / rules.days
    gap = max(int(np.ceil(rules.gap_days / 7.0)), 1)
    weekly = full_use(may, capacity, gap, np.random.default_rng(1))
    return Permissions(patience.hazard * weekly * rules.days / 7.0, patience.seen)
