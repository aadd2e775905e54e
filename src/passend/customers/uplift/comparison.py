"""Whether there is anybody to compare with, and the chances that the firm has logged."""

import numpy as np

from passend.customers.uplift.design import Floats, Ints
from passend.errors import InvalidInput
from passend.vocabulary import CannotBeMeasured


def no_comparison(counts: Ints, y: Floats, has_control: bool) -> CannotBeMeasured | None:
    """Why there is nothing to compare, or None where there is.

    Args:
        counts: contacts of each arm, the control first.
        y: the outcomes.
        has_control: whether any value of the treatment stands for none.
    """
    if not len(y):
        return CannotBeMeasured("There are no contacts with an outcome.", "make a campaign with a hold-out")
    if not has_control or counts[0] == 0:
        return CannotBeMeasured(
            "Everybody was contacted, so nobody shows what happens without.", "hold out some customers by lot"
        )
    if counts[1:].max(initial=0) == 0:
        return CannotBeMeasured("Nobody was contacted.", "make a campaign")
    if float(np.ptp(y)) == 0:
        return CannotBeMeasured(
            f"The outcome is {y[0]:g} for everybody.", "wait for outcomes, or choose another one"
        )
    return None


def given_chances(own: Floats, arm: Ints, asked: tuple[int, str]) -> Floats:
    """The chance of every arm for every customer, from the logged chance of what they got.

    With several treatments the rest is shared among the other arms as they occur in all.

    Args:
        own: chance with which the customer got what they got.
        arm: what they got.
        asked: number of arms, and the name of the column.

    Raises:
        InvalidInput: a chance is missing, 0 or above 1.
    """
    arms, column = asked
    wrong = np.flatnonzero(np.isnan(own) | (own <= 0) | (own > 1))
    if len(wrong):
        bad = int(wrong[0])
        raise InvalidInput(
            f"The column '{column}' holds {own[bad]}, which is no chance of what happened.",
            record=f"row {bad + 1}",
            remedy="give chances above 0, at most 1",
        )
    share = np.bincount(arm, minlength=arms) / len(arm)
    chance = (1 - own)[:, None] * share / np.maximum(1 - share[arm], 1e-12)[:, None]
    chance[np.arange(len(arm)), arm] = own
    return np.asarray(chance, np.float64)
