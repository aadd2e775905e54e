"""What happened in the market, as columns: the source of every table that the firm sees."""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Order lines; times in minutes since the market's beginning; ``returned_at`` is -1 where the item stayed."""

    customer: Ints
    product: Ints
    order: Ints
    at: Ints
    price: Ints
    discount: Ints
    returned_at: Ints
    guest: NDArray[np.bool_]
    channel: Ints


@dataclass(frozen=True)
class Traces:
    """What customers did without buying, and service; ``kind`` as in ``demand``, ``amount`` in minutes."""

    customer: Ints
    product: Ints
    kind: Ints
    at: Ints
    amount: Floats


@dataclass(frozen=True)
class Touches:
    """Contacts of the firm; ``outcome`` as in ``demand``, 0 for held out; ``probability`` is NaN where rules chose."""

    customer: Ints
    product: Ints
    channel: Ints
    at: Ints
    discount: Floats
    probability: Floats
    outcome: Ints
    campaign: Ints


@dataclass
class Log:
    """All of it, week by week."""

    lines: list[Lines] = field(default_factory=list)
    traces: list[Traces] = field(default_factory=list)
    touches: list[Touches] = field(default_factory=list)
    orders: int = 0

    def copy(self) -> "Log":
        """A log that goes its own way from here; the weeks until now are shared."""
        return Log(list(self.lines), list(self.traces), list(self.touches), self.orders)


def joined(kind: type, parts: list) -> object:  # type: ignore[type-arg]
    """The weeks' columns end to end."""
    return kind(
        *(
            np.concatenate([getattr(part, one.name) for part in parts]) if parts else np.empty(0, np.int64)
            for one in fields(kind)
        )
    )
