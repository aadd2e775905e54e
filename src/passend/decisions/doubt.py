"""How uncertain an offer's value is, and why: by its effect, its margin, what comes back, what a contact spoils.

The half-widths of 95 % intervals, source by source; for one offer they are independent, so their squares add up, but
never to more than if all went wrong together: where the effect is small, its margin matters little. How uncertain a
whole plan is, is another question: ``promise.py``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Amounts = NDArray[np.float64]

#: What a contact spoils is assumed: from half to twice as much.
_SPOILED = (0.5, 1.0)


@dataclass(frozen=True)
class Doubt:
    """Half-widths in minor units, by candidate, downwards and upwards.

    Attributes:
        effect_low: of the effect, as is ``effect_high``.
        margin: of an assumed margin; 0 where the cost is known.
        returns: of the chance that it comes back.
        annoyance: what the contact is assumed to spoil.
        left: share of the effect that is left at the low end of its interval, and with it of doubts about the sale.
    """

    effect_low: Amounts
    effect_high: Amounts
    margin: Amounts
    returns: Amounts
    annoyance: Amounts
    left: Amounts

    @property
    def low(self) -> Amounts:
        """All of it downwards."""
        return np.minimum(
            _root(self.effect_low, self.margin, self.returns, _SPOILED[1] * self.annoyance), self.worst
        )

    @property
    def worst(self) -> Amounts:
        """Downwards, if all goes wrong together."""
        return self.effect_low + self.left * (self.margin + self.returns) + _SPOILED[1] * self.annoyance

    @property
    def high(self) -> Amounts:
        """All of it upwards."""
        return _root(self.effect_high, self.margin, self.returns, _SPOILED[0] * self.annoyance)

    def without(self, told: NDArray[np.bool_]) -> "Doubt":
        """A value that the caller gives comes without an interval."""
        return Doubt(**{name: np.where(told, 0.0, part) for name, part in vars(self).items()})


def _root(*parts: Amounts) -> Amounts:
    return np.asarray(np.sqrt(sum(part**2 for part in parts)))
