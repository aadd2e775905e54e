"""How good a list is: recall, NDCG, hit rate, reciprocal rank, coverage, head and tail, revenue."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CUTS = (5, 10, 20)
HEAD_SHARE = 0.8


@dataclass(frozen=True)
class Truth:
    """What was really bought: who is judged, on what, and what it was worth.

    Args:
        wanted: judged customers (or carts) x products, ones where it was bought.
        worth: revenue a product brings, or None.
        head: whether a product belongs to the best sellers that make 80 % of sales.
    """

    wanted: Any
    worth: Floats | None
    head: NDArray[np.bool_]


def head_products(sales: Floats) -> NDArray[np.bool_]:
    """The fewest products that make 80 % of the sales."""
    order = np.argsort(-sales, kind="stable")
    before = np.cumsum(sales[order]) - sales[order]
    head = np.zeros(len(sales), dtype=bool)
    head[order] = before < HEAD_SHARE * max(float(sales.sum()), 1e-12)
    return head


def hits(lists: Ints, truth: Truth) -> NDArray[np.bool_]:
    """Whether each listed product was bought; -1 in a list is an empty place. Shape of `lists`."""
    rows = np.arange(len(lists))[:, None]
    found = np.asarray(truth.wanted[rows, np.maximum(lists, 0)].todense()) > 0
    return found & (lists >= 0)


def measures(lists: Ints, truth: Truth) -> dict[str, Floats]:
    """Every measure of each judged customer; NaN where it does not apply to the customer.

    `ndcg@k` has the ideal of k places; `ndcg_full@k` the ideal of all wanted products, as in the published
    next-basket benchmarks (arXiv 2109.14233), and is never larger.
    """
    found = hits(lists, truth)
    wanted = np.diff(truth.wanted.indptr).astype(np.float64)
    discount = 1.0 / np.log2(np.arange(2, int(max(wanted.max(initial=1), lists.shape[1])) + 2))
    ideal: Floats = np.cumsum(discount)
    first: Ints = np.where(found.any(1), found.argmax(1) + 1, 0)
    out: dict[str, Floats] = {}
    for k in CUTS:
        seen = found[:, :k]
        width = seen.shape[1]
        gain: Floats = seen.astype(np.float64) @ discount[:width]
        out[f"recall@{k}"] = np.asarray(seen.sum(1) / wanted, dtype=np.float64)
        out[f"ndcg@{k}"] = np.asarray(gain / ideal[np.minimum(wanted, k).astype(int) - 1])
        out[f"ndcg_full@{k}"] = np.asarray(gain / ideal[wanted.astype(int) - 1])
        out[f"hit@{k}"] = np.asarray(seen.any(1), dtype=np.float64)
    out["mrr"] = np.where(first > 0, 1.0 / np.maximum(first, 1), 0.0)
    out |= _parts(lists[:, :10], found[:, :10], truth)
    return out


def _parts(lists: Ints, found: NDArray[np.bool_], truth: Truth) -> dict[str, Floats]:
    out: dict[str, Floats] = {}
    products = np.maximum(lists, 0)
    masks = {"recall_head@10": truth.head.astype(float), "recall_tail@10": (~truth.head).astype(float)}
    if truth.worth is not None:
        masks["recall_revenue@10"] = truth.worth
    for name, weight in masks.items():
        whole = np.asarray(truth.wanted @ weight).ravel()
        got = (found * weight[products]).sum(1)
        out[name] = np.divide(got, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return out


def coverage(lists: Ints, n_products: int, k: int = 10) -> float:
    """Share of the products that stand in anybody's first `k`."""
    listed = lists[:, :k]
    return len(np.unique(listed[listed >= 0])) / max(n_products, 1)
