"""The choice to be made, as arrays: customers' offers, what each is worth and uses, and the firm's limits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.errors import InvalidInput


@dataclass(frozen=True)
class Problem:
    """Offers of which each customer may get some, under limits that all customers share.

    Offers stand customer by customer, and by product and channel within a customer; the order comes from the
    identifiers, never from the rows of a table. Arrays may be memory-mapped: they are read block by block.

    Attributes:
        starts: int64 (customers + 1), where each customer's offers begin.
        value: float64 or float32 (offers), expected incremental profit, minor units.
        product: int32 (offers), code of the product.
        channel: int8 (offers), code of the channel.
        limit: int32 (offers, families), the limit used in each family (budget, stock ...), -1 for none.
        weight: float32 (offers, families), how much of it.
        capacity: float64 (limits), how much there is.
        room: int16 (customers), offers that a customer may get.
        channel_room: int16 (customers, channels), the same on each channel.
    """

    starts: NDArray[np.int64]
    value: NDArray[np.floating]
    product: NDArray[np.int32]
    channel: NDArray[np.int8]
    limit: NDArray[np.int32]
    weight: NDArray[np.float32]
    capacity: NDArray[np.float64]
    room: NDArray[np.int16]
    channel_room: NDArray[np.int16]

    def __post_init__(self) -> None:
        if not np.isfinite(np.asarray(self.capacity)).all() or (self.capacity < 0).any():
            raise InvalidInput(
                "A limit is negative or not a number.", remedy="Give each limit a size of 0 or more."
            )

    @property
    def n_customers(self) -> int:
        """Number of customers."""
        return len(self.starts) - 1

    def sample(self, every: int) -> "Problem":
        """Each so-many-th customer, with limits cut down in proportion."""
        kept = np.arange(0, self.n_customers, every)
        sizes = self.starts[kept + 1] - self.starts[kept]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.repeat(self.starts[kept] - starts[:-1], sizes) + np.arange(starts[-1])
        return Problem(
            starts,
            self.value[rows],
            self.product[rows],
            self.channel[rows],
            self.limit[rows],
            self.weight[rows],
            self.capacity * (len(kept) / self.n_customers),
            self.room[kept],
            self.channel_room[kept],
        )

    def usage(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How much of each limit a choice uses."""
        used = np.zeros(len(self.capacity))
        for family in range(self.limit.shape[1]):
            at = self.limit[chosen, family]
            used += np.bincount(
                at[at >= 0], self.weight[chosen, family][at >= 0], minlength=len(self.capacity)
            )
        return used
