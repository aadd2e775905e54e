"""What a firm sees on a Monday: the contract tables up to now, the limits, and the same facts as arrays."""

from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.market.catalogue import KINDS
from passend.market.logs import Lines, Touches, Traces, joined
from passend.market.offers import Limits
from passend.market.world import WEEK, Market

Ints = NDArray[np.int64]


class View:
    """Everything that a policy may know. Arrays hold nothing that is not in the tables; they only save time.

    Customers, products and channels are numbered from 0: customer 0 is ``K1000``, products are in the order of the
    table ``products``, channels in that of ``CHANNELS``. A customer who has left is not marked: no firm is told.
    """

    def __init__(self, market: Market, limits: Limits, last_contact: Ints) -> None:
        self._market = market
        self.limits = limits
        self.week = market.week
        self._last = last_contact

    @property
    def today(self) -> datetime:
        """The present, naive UTC."""
        return self._market.today

    def table(self, name: str) -> pa.Table:
        """A contract table, up to now: orders, returns, products, customers, contacts, consents and the others."""
        return self._market.table(name)

    @cached_property
    def customers(self) -> Ints:
        """Numbers of the customers who are known by now."""
        return np.flatnonzero(self._market.people.begins < self.week)

    @property
    def agreed(self) -> NDArray[np.bool_]:
        """By customer and channel: agreed to be contacted there, and has not withdrawn."""
        return self._market.state.consent

    @cached_property
    def permitted(self) -> NDArray[np.bool_]:
        """By customer and channel: may be contacted there, and the least gap since the last contact has passed."""
        is_free = self.week - self._last >= self.limits.gap_weeks
        known = self._market.people.begins < self.week
        open_channels = np.array(self.limits.capacity) > 0
        return np.asarray(self._market.state.consent & (is_free & known)[:, None] & open_channels)

    @cached_property
    def reachable(self) -> Ints:
        """Numbers of the customers who may be contacted on some channel today."""
        return np.flatnonzero(self.permitted.any(axis=1))

    @cached_property
    def sales(self) -> Lines:
        """Order lines with a known customer; what comes back later is not yet marked."""
        lines: Lines = joined(Lines, self._market.log.lines)  # type: ignore[assignment]
        mine = (lines.at < self._market.minute) & ~lines.guest
        rows = {name: getattr(lines, name)[mine] for name in Lines.__dataclass_fields__}
        back = np.where(rows["returned_at"] < self._market.minute, rows["returned_at"], -1)
        return Lines(**{**rows, "returned_at": back})

    @cached_property
    def contacts(self) -> Touches:
        """Contacts of the past and what came of them."""
        return joined(Touches, self._market.log.touches)  # type: ignore[return-value]

    @cached_property
    def traces(self) -> Traces:
        """Views, searches, carts left behind, and service."""
        traces: Traces = joined(Traces, self._market.log.traces)  # type: ignore[assignment]
        rows = traces.at < self._market.minute
        return Traces(*(getattr(traces, name)[rows] for name in Traces.__dataclass_fields__))

    @property
    def price(self) -> Ints:
        """List price by product, in cents."""
        return self._market.catalogue.goods.price

    @property
    def margin(self) -> Ints:
        """Price less unit cost by product, in cents."""
        return self._market.catalogue.goods.price - self._market.catalogue.goods.cost

    @cached_property
    def category(self) -> Ints:
        """Category number by product."""
        goods = self._market.catalogue.goods
        words = self._market.catalogue.categories
        return np.unique(words[goods.family].astype(str), return_inverse=True)[1]

    @cached_property
    def kind(self) -> list[str]:
        """Good, service or contract by product."""
        return [KINDS[one] for one in self._market.catalogue.kinds[self._market.catalogue.goods.family]]

    @property
    def count(self) -> int:
        """Customers in the arrays, known or not."""
        return len(self._market.people.kind)

    def weeks_ago(self, at: Ints) -> NDArray[np.float64]:
        """How many weeks ago something happened."""
        return (self.week * WEEK - at) / WEEK
