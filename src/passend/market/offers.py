"""Offers as columns, and the limits that every player keeps."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from passend.market.parameters import CHANNELS
from passend.market.scenario import Scenario

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Offers:
    """One row an offer: places of customer, product and channel, and what the choice rests on.

    Attributes:
        discount: reduction, a share.
        score: what the player expects it to bring in cents; NaN where it has no idea.
        probability: chance with which it was chosen; NaN where nothing was drawn.
        held_out: chosen to be compared, and not sent.
        campaign: number of a past campaign, -1 in play.
    """

    customer: Ints
    product: Ints
    channel: Ints
    discount: Floats
    score: Floats
    probability: Floats
    held_out: NDArray[np.bool_]
    campaign: Ints

    def where(self, mask: NDArray[np.generic]) -> "Offers":
        """Some of the rows."""
        return Offers(*(getattr(self, one.name)[mask] for one in fields(self)))

    def with_rows(self, other: "Offers") -> "Offers":
        """These rows and those."""
        return Offers(
            *(np.concatenate([getattr(self, one.name), getattr(other, one.name)]) for one in fields(self))
        )

    def __len__(self) -> int:
        return len(self.customer)


def make_offers(  # each column has a sensible default
    customer: Ints,
    product: Ints | int,
    channel: Ints | int = 0,
    discount: Floats | float = 0.0,
    score: Floats | float = np.nan,
    probability: Floats | float = np.nan,
) -> Offers:
    """Offers from columns, or from one value for all rows."""
    count = len(customer)

    def column(values: object, kind: type) -> NDArray[np.generic]:
        return np.broadcast_to(np.asarray(values, dtype=kind), (count,)).copy()

    return Offers(
        np.asarray(customer, dtype=np.int64),
        column(product, np.int64),  # type: ignore[arg-type]
        column(channel, np.int64),  # type: ignore[arg-type]
        column(discount, float),  # type: ignore[arg-type]
        column(score, float),  # type: ignore[arg-type]
        column(probability, float),  # type: ignore[arg-type]
        np.zeros(count, dtype=bool),
        np.full(count, -1, dtype=np.int64),
    )


def no_offers() -> Offers:
    """Nothing for nobody."""
    return make_offers(np.empty(0, dtype=np.int64), 0)


@dataclass(frozen=True)
class Limits:
    """What every player must keep.

    Attributes:
        capacity: by channel the most contacts a week.
        cost: by channel the cost of a contact in cents.
        gap_weeks: least weeks between two contacts of a customer, over all channels.
        discount: largest reduction.
        budget: most contact cost a week in cents.
    """

    capacity: tuple[int, ...]
    cost: tuple[float, ...]
    gap_weeks: int
    discount: float
    budget: float

    @property
    def discounts(self) -> tuple[float, ...]:
        """What an offer is tried with: no reduction, and the largest where there is one."""
        return (0.0, self.discount) if self.discount > 0 else (0.0,)


def limits_of(scenario: Scenario) -> Limits:
    """The limits of a scenario."""
    people = scenario.whole("customers.number")
    return Limits(
        tuple(int(scenario.number(f"{one}.share") * people) for one in CHANNELS),
        tuple(scenario.number(f"{one}.cost") for one in CHANNELS),
        scenario.whole("limits.gap_weeks"),
        scenario.number("limits.discount"),
        scenario.number("limits.budget"),
    )
