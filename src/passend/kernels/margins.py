"""How often two products would meet by chance: the work of popularity, basket size and season.

A pair is only worth a shelf if it is bought together more often than that. Two nulls are served, each within
strata that the caller chooses (a month, a size of basket, both): independence, where a product is in a basket
or not whatever else is in it, and slots, where each place beside a product is filled by the products' share
of places, so that large baskets make no pair look related.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.kernels.baskets import Baskets
from passend.kernels.grouping import checked_codes
from passend.kernels.partitions import in_threads, usable_cores


@dataclass(frozen=True)
class Margins:
    """What is known of each product alone.

    Attributes:
        n_baskets: The number of baskets that hold anything.
        total_slots: W, the sum of size x (size - 1) over baskets: places beside a product.
        support: int64 (products), the number of baskets that hold the product, by product code.
        slots: int64 (products), w: the sum of (size - 1) over the baskets that hold the product.
    """

    n_baskets: int
    total_slots: int
    support: NDArray[np.int64]
    slots: NDArray[np.int64]


@dataclass(frozen=True)
class StratumMargins:
    """What is known of each product alone, within each stratum.

    Attributes:
        counts: int64 (products x strata), baskets that hold the product, or its slots.
        totals: int64 (strata), baskets that hold anything, or all slots.
    """

    counts: NDArray[np.int64]
    totals: NDArray[np.int64]


def margins(baskets: Baskets) -> Margins:
    """Count each product's baskets and the places beside it."""
    sizes = baskets.sizes
    by_rank = np.zeros((baskets.n_products, 1), dtype=np.int64)
    one_stratum = np.zeros(baskets.n_baskets, dtype=np.int32)
    _add_slots(baskets.starts, baskets.items, one_stratum, by_rank)
    support, slots = np.empty(baskets.n_products, np.int64), np.empty(baskets.n_products, np.int64)
    support[baskets.code_of_rank] = baskets.support
    slots[baskets.code_of_rank] = by_rank[:, 0]
    return Margins(int((sizes > 0).sum()), int((sizes * (sizes - 1)).sum()), support, slots)


def stratum_margins(
    baskets: Baskets, strata: NDArray[np.integer[Any]], *, n_strata: int | None = None, slots: bool = False
) -> StratumMargins:
    """Count each product's baskets, or the places beside it, in each stratum of baskets.

    Args:
        baskets: From `group_lines`.
        strata: The stratum of each basket, coded 0 ... n_strata - 1: month x size, for example.
        n_strata: The number of strata; by default the highest code plus one.
        slots: Count places beside the product instead of baskets.
    """
    stratum_of, n_strata = checked_codes("stratum", strata, n_strata)
    if len(strata) != baskets.n_baskets:
        raise InvalidInput(
            f"There are {len(strata)} strata for {baskets.n_baskets} baskets.",
            remedy="Give one stratum a basket.",
        )
    sizes = baskets.sizes
    weights = sizes * (sizes - 1) if slots else sizes > 0
    totals = np.zeros(n_strata, dtype=np.int64)
    np.add.at(totals, stratum_of, weights)
    by_rank = np.zeros((baskets.n_products, n_strata), dtype=np.int64)
    (_add_slots if slots else _add_baskets)(baskets.starts, baskets.items, stratum_of, by_rank)
    counts = np.empty_like(by_rank)
    counts[baskets.code_of_rank] = by_rank
    return StratumMargins(counts, totals)


def expected_pairs(
    within: StratumMargins,
    left: NDArray[np.integer[Any]],
    right: NDArray[np.integer[Any]],
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """In how many baskets each pair would lie by chance: E_ab = sum over strata of n_as n_bs / N_s.

    With slots for counts it is the configuration model, w_as w_bs / W_s: each product keeps its number of
    places beside others, and each basket its size (Newman, Networks, 2nd ed., chapter 12).

    Args:
        within: From `stratum_margins`.
        left: The product code of one side of each pair.
        right: The product code of the other side.
        threads: The number of threads; by default all cores this process may use.
    """
    n_products = len(within.counts)
    one, _ = checked_codes("left product", left, n_products)
    two, _ = checked_codes("right product", right, n_products)
    if len(left) != len(right):
        raise InvalidInput(
            f"There are {len(left)} left but {len(right)} right products.", remedy="Give pairs."
        )
    share = np.divide(1.0, within.totals, out=np.zeros(len(within.totals)), where=within.totals > 0)
    expected = np.empty(len(left))
    workers = threads or usable_cores()
    cuts = np.linspace(0, len(left), workers + 1).astype(np.int64)
    parts = [slice(first, last) for first, last in pairwise(cuts)]
    in_threads(
        lambda part: _expect(within.counts, share, one[part], two[part], expected[part]), parts, workers
    )
    return expected


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _add_baskets(
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    strata: NDArray[np.int32],
    by_rank: NDArray[np.int64],
) -> None:
    """Add one for each basket of each product in the basket's stratum."""
    for i in range(len(starts) - 1):
        for line in range(starts[i], starts[i + 1]):
            rank = items[line]
            by_rank[rank if rank >= 0 else ~rank, strata[i]] += 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _add_slots(
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    strata: NDArray[np.int32],
    by_rank: NDArray[np.int64],
) -> None:
    """Add the places beside each product in the basket's stratum."""
    for i in range(len(starts) - 1):
        for line in range(starts[i], starts[i + 1]):
            rank = items[line]
            by_rank[rank if rank >= 0 else ~rank, strata[i]] += starts[i + 1] - starts[i] - 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _expect(
    counts: NDArray[np.int64],
    share: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    expected: NDArray[np.float64],
) -> None:
    """E_ab of each pair; share is 1 / N_s, or 0 for an empty stratum."""
    for i in range(len(left)):
        total = 0.0
        for stratum in range(len(share)):
            total += counts[left[i], stratum] * share[stratum] * counts[right[i], stratum]
        expected[i] = total
