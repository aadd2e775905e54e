"""What a contact costs beside its price: customers who withdraw permission, and with it what they would have brought.

Annoyance is a memory of contacts that fades (half in about a month). Withdrawing grows with its square, so that the
second contact in a month costs more permissions than the first; purchases spoiled grow with each contact alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.knowledge.history import Floats, Ints

FADES = 0.85
#: How much a contact weighs beside an e-mail, in the order of ``Channel``, by judgement.
WEIGHT = np.array([1.0, 0.12, 0.8, 2.4, 1.0, 0.05])
#: Weeks of purchases that a first e-mail spoils where one in a thousand withdraws at it, by judgement.
_SPOILED_WEEKS, _USUAL_HAZARD = 0.035, 0.001
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

    def spoiled(self, channel: Ints) -> Floats:
        """Weeks of coming purchases that a contact spoils: where fewer withdraw, fewer are annoyed.

        Contacts remembered do not count here: whoever had many and stayed is patient.
        """
        return spoiled_by(self.hazard * WEIGHT[channel])

    def lost_by(self, channel: Ints, customer: Ints) -> Floats:
        """Withdrawals that a contact causes: its own, and those of later ones, to which it will be remembered.

        Later contacts are taken to come as often as the earlier ones did, so that a memory of m e-mails before a
        contact is also what later ones will remember of it.
        """
        memory = self.memory[customer]
        later = 2.0 * self.hazard * WEIGHT[channel] * memory * (memory + 1.0)
        return np.asarray(self.lost(channel, customer) + later)


def spoiled_by(hazard: Floats) -> Floats:
    """Weeks of coming purchases that a contact spoils, by the chance that it makes a customer withdraw."""
    return np.asarray(_SPOILED_WEEKS * hazard / _USUAL_HAZARD)


def learn_patience(
    customer: Ints, channel: Ints, week: Ints, withdrew: NDArray[np.bool_], now: tuple[int, int]
) -> Patience:
    """From contacts in the order of their weeks; ``now``: the present week, and the number of customers."""
    before, memory = memories(customer, channel, week, now)
    exposure = float(((before + WEIGHT[channel]) ** 2).sum())
    hazard = (withdrew.sum() + _TOLD) / (exposure + _TOLD / _FIRST)
    seen = withdrew.sum() / (withdrew.sum() + _TOLD)
    return Patience(memory, float(hazard), float(seen))


def memories(customer: Ints, channel: Ints, week: Ints, now: tuple[int, int]) -> tuple[Floats, Floats]:
    """What is remembered of earlier contacts, in e-mails of that day: at each contact, and by customer now.

    Args:
        customer: of each contact.
        channel: of each contact.
        week: of each contact.
        now: the present week, and the number of customers.
    """
    present, customers = now
    before = np.zeros(len(customer))
    memory, latest = np.zeros(customers), np.zeros(customers)
    for one in np.unique(week).tolist():
        rows = np.flatnonzero(week == one)
        who = customer[rows]
        before[rows] = memory[who] * FADES ** (one - latest[who])
        memory[who] = before[rows]
        np.add.at(memory, who, WEIGHT[channel[rows]])
        latest[who] = one
    return before, memory * FADES ** (present - latest)


def full_use(
    may: NDArray[np.bool_], capacity: Floats, gap_weeks: int, rng: np.random.Generator, weeks: int = 26
) -> float:
    """Withdrawals a week, per unit of hazard, of a firm like this one that always uses all channels to the full.

    The measure of how many a plan may lose: it holds for a small firm as for a large one, for patient customers as for
    others, and for any mix of permissions. Its contacts are only counted; nobody gets them.

    Args:
        may: by customer and channel whether the customer agreed to be contacted.
        capacity: contacts a week by channel; infinite where there is no limit.
        gap_weeks: least weeks between two contacts of a customer.
        rng: draws customers.
        weeks: so many are gone through; the last of them, as long as one gap, are counted.
    """
    memory, last = np.zeros(len(may)), np.full(len(may), -10_000)
    counted, cycle = 0.0, max(gap_weeks, 1)
    for now in range(weeks):
        memory *= FADES
        asked = rng.permutation(np.flatnonzero(now - last >= gap_weeks))
        lost = 0.0
        for channel, room in enumerate(capacity.tolist()):
            mine = may[asked, channel]
            who = asked[mine][: int(min(room, len(asked)))]
            memory[who] += WEIGHT[channel]
            last[who] = now
            asked = asked[last[asked] < now]
            lost += float((memory[who] ** 2).sum())
        counted += lost if now >= weeks - cycle else 0.0
    return counted / cycle
