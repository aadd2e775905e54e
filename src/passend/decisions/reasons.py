"""Why candidates are lost, step by step: the words of the funnel."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: The steps of the funnel, in order.
STEPS = ("library", "eligible", "permitted", "suitable", "worth it", "chosen")


@dataclass(frozen=True)
class Reason:
    """Why a candidate goes no further.

    Attributes:
        step: the step that it does not reach.
        code: a short word that programs can rely on.
        says: the reason in words.
    """

    step: str
    code: str
    says: str


@dataclass
class Losses:
    """For each candidate the first reason that stopped it; it only grows.

    Attributes:
        why: int16 (candidates), the place in ``reasons``; -1 while nothing speaks against it.
    """

    why: NDArray[np.int16]
    reasons: list[Reason] = field(default_factory=list)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """The candidates against which nothing speaks so far."""
        return self.why < 0

    def stop(self, reason: Reason, where: NDArray[np.bool_]) -> None:
        """Note a reason for the candidates that it holds for and that nothing has stopped yet."""
        stopped = where & self.alive
        if stopped.any():
            if reason not in self.reasons:
                self.reasons.append(reason)
            self.why[stopped] = self.reasons.index(reason)
