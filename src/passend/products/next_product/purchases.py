"""Who bought what, in which order and when: coded arrays, and what was known at one moment."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from passend.products.next_product.sparse_rows import Floats, Ints, Rows, counted, marked, sums

NOBODY = -1


@dataclass(frozen=True)
class Purchases:
    """Order lines in codes.

    Args:
        customer: code of the customer of each line, -1 for a sale to nobody known.
        order: code of the order of each line.
        product: code of the product of each line.
        when: place of the order in time: days since the epoch, or the position in the customer's history.
        dated: whether `when` is a calendar that all customers share.
        n_customers: number of customer codes.
        n_products: number of product codes.
    """

    customer: Ints
    order: Ints
    product: Ints
    when: NDArray[np.float64]
    dated: bool
    n_customers: int
    n_products: int

    def where(self, mask: NDArray[np.bool_]) -> "Purchases":
        """The lines that the mask keeps; codes stay."""
        return Purchases(
            self.customer[mask],
            self.order[mask],
            self.product[mask],
            self.when[mask],
            self.dated,
            self.n_customers,
            self.n_products,
        )

    def before(self, now: float) -> "Purchases":
        """The lines that were known at `now`."""
        return self.where(self.when < now)

    @cached_property
    def turns_back(self) -> Ints:
        """0 for a line of the customer's last order, 1 for the one before, and so on; 0 for nobody."""
        keys = np.lexsort((self.order, self.when, self.customer))
        customer, order = self.customer[keys], self.order[keys]
        fresh = np.ones(len(keys), dtype=bool)
        fresh[1:] = (customer[1:] != customer[:-1]) | (order[1:] != order[:-1])
        place = np.cumsum(fresh)
        last = np.zeros(self.n_customers + 1, dtype=np.int64)
        np.maximum.at(last, customer, place)  # code -1 falls on the spare last slot
        back = np.empty(len(keys), dtype=np.int64)
        back[keys] = np.where(customer >= 0, last[customer] - place, 0)
        return back


@dataclass(frozen=True)
class Snapshot:
    """Everything a model may know at one moment: nothing in it is later than `now`."""

    purchases: Purchases
    now: float

    @cached_property
    def _known(self) -> Purchases:
        return self.purchases.where(self.purchases.customer >= 0)

    @property
    def shape(self) -> tuple[int, int]:
        """Customers and products."""
        return self.purchases.n_customers, self.purchases.n_products

    @cached_property
    def bought(self) -> Rows:
        """How many times each customer bought each product."""
        return counted(self._known.customer, self._known.product, self.shape)

    @cached_property
    def owned(self) -> Rows:
        """Whether each customer ever bought each product."""
        return marked(self.bought)

    def recent(self, fading: float) -> Rows:
        """Purchases that count less the further back: `fading` to the power of the orders since (TIFU-KNN)."""
        weights = (fading**self._known.turns_back).astype(np.float32)
        return counted(self._known.customer, self._known.product, self.shape, weights)

    @cached_property
    def last(self) -> Rows:
        """The last order of each customer."""
        final = self._known.where(self._known.turns_back == 0)
        return marked(counted(final.customer, final.product, self.shape))

    @cached_property
    def baskets(self) -> tuple[Rows, Ints, Ints]:
        """Orders by products, the customer of each order, and its turns back; sorted by customer, then time."""
        lines = self.purchases
        order = np.lexsort((lines.order, -lines.turns_back, lines.customer))
        codes = lines.order[order]
        customer = lines.customer[order]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (codes[1:] != codes[:-1]) | (customer[1:] != customer[:-1])
        row = np.cumsum(fresh) - 1
        matrix = marked(counted(row, lines.product[order], (int(fresh.sum()), lines.n_products)))
        return matrix, customer[fresh], lines.turns_back[order][fresh]

    @cached_property
    def orders_of(self) -> Floats:
        """Number of orders of each customer."""
        _, owner, _ = self.baskets
        return np.bincount(owner[owner >= 0], minlength=self.shape[0]).astype(np.float32)

    def warm(self) -> None:
        """Work out now what several threads are about to ask for, so that it is done once."""
        _ = self.owned, self.last, self.habits

    @cached_property
    def habits(self) -> Floats:
        """How each customer shops, on log scales: orders, lines an order, last order, share of new things.

        With a calendar, days since the last order and days since the first follow.
        Shape: customers x 9 (dated: x 11).
        """
        orders = np.maximum(self.orders_of, 1.0)
        lines = sums(self.bought, 1)
        distinct = sums(self.owned, 1)
        latest = sums(self.last, 1)
        often = np.log(orders)
        facts = [
            often,
            often**2,
            often**3,
            np.log1p(lines / orders),
            np.log1p(latest),
            distinct / np.maximum(lines, 1.0),
            orders <= 2,
            orders == 3,
            orders == 4,
        ]
        if self.purchases.dated:
            facts += self._calendar_habits()
        return np.stack([np.asarray(fact, dtype=np.float32) for fact in facts], axis=1)

    def _calendar_habits(self) -> list[Floats]:
        latest = np.full(self.shape[0], -np.inf)
        first = np.full(self.shape[0], np.inf)
        np.maximum.at(latest, self._known.customer, self._known.when)
        np.minimum.at(first, self._known.customer, self._known.when)
        since = np.where(np.isfinite(latest), self.now - latest, 1e4)
        known_for = np.where(np.isfinite(first), self.now - first, 0.0)
        return [
            np.log1p(np.maximum(since, 0)).astype(np.float32),
            np.log1p(np.maximum(known_for, 0)).astype(np.float32),
        ]
