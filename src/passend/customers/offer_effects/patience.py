"""What a contact costs beside its price: customers who withdraw permission, and with it what they would have brought.

Annoyance is a memory of contacts that fades (half in about a month), and withdrawing grows with its square, so that
the second contact in a month costs more than the first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects.history import Floats, Ints

FADES = 0.85
#: How much a contact weighs beside an e-mail, by channel (e-mail, own pages, desk, phone), by judgement.
WEIGHT = np.array([1.0, 0.12, 0.8, 2.4])
#: Before anything is seen: one in 500 withdraws at a first e-mail, told by this many withdrawals.
_FIRST, _TOLD = 0.002, 3.0


@dataclass(frozen=True)
class Patience:
    """What is known of annoyance.

    Attributes:
        memory: by customer, in e-mails of today.
        hazard: chance to withdraw at a memory of one.
        seen: the share of it that rests on withdrawals that were seen; the rest is assumed.
    """

    memory: Floats
    hazard: float
    seen: float

    def lost(self, channel: Ints, customer: Ints) -> Floats:
        """The chance that a contact now makes the customer withdraw."""
        weight = WEIGHT[channel]
        return np.asarray(np.minimum(self.hazard * (self.memory[customer] + weight) ** 2, 0.9))


def learn_patience(
    customer: Ints, channel: Ints, week: Ints, withdrew: NDArray[np.bool_], now: tuple[int, int]
) -> Patience:
    """From contacts in the order of their weeks; ``now``: the present week, and the number of customers."""
    present, customers = now
    memory, latest = np.zeros(customers), np.zeros(customers)
    exposure = 0.0
    for one in np.unique(week).tolist():
        rows = week == one
        who = customer[rows]
        memory[who] = memory[who] * FADES ** (one - latest[who]) + WEIGHT[channel[rows]]
        latest[who] = one
        exposure += float((memory[who] ** 2).sum())
    hazard = (withdrew.sum() + _TOLD) / (exposure + _TOLD / _FIRST)
    seen = withdrew.sum() / (withdrew.sum() + _TOLD)
    return Patience(memory * FADES ** (present - latest), float(hazard), float(seen))


def lost_at_capacity(hazard: float, capacity: Floats, customers: int, gap_weeks: int) -> float:
    """Customers who would withdraw in a week if all channels were always used to the full, over and over.

    The measure of how many a plan may lose: it holds for a small firm as for a large one, and for patient customers as
    for others.

    Args:
        hazard: as learned.
        capacity: contacts a week by channel.
        customers: who can be contacted.
        gap_weeks: least weeks between two contacts of a customer.
    """
    used = capacity * min(1.0, customers / max(gap_weeks, 1) / max(capacity.sum(), 1e-9))
    if used.sum() <= 0 or not customers:
        return 0.0
    kept = FADES ** (customers / used.sum())
    memory = (used @ WEIGHT) / used.sum() * kept / (1.0 - kept)
    return float((used * np.minimum(hazard * (memory + WEIGHT) ** 2, 0.9)).sum())
