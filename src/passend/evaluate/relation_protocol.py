"""Do relations hold? Learnt from the earlier orders, judged by what later orders put beside a product."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from passend.evaluate.lists import LENGTH, best_lists
from passend.evaluate.metrics import Truth, head_products
from passend.evaluate.planned import frame_of
from passend.evaluate.protocols import OURS, Choice, Trial, need_judged, worth_of
from passend.flow.estimators import Relations
from passend.products.next_product.order_table import OrderTable
from passend.products.next_product.purchases import Purchases
from passend.products.next_product.sparse_rows import Ints, Rows, counted, marked, sums

_LEARNT = 0.8
_LEAST = 5


def relations_hold(table: OrderTable, choice: Choice) -> Trial:
    """Learn relations from the first four fifths of the orders; of each later order show one product, ask for the rest.

    Baselines know the same orders: *raw counts* (most often together), *lift rules* (highest lift among pairs seen at
    least five times) and *global popularity*. A list of complements is as long as what was found to be beyond chance,
    so that passend's may be shorter than theirs.

    Args:
        table: the orders.
        choice: what to run.

    Raises:
        InvalidInput: no later order holds two products that were sold before.
    """
    lines = table.purchases
    orders = np.unique(lines.order)
    first = np.full(int(lines.order.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, lines.order, lines.when)
    ranked = orders[np.lexsort((orders, first[orders]))]
    learnt = np.zeros(len(first), bool)
    learnt[ranked[: int(_LEARNT * len(ranked))]] = True
    past, later = lines.where(learnt[lines.order]), lines.where(~learnt[lines.order])
    shape = (len(first), lines.n_products)
    held = marked(counted(past.order, past.product, shape))
    asked, truth_rows, judged = _questions(later, held, shape, choice)
    need_judged(judged, "later orders with two products that were sold before")
    start = time.perf_counter()
    lists = {OURS: _complements(past)[asked]}
    seconds = {OURS: time.perf_counter() - start}
    together = (held.T @ held).tocsr()
    together.setdiag(0)
    together.eliminate_zeros()
    for name in choice.wanted(_BASELINES):
        start = time.perf_counter()
        score = _BASELINES[name](together, sums(held, 0))
        itself = counted(np.arange(len(asked)), asked, (len(asked), lines.n_products))

        def scores(block: Ints, score: Callable[[Ints], Any] = score) -> Any:
            return score(asked[block])

        lists[name] = best_lists(scores, np.arange(len(asked)), itself.shape, itself)
        seconds[name] = time.perf_counter() - start
    truth = Truth(truth_rows, worth_of(table), head_products(sums(held, 0).astype(np.float64)))
    return Trial(lists, seconds, truth, [str(code) for code in judged.tolist()])


def _questions(
    later: Purchases, held: Rows, shape: tuple[int, int], choice: Choice
) -> tuple[Ints, Rows, Ints]:
    """For each later order the product shown, the products asked for, and the order's code."""
    known = sums(held, 0) > 0
    kept = later.where(known[later.product])
    rows = marked(counted(kept.order, kept.product, shape))
    judged = np.flatnonzero(np.diff(rows.indptr) >= 2)
    random = np.random.default_rng(choice.seed)
    if len(judged) > choice.most:
        judged = np.sort(random.choice(judged, choice.most, replace=False))
    rows = rows[judged]
    place = rows.indptr[:-1] + (random.random(len(judged)) * np.diff(rows.indptr)).astype(np.int64)
    asked = rows.indices[place].astype(np.int64)
    shown = counted(np.arange(len(judged)), asked, rows.shape)
    wanted = (rows - shown).tocsr()
    wanted.eliminate_zeros()
    return asked, wanted, judged


def _complements(past: Purchases) -> Ints:
    """For each product its complements, best first, in codes."""
    found = Relations(per_product=LENGTH).fit(frame_of(past)).table()
    lists = np.full((past.n_products, LENGTH), -1, np.int64)
    for row in found.select(["product_id", "other_id", "type", "rank"]).to_pylist():
        if row["type"] == "complement" and row["rank"] <= LENGTH:
            lists[int(row["product_id"][1:]), row["rank"] - 1] = int(row["other_id"][1:])
    return lists


def _raw_counts(together: Rows, _sold: Any) -> Callable[[Ints], Any]:
    return lambda products: together[products].toarray()


def _lift_rules(together: Rows, sold: Any) -> Callable[[Ints], Any]:
    rules = together.copy().astype(np.float32)
    rules.data[rules.data < _LEAST] = 0
    rules = rules.multiply(1.0 / np.maximum(sold, 1)[None, :]).tocsr()
    return lambda products: rules[products].toarray()


def _popularity(_together: Rows, sold: Any) -> Callable[[Ints], Any]:
    return lambda products: np.tile(sold.astype(np.float32), (len(products), 1))


_BASELINES: dict[str, Callable[[Rows, Any], Callable[[Ints], Any]]] = {
    "raw counts": _raw_counts,
    "lift rules": _lift_rules,
    "global popularity": _popularity,
}
