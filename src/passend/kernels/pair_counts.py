"""How often two products lie in the same basket: exact counts, in bounded memory.

What goes together starts here. The count of every pair is exact, whatever the size of the baskets: products
are ranked by popularity, and for one product after the other the less popular companions in its baskets are
added up in one dense row of counters (Gustavson, "Two fast algorithms for sparse matrices", ACM TOMS 4(3),
1978). Popular products read memory in order, rare ones have few companions left, and no pair is looked at
twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.kernels.baskets import Baskets
from passend.kernels.pair_rows import Scratch, count_rows, invert, scratch
from passend.kernels.partitions import Part, cut, stream, usable_cores

MEMORY_BUDGET_BYTES = 256 * 2**20
"""Default working memory for counters and blocks, beside the baskets and their inverse."""

_PARTS_A_WORKER = 16


@dataclass(frozen=True)
class PairBlock:
    """A part of all pairs; no pair is in two blocks.

    Attributes:
        left: int32, the smaller product code of the pair.
        right: int32, the larger one.
        count: int64, the number of baskets that hold both.
        weight: float64, the sum of those baskets' weights, or None if baskets have no weights.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    count: NDArray[np.int64]
    weight: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.left)

    def to_arrow(self) -> pa.RecordBatch:
        """The block as Arrow: left, right, count and, if there are weights, weight."""
        columns: dict[str, Any] = {"left": self.left, "right": self.right, "count": self.count}
        return pa.RecordBatch.from_pydict(
            columns if self.weight is None else {**columns, "weight": self.weight}
        )


def count_pairs(
    baskets: Baskets,
    *,
    min_support: int = 1,
    weights: NDArray[np.floating[Any]] | None = None,
    memory_budget: int = MEMORY_BUDGET_BYTES,
    threads: int | None = None,
) -> Iterator[PairBlock]:
    """Count in how many baskets each two products lie together, and hand the counts out block by block.

    Blocks come while counting goes on: filter each, write it to Parquet, or `collect` them all. The order of
    blocks and pairs depends on the input only.

    Args:
        baskets: From `group_lines`.
        min_support: Pairs in fewer baskets than this are left out.
        weights: float (baskets), for example 1 / (size - 1) so that a large basket does not shout; the pairs'
            `weight` sums it, `count` and `min_support` stay plain counts.
        memory_budget: Bytes for counters and blocks. Smaller means more, smaller blocks, never a failure: one
            product is always counted in one piece.
        threads: The number of threads; by default all cores this process may use.
    """
    if min_support < 1 or memory_budget < 1:
        raise InvalidInput(
            f"min_support is {min_support} and memory_budget {memory_budget}.",
            remedy="Both must be at least 1.",
        )
    if weights is not None and (len(weights) != baskets.n_baskets or not np.isfinite(weights).all()):
        raise InvalidInput(
            f"There are {len(weights)} basket weights for {baskets.n_baskets} baskets, or some are missing.",
            remedy="Give one finite weight a basket.",
        )
    workers = threads or usable_cores()
    return _blocks(baskets, min_support, weights, memory_budget, workers)


def collect(blocks: Iterator[PairBlock]) -> PairBlock:
    """All blocks as one, for results known to fit into memory."""
    found = list(blocks)
    weighted = [block.weight for block in found if block.weight is not None]
    return PairBlock(
        np.concatenate([np.empty(0, np.int32), *(block.left for block in found)]),
        np.concatenate([np.empty(0, np.int32), *(block.right for block in found)]),
        np.concatenate([np.empty(0, np.int64), *(block.count for block in found)]),
        np.concatenate(weighted) if weighted else None,
    )


def _blocks(
    baskets: Baskets,
    min_support: int,
    weights: NDArray[np.floating[Any]] | None,
    memory_budget: int,
    workers: int,
) -> Iterator[PairBlock]:
    weighted = weights is not None
    per_basket = np.ascontiguousarray(weights, dtype=np.float64) if weights is not None else np.empty(0)
    inverse = invert(baskets, workers, weighted=weighted)
    n_products = baskets.n_products
    # A row has no more frequent pairs than its companions allow, nor than there are products after it.
    room = np.minimum(inverse.work // min_support, n_products - 1 - np.arange(n_products))
    bytes_a_pair = 24 if weighted else 16
    counters = n_products * (16 if weighted else 8)
    most_room = max(1, (memory_budget // workers - counters) // (3 * bytes_a_pair))
    parts = cut(
        inverse.work,
        room,
        most_work=max(1, int(inverse.work.sum()) // (workers * _PARTS_A_WORKER)),
        most_room=most_room,
    )
    room_so_far = np.concatenate([[0], np.cumsum(room)])
    widest = max((int(room_so_far[last] - room_so_far[first]) for first, last in parts), default=0)

    def count(part: Part, space: Scratch) -> PairBlock:
        n = count_rows(*part, min_support, inverse, baskets.items, baskets.code_of_rank, per_basket, space)
        return PairBlock(
            space.left[:n].copy(),
            space.right[:n].copy(),
            space.counted[:n].copy(),
            space.weighed[:n].copy() if weighted else None,
        )

    yield from stream(parts, count, lambda: scratch(n_products, widest, weighted=weighted), workers)
