"""In which orders two products meet, by size of order: counted, and what chance and a third product would make."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from numpy.typing import NDArray

from passend.kernels.expected_pairs import CellWeights, expected_pairs
from passend.kernels.order_lines import CodedLines
from passend.kernels.pair_counts import collect, count_pairs
from passend.ports import Engine
from passend.products.counting import cells_of, telling_baskets
from passend.products.pair_mixture import Pairs
from passend.products.pair_signs import Categories, likeness_of, pieces_of, product_of_rows
from passend.settings import Settings
from passend.tables.frames import plain

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

#: Products in an order, from and to: meetings are told apart by them, as the cells of ``order_cells`` are.
SIZES = ((2, 3), (4, 7), (8, 10**9))


@dataclass(frozen=True)
class Asked:
    """Pairs by code of the product, and how many orders of each size hold both (pairs x sizes)."""

    first: Ints
    second: Ints
    together: Floats

    def taken(self, places: Ints) -> "Asked":
        """Some of the pairs."""
        return Asked(self.first[places], self.second[places], self.together[places])


@dataclass(frozen=True)
class Shop:
    """What a shop's orders and product list tell, by code of the product."""

    orders: Floats  # with each product
    sized: Floats  # of each size that tells of pairs, with each product; products x sizes
    cells: tuple[tuple[CellWeights, CellWeights], ...]  # places and odds, for each size of order
    names: Any  # CSR, products x pieces of names
    categories: Categories
    more: Any = None  # CSR, products x products: orders with both beyond chance, once that is known

    def pairs(self, asked: Asked) -> Pairs:
        """What is known of some pairs."""
        first, second, together = asked.first, asked.second, asked.together
        expected = self.expected(first, second)
        lift, same = self.categories.signs(first, second, together.sum(1), expected.sum(1))
        size = np.sqrt(self.sized[first] * self.sized[second])
        like = likeness_of(self.names, first, second)
        return Pairs(
            together, expected, self.through(first, second), size, like, lift, same.astype(np.float64)
        )

    def through(self, first: Ints, second: Ints) -> Floats:
        """Orders with both that a third would make: of its orders, the shares that both have beyond chance."""
        if self.more is None:
            return np.zeros(len(first))
        shares = sp.diags_array(1 / np.maximum(self.orders, 1)) @ self.more
        return product_of_rows(self.more, shares.T.tocsr(), first, second)

    def expected(self, first: Ints, second: Ints) -> Floats:
        """Orders with both that chance would make; pairs x sizes."""
        return (
            np.stack(
                [
                    expected_pairs(odds, places, first, second) + expected_pairs(places, odds, first, second)
                    for places, odds in self.cells
                ],
                axis=1,
            )
            / 2
        )


def met_pairs(lines: CodedLines, settings: Settings) -> Asked:
    """All pairs that an order holds, in the order of the alphabet."""
    products = len(lines.product_ids)
    by_size = [collect(count_pairs(telling_baskets(lines, settings, size), min_support=1)) for size in SIZES]
    keys = [met.left.astype(np.int64) * products + met.right for met in by_size]
    known = np.unique(np.concatenate(keys))
    together = np.zeros((len(known), len(SIZES)))
    for column, (key, met) in enumerate(zip(keys, by_size, strict=True)):
        together[np.searchsorted(known, key), column] = met.count
    return Asked(known // products, known % products, together)


def read_shop(engine: Engine, settings: Settings, lines: CodedLines, met: Asked) -> Shop:
    """What the orders and the product list tell of the products.

    Args:
        engine: holds ``product_places`` and ``products``.
        settings: the largest order that counts.
        lines: the orders, products coded in the order of the alphabet.
        met: all pairs that an order holds.
    """
    table = engine.fetch("product_places")
    size = np.minimum(table["cell"].to_numpy() % 8, len(SIZES))
    cells = []
    for one in range(1, len(SIZES) + 1):
        places, odds = cells_of(table.filter(pa.array(size == one)), lines, "places", "odds")
        cells.append((places, odds))
    known = _known(engine, lines.product_ids)
    orders = np.bincount(lines.product, minlength=len(lines.product_ids)).astype(np.float64)
    counted = (met.first, met.second, met.together.sum(1))
    places, odds = cells_of(table, lines, "places", "odds")
    categories = Categories.of(known["category"], (places, odds), counted)
    return Shop(
        orders, _sized(lines, settings), tuple(cells), pieces_of(known["name"].to_pylist()), categories
    )


def _sized(lines: CodedLines, settings: Settings) -> Floats:
    """Orders of each size with each product; products x sizes."""
    in_order = np.bincount(lines.basket, minlength=len(lines.order_ids))[lines.basket]
    telling = in_order <= settings.whole("products.max_basket")
    of_size = [telling & (in_order >= least) & (in_order <= most) for least, most in SIZES]
    products = len(lines.product_ids)
    return np.stack([np.bincount(lines.product[one], minlength=products) for one in of_size], axis=1)


def _known(engine: Engine, ids: pa.Array) -> pa.Table:
    """Name and category of the products, in the order of their codes."""
    products = plain(engine.fetch("products")).select(["product_id", "name", "category"])
    return products.take(
        pc.index_in(ids.cast(pa.string()), value_set=products["product_id"].combine_chunks())
    )
