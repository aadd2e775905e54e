"""Counts pairs with the kernels where the tables lie on this machine; on a cluster the SQL of that name does.

Both make the same table by the same contract; a test compares them.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.kernels.baskets import Baskets, group_lines
from passend.kernels.expected_pairs import CellWeights, cell_weights, expected_pairs
from passend.kernels.histories import Window
from passend.kernels.order_lines import CodedLines, read_order_lines
from passend.kernels.pair_counts import collect, count_pairs
from passend.kernels.sequence_counts import count_sequences
from passend.ports import Engine
from passend.settings import Settings

Count = Callable[[Engine, Settings], pa.Table]


def pair_counts(engine: Engine, settings: Settings) -> pa.Table:
    """In how many orders two products are together; the smaller product of each pair comes first.

    Returns:
        product_id, other_id, together, expected: see ``products/sql/pair_counts.sql``.
    """
    lines = read_lines(engine, "basket_products", order="order_id")
    pairs = collect(
        count_pairs(telling_baskets(lines, settings), min_support=settings.whole("products.min_together"))
    )
    place = alphabetical(lines.product_ids)
    swapped = place[pairs.left] > place[pairs.right]
    first = np.where(swapped, pairs.right, pairs.left)
    second = np.where(swapped, pairs.left, pairs.right)
    places, odds = cells_of(engine.fetch("product_places"), lines, "places", "odds")
    expected = expected_pairs(odds, places, first, second) + expected_pairs(places, odds, first, second)
    return pa.table(
        {
            "product_id": names_of(lines, first),
            "other_id": names_of(lines, second),
            "together": pa.array(pairs.count, pa.int64()),
            "expected": pa.array(expected / 2, pa.float64()),
        }
    )


def follow_counts(engine: Engine, settings: Settings) -> pa.Table:
    """How many customers bought one product first and another for the first time later, within the window.

    Returns:
        product_id, other_id, followed, expected: see ``products/sql/follow_counts.sql``.
    """
    lines = read_lines(engine, "first_steps", order="customer_id", quantity="step")
    steps = np.zeros(0, np.int64) if lines.quantity is None else lines.quantity.astype(np.int64)
    window = Window(1, settings.whole("products.window_days"), first_only=True)
    blocks = [
        (block.first, block.then, block.count)
        for block in count_sequences(
            lines.basket, lines.product, steps, window, min_support=settings.whole("products.min_together")
        )
    ]
    empty = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
    first, then, followed = (np.concatenate(parts) for parts in zip(empty, *blocks, strict=True))
    after, before = cells_of(engine.fetch("step_places"), lines, "after", "before")
    return pa.table(
        {
            "product_id": names_of(lines, first),
            "other_id": names_of(lines, then),
            "followed": pa.array(followed, pa.int64()),
            "expected": pa.array(expected_pairs(after, before, first, then), pa.float64()),
        }
    )


#: Tables that a kernel makes faster than SQL, where the engine's tables lie on this machine.
KERNELS: Mapping[str, Count] = {"pair_counts": pair_counts, "follow_counts": follow_counts}


def read_lines(engine: Engine, table: str, order: str, quantity: str | None = None) -> CodedLines:
    """An engine's table as codes, through Parquet, so that it never stands in memory as text."""
    folder = Path(tempfile.mkdtemp(prefix="passend-count-"))
    try:
        return read_order_lines(engine.write(table, folder), order=order, quantity=quantity)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cells_of(table: pa.Table, lines: CodedLines, *columns: str) -> list[CellWeights]:
    """Columns of a table of products in cells as matrices over the products' codes."""
    names = table["product_id"].combine_chunks()
    known = lines.product_ids.cast(names.type)
    product = pc.index_in(names, value_set=known).to_numpy(zero_copy_only=False).astype(np.int64)
    cell = table["cell"].to_numpy().astype(np.int64)
    return [
        cell_weights(product, cell, table[column].to_numpy().astype(np.float64), n_products=len(known))
        for column in columns
    ]


def telling_baskets(lines: CodedLines, settings: Settings, products: tuple[int, int] = (2, 10**9)) -> Baskets:
    """The orders that tell of pairs: of two products or more (or of so many, from and to), and no stock-ups."""
    sizes = np.bincount(lines.basket, minlength=len(lines.order_ids))
    least, most = products
    most = min(most, settings.whole("products.max_basket"))
    usable = ((sizes >= least) & (sizes <= most))[lines.basket]
    return group_lines(
        lines.basket[usable],
        lines.product[usable],
        n_baskets=len(lines.order_ids),
        n_products=len(lines.product_ids),
    )


def alphabetical(ids: pa.Array) -> np.ndarray:
    """Place of each id in the order of the alphabet."""
    place = np.empty(len(ids), np.int64)
    place[pc.sort_indices(ids).to_numpy()] = np.arange(len(ids))
    return place


def names_of(lines: CodedLines, codes: np.ndarray) -> pa.Array:
    """The shop's numbers of coded products."""
    return lines.product_ids.take(pa.array(codes, pa.int64())).cast(pa.string())
