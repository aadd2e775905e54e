"""One sentence a recommendation: the strongest evidence, in words for the person who makes the offer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, counted, marked

FEWEST_TOGETHER = 3
_TOLD_TOGETHER = 5
_TOLD_STRENGTH = 2.0
_TOLD_LIFT = 1.5
_CELLS = 4_000_000  # of counts at a time
ANCHORS = 40  # of a long history the latest purchases speak


@dataclass(frozen=True)
class Kinds:
    """What may have been bought in any case, since the customer buys of that kind.

    Attributes:
        of: of each pair of product and anchor the product's kind, where the customer buys of it anyway; else -1.
        product: by product code its kind; -1 where none is known.
    """

    of: Ints
    product: Ints

    def buyers(self, by_product: Rows) -> Rows:
        """Who bought anything of each kind."""
        known = np.flatnonzero(self.product >= 0)
        shape = int(self.product.max(initial=0)) + 1, len(self.product)
        return marked((counted(self.product[known], known, shape) @ by_product).tocsr())


@dataclass(frozen=True)
class Witness:
    """Who can testify: buyers (customers, or orders for carts) by products, and words for the product codes."""

    buyers: Rows
    names: pa.Array

    @cached_property
    def _by_product(self) -> Rows:
        return marked(self.buyers).T.tocsr()

    @cached_property
    def _counts(self) -> Ints:
        return np.asarray(np.diff(self._by_product.indptr), dtype=np.int64)

    def count(self, product: int) -> int:
        """How many bought it."""
        return int(self._counts[product])

    def ties(self, products: Ints, anchors: Ints, kinds: Kinds | None = None) -> tuple[Ints, Ints, Floats]:
        """For pairs of product and anchor: buyers of both, of the anchor, and the surprise (-inf: none).

        It is the best of many purchases, so it asks for more than :meth:`strongest_ties`: five buyers, twice the
        deviation, and that the anchor's buyers take the product half as often again as all buyers do; ``kinds``: or as
        all buyers of its kind do.
        """
        both = np.zeros(len(products), dtype=np.int64)
        width = max(_CELLS // max(self._by_product.shape[0], 1), 1)
        wanted, row = np.unique(products, return_inverse=True)
        for first in range(0, len(wanted), width):
            here = (row >= first) & (row < first + width)
            common = (self._by_product[wanted[first : first + width]] @ self._by_product.T).toarray()
            both[here] = common[row[here] - first, anchors[here]].round()
        of = self._counts[anchors]
        expected = self._counts[products] * of / max(self.buyers.shape[0], 1)
        if kinds is not None:
            expected = np.where(kinds.of >= 0, self._within(products, anchors, kinds), expected)
        strength = _strength(both, expected)
        strength[
            (both < _TOLD_TOGETHER) | (strength <= _TOLD_STRENGTH) | (both < _TOLD_LIFT * expected)
        ] = -np.inf
        return both, of, strength

    def _within(self, products: Ints, anchors: Ints, kinds: Kinds) -> Floats:
        """Buyers of both to expect where the product is bought by whoever buys of its kind, whatever else they have."""
        of_kind = kinds.buyers(self._by_product)
        both = (of_kind @ self._by_product.T).tocsr()
        kind = np.maximum(kinds.of, 0)
        everybody = np.maximum(np.diff(of_kind.indptr), 1)
        seen = np.asarray(both[kind, anchors], np.float64).ravel()
        return np.asarray(seen * self._counts[products] / everybody[kind], np.float64)

    def strongest_ties(self, products: Ints, anchors: Ints) -> list[tuple[int, int, int] | None]:
        """For each product the anchor whose buyers most surprisingly bought it too: anchor, both, its buyers."""
        if not len(anchors):
            return [None] * len(products)
        both = (self._by_product[products] @ self._by_product[anchors].T).toarray()
        expected = np.outer(self._counts[products], self._counts[anchors]) / max(self.buyers.shape[0], 1)
        strength = _strength(both, expected)
        strength[both < FEWEST_TOGETHER] = -np.inf
        best = strength.argmax(axis=1)
        return [
            (int(anchors[one]), round(float(both[row, one])), int(self._counts[anchors[one]]))
            if strength[row, one] > 1.0
            else None
            for row, one in enumerate(best.tolist())
        ]

    def name(self, product: int) -> str:
        """The word for a product code."""
        return str(self.names[product])


def _strength(both: Ints | Floats, expected: Floats) -> Floats:
    """How surprising it is that so many bought both, in standard deviations of a count that is one larger."""
    return np.asarray((both - expected) / np.sqrt(expected + 1.0))


def customer_reasons(
    witness: Witness, snapshot: Snapshot, history: dict[int, float], products: Ints
) -> list[str]:
    """Why this customer: the purchase each product goes with, with its date where there is one.

    Args:
        witness: customers by products.
        snapshot: the moment of the recommendation.
        history: product code -> time of the customer's latest purchase of it.
        products: the recommended products.
    """
    latest = sorted(history, key=lambda code: (-history[code], code))[:ANCHORS]
    out = []
    for product, tie in zip(
        products.tolist(), witness.strongest_ties(products, np.asarray(latest, dtype=np.int64)), strict=True
    ):
        if tie is None:
            out.append(
                f"new to this customer and popular now: bought by {witness.count(product):,} customers"
            )
            continue
        anchor, both, of = tie
        on = ""
        if snapshot.purchases.dated:
            day = datetime(1970, 1, 1) + timedelta(days=history[anchor])
            on = f" on {day.day} {day:%B %Y}"
        out.append(
            f"goes with {witness.name(anchor)} which you bought{on}: {both:,} of its {of:,} buyers have both"
        )
    return out


def cart_reasons(witness: Witness, cart: Ints, products: Ints) -> list[str]:
    """Why for this cart: the line each product goes with."""
    out = []
    for product, tie in zip(products.tolist(), witness.strongest_ties(products, cart), strict=True):
        if tie is None:
            out.append(f"often added to orders: in {witness.count(product):,} of {witness.buyers.shape[0]:,}")
            continue
        anchor, both, of = tie
        out.append(f"goes with {witness.name(anchor)} in the cart: together in {both:,} of its {of:,} orders")
    return out
