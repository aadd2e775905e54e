"""A seeded generator of realistic order lines, written to Parquet in chunks.

The lines look like a retailer's export: a few best sellers and a long tail, products whose star rises and
falls over the years, small and very large orders, orders that follow a theme (so that products really go
together), article numbers with gaps, order numbers that rise with gaps. Every product stands at most once in
an order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ORDERS_A_CHUNK = 100_000
THEMES = 200
THEME_SHARE = 0.3
SIZE_SIGMA = 0.8


@dataclass(frozen=True)
class Shape:
    """How large the shop is: lines (rows), products, lines an order, seed, ids as text, order of the rows."""

    lines: int
    products: int = 50_000
    lines_an_order: float = 9.375
    seed: int = 1
    text: bool = False
    shuffled: bool = False


def write(shape: Shape, path: Path) -> None:
    """Write `order_id, product_id` to one Parquet file; memory stays at a chunk unless rows are shuffled."""
    schema = _schema(shape)
    with pq.ParquetWriter(path, schema) as writer:
        for order, product in _shuffled(shape) if shape.shuffled else _chunks(shape):
            writer.write_table(pa.table(_columns(order, product, text=shape.text), schema=schema))


def _schema(shape: Shape) -> pa.Schema:
    kind: pa.DataType = pa.string() if shape.text else pa.int64()
    return pa.schema([("order_id", kind), ("product_id", kind)])


def _columns(order: NDArray[np.int64], product: NDArray[np.int64], *, text: bool) -> dict[str, Any]:
    if not text:
        return {"order_id": order, "product_id": product}
    return {
        "order_id": pa.array([f"ORD-{number:09d}" for number in order.tolist()]),
        "product_id": pa.array([f"A-{number:07d}" for number in product.tolist()]),
    }


def _shuffled(shape: Shape) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All rows in random order, as from a table sharded by something else than the order."""
    chunks = list(_chunks(shape))
    order = np.concatenate([chunk[0] for chunk in chunks])
    product = np.concatenate([chunk[1] for chunk in chunks])
    chunks.clear()
    shuffle = np.random.default_rng(shape.seed + 1).permutation(len(order))
    for rows in np.array_split(shuffle, max(1, math.ceil(len(order) / 1_000_000))):
        yield order[rows], product[rows]


def _chunks(shape: Shape) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Orders in the order of time, about a hundred thousand a chunk, until the lines are used up."""
    rng = np.random.default_rng(shape.seed)
    article = 100_000 + 7 * rng.permutation(shape.products).astype(np.int64)
    base = (np.arange(shape.products) + 8.0) ** -0.9
    peak = rng.random(shape.products)
    written, last_order = 0, 10_000_000
    while written < shape.lines:
        weight = base * (0.3 + np.exp(-(((written / shape.lines - peak) / 0.2) ** 2)))
        order, product = _draw(rng, shape, weight)
        left = shape.lines - written
        order, product = order[:left], product[:left]
        numbers = last_order + np.cumsum(rng.integers(1, 5, size=int(order[-1]) + 1))
        yield numbers[order], article[product]
        written += len(order)
        last_order = int(numbers[-1])


def _draw(
    rng: np.random.Generator, shape: Shape, weight: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One chunk: order numbers 0, 1, 2 ... and products 0 ... P-1, duplicates within an order removed."""
    mean = shape.lines_an_order * 1.053  # what the removal of duplicates takes away again
    size = np.rint(rng.lognormal(math.log(mean) - SIZE_SIGMA**2 / 2, SIZE_SIGMA, ORDERS_A_CHUNK)).astype(
        np.int64
    )
    order = np.repeat(np.arange(ORDERS_A_CHUNK), np.maximum(size, 1))
    cumulative = np.cumsum(weight)
    product = np.searchsorted(cumulative, rng.random(len(order)) * cumulative[-1], side="right")
    product = np.minimum(product, shape.products - 1)
    # A themed line keeps its popularity tier and moves to the neighbour that belongs to the order's theme.
    theme = rng.integers(0, THEMES, ORDERS_A_CHUNK)[order]
    themed = product - product % THEMES + theme
    use = (rng.random(len(order)) < THEME_SHARE) & (themed < shape.products)
    product = np.where(use, themed, product)
    key = np.unique(order * shape.products + product)
    order, product = np.divmod(key, shape.products)
    # np.unique left the lines of an order sorted by product: shuffle them within the order.
    inside = np.argsort(order + rng.random(len(order)), kind="stable")
    return order, product[inside]
