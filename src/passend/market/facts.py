"""Features of a customer and a product that a firm can see, for players that learn."""

import numba
import numpy as np
from numpy.typing import NDArray

from passend.market.demand import SERVED
from passend.market.view import Ints, View

Floats = NDArray[np.float64]
_ACCEPTED, _CLICKED, _UNSUBSCRIBED = 4, 3, 6
_NEVER = 400


class Facts:
    """Facts on a Monday, by customer, by product, and by pair of both; see ``rows``."""

    #: The last columns of a row: channel, discount, and the numbers of product and shelf.
    ARM = 4

    def __init__(self, view: View) -> None:
        self._view = view
        sales, count, products = view.sales, view.count, len(view.price)
        ago = view.weeks_ago(sales.at)
        who, what = sales.customer, sales.product
        money = (sales.price - sales.discount).astype(float)
        self._shelf = view.category
        shelves = int(self._shelf.max()) + 1
        self.last = np.full((count, products), 400.0, dtype=np.float32)
        np.minimum.at(self.last, (who, what), ago.astype(np.float32))
        self.last_shelf = np.full((count, shelves), 400.0, dtype=np.float32)
        np.minimum.at(self.last_shelf, (who, self._shelf[what]), ago.astype(np.float32))
        self._times_shelf = np.zeros((count, shelves), dtype=np.float32)
        np.add.at(self._times_shelf, (who, self._shelf[what]), 1.0)
        self._looked = np.full((count, shelves), 400.0, dtype=np.float32)
        traces = view.traces
        seen = traces.kind != SERVED
        np.minimum.at(
            self._looked,
            (traces.customer[seen], self._shelf[traces.product[seen]]),
            view.weeks_ago(traces.at[seen]).astype(np.float32),
        )
        self._customers = self._of_customers(who, ago, money)
        self._products = self._of_products(what, ago)
        self.follows = _follows(self.last, products)
        self._strongest = self.strongest(np.exp(-self.last / 20.0))

    def strongest(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """By customer and product the greatest lift from anything the customer has, times the weight of having it."""
        customer, product = np.nonzero(self.last < _NEVER)
        found = np.zeros(self.last.shape, dtype=np.float32)
        _raise_to(customer, product, weight, self.follows, found)
        return found

    def rows(self, customer: Ints, product: Ints, channel: Ints, discount: Floats) -> NDArray[np.float32]:
        """One row of features for each offer."""
        shelf = self._shelf[product]
        price = self._view.price[product]
        usual = self._customers[customer, 4]
        strongest = self._strongest[customer, product]
        pair = np.column_stack(
            [
                self.last[customer, product],
                self.last_shelf[customer, shelf],
                self._times_shelf[customer, shelf],
                self._looked[customer, shelf],
                strongest,
                np.log(price) - np.log(np.maximum(usual, 1)),
                channel,
                discount,
                product,
                shelf,
            ]
        )
        return np.concatenate([self._customers[customer], self._products[product], pair], axis=1).astype(
            np.float32
        )

    def _of_customers(self, who: Ints, ago: Floats, money: Floats) -> Floats:
        view, count = self._view, self._view.count
        sales, touches, traces = view.sales, view.contacts, view.traces

        def total(rows: Ints, weights: Floats | None = None) -> Floats:
            return np.bincount(rows, weights, count).astype(float)

        bought = total(who)
        spent = total(who, money)
        latest = np.full(count, 400.0)
        np.minimum.at(latest, who, ago)
        oldest = np.zeros(count)
        np.maximum.at(oldest, who, ago)
        sent = touches.outcome > 0
        contacted = touches.customer[sent]
        when = view.weeks_ago(touches.at[sent])
        is_recent = when < 12
        served = traces.kind == SERVED
        asked = total(traces.customer[served], traces.amount[served])
        last_contact = np.full(count, 400.0)
        np.minimum.at(last_contact, contacted, when)
        return np.column_stack(
            [
                latest,
                bought,
                total(who, money * (ago < 26)),
                total(who, (ago < 12).astype(float)),
                spent / np.maximum(bought, 1),
                oldest,
                total(who, sales.discount.astype(float)) / np.maximum(spent, 1),
                total(who, (sales.returned_at >= 0).astype(float)) / np.maximum(bought, 1),
                asked / np.maximum(bought, 1),
                total(contacted),
                total(contacted[is_recent]),
                total(contacted, (touches.outcome[sent] == _ACCEPTED).astype(float)),
                total(contacted, (touches.outcome[sent] == _CLICKED).astype(float)),
                last_contact,
                total(traces.customer[~served], (view.weeks_ago(traces.at[~served]) < 8).astype(float)),
            ]
        )

    def _of_products(self, what: Ints, ago: Floats) -> Floats:
        products = len(self._view.price)
        lately = np.bincount(what, (ago < 8).astype(float), products)
        ever = np.bincount(what, minlength=products).astype(float)
        last_year = np.bincount(what, ((ago > 40) & (ago < 60)).astype(float), products)
        return np.column_stack(
            [self._view.price, self._view.margin, lately, ever, last_year / np.maximum(ever, 1)]
        )


@numba.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _raise_to(
    customer: NDArray[np.int64],
    product: NDArray[np.int64],
    weight: NDArray[np.float32],
    follows: NDArray[np.float32],
    found: NDArray[np.float32],
) -> None:
    for row in range(customer.shape[0]):
        who, has = customer[row], product[row]
        for other in range(follows.shape[1]):
            lift = weight[who, has] * follows[has, other]
            found[who, other] = max(found[who, other], lift)


def _follows(last: NDArray[np.float32], products: int) -> NDArray[np.float32]:
    """By product and other: share of the product's customers who also own the other, over the share of all, shrunk."""
    owned = (last < 400).astype(np.float32)
    together = owned.T @ owned
    each = owned.sum(axis=0)
    expected = np.outer(each, each) / max(float((owned.sum(axis=1) > 0).sum()), 1.0)
    lift = ((together + 3.0) / (expected + 3.0)).astype(np.float32)
    lift[np.arange(products), np.arange(products)] = 0.0
    return lift
