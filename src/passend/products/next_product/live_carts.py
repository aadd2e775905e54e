"""What completes a live cart: the ranker of `carts`, laid out as flat arrays that answer within microseconds.

The signals are those that the ranker learned from, and the trees are its own; only which additions they look at is
decided by a first look, a weighted sum of the signals fitted to what the trees say. `benchmarks.serve_quality` measures
what that loses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.kernels.cart_arrays import CartArrays
from passend.kernels.cart_completion import MOST_LEAVES, POPULARITY, SHARE
from passend.products.next_product.carts import (
    FADING_CART,
    NAMES,
    PLAIN,
    POPULAR,
    Carts,
    CartSense,
    Completion,
    complete_candidates,
    completion_scores,
    learn_carts,
)
from passend.products.next_product.ease import MOST_PRODUCTS
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.ranker import Ranker, RankerSettings
from passend.products.next_product.reasons import Witness, cart_reasons
from passend.products.next_product.recommender import past_carts
from passend.products.next_product.sparse_rows import Floats, Ints, strongest

Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
#: Pairs of a product that each signal keeps: of more a cart's answers are no better, and take longer.
BESIDE = 120
#: Products beside one of which a sentence says why.
EXPLAINED = 60
#: Carts whose additions teach the first look.
_LOOKS = 2000
_RIDGE = 1.0
#: Weight of an addition that the trees do not consider at all; the first weighs 1.
_LEAST = 1e-3
#: The signals that a product has by itself.
FACTS = range(POPULARITY, SHARE)
MASK = (1 << MOST_LEAVES) - 1


@dataclass(frozen=True)
class LiveCarts:
    """What a shop answers live carts with.

    Attributes:
        arrays: for the kernel.
        products: identifiers of their codes.
        reasons: ``product``, ``other`` (codes) and ``reason`` of pairs, by product.
    """

    arrays: CartArrays
    products: pa.Array
    reasons: pa.Table


def learn_live_carts(orders: Any, products: Any = None, *, seed: int = 1) -> LiveCarts:
    """Learn from past orders what completes a cart, as `NextProduct` does for carts.

    Args:
        orders: as for `NextProduct.fit`.
        products: optional product list, likewise.
        seed: of everything random.
    """
    table = read_orders(orders, products)
    past, size = past_carts(table), table.purchases.n_products
    completion = learn_carts(past, size, table.category, RankerSettings(threads=1), seed)
    reasons = _explained(completion.sense, past, table.products)
    return LiveCarts(cart_arrays(completion, past, seed), table.products.cast(pa.string()), reasons)


def cart_arrays(completion: Completion, past: Carts, seed: int = 1) -> CartArrays:
    """A ranker of carts as arrays.

    Args:
        completion: learned from past carts.
        past: some carts, of which additions teach the first look.
        seed: which carts.
    """
    sense, ranker = completion.sense, completion.ranker
    start, item, (later, together, walk) = _beside(sense)
    ease_place = np.full(len(sense.popularity), -1, np.int32)
    ease_weights = np.empty((0, 0), np.float32)
    if sense.ease is not None:
        ease_place[sense.ease.products] = np.arange(len(sense.ease.products))
        ease_weights = np.ascontiguousarray(sense.ease.weights, np.float32)
    kind, follows, in_category = _kinds(sense)
    told = [sense.popularity, sense.popularity_last, np.nan_to_num(sense.lateness), in_category]
    facts = np.stack(told, 1).astype(np.float32)
    popular = [np.argsort(-one, kind="stable")[:POPULAR] for one in told[:2]]
    weights = _plain_look() if ranker is None else _first_look(completion, past, seed)
    look = (facts if ranker is None else np.sqrt(facts)) @ weights[FACTS.start : FACTS.stop]
    begins, threshold, left, leaf = _trees(ranker)
    return CartArrays(
        fading=FADING_CART, is_ordered=past.in_order, is_rooted=ranker is not None,
        start=start, item=item, later=later, together=together, walk=walk,
        ease_place=ease_place, ease_weights=ease_weights, facts=facts, kind=kind, follows=follows,
        popular=np.unique(np.concatenate(popular)), weights=weights, look=look.astype(np.float32),
        of_signal=begins, threshold=threshold, left=left, leaf=leaf,
    )  # fmt: skip


def _beside(sense: CartSense) -> tuple[Ints, NDArray[np.int32], list[Singles]]:
    """By product what the signals tie to it most, and each signal of each such pair."""
    size = len(sense.popularity)
    coded = [strongest(one, BESIDE).tocoo() for one in (sense.later, sense.together, sense.walk)]
    keys = [one.row.astype(np.int64) * size + one.col for one in coded]
    union = np.unique(np.concatenate(keys))
    values = []
    for key, one in zip(keys, coded, strict=True):
        of = np.zeros(len(union), np.float32)
        of[np.searchsorted(union, key)] = one.data
        values.append(of)
    start = np.searchsorted(union // max(size, 1), np.arange(size + 1))
    return start, (union % max(size, 1)).astype(np.int32), values


def _kinds(sense: CartSense) -> tuple[NDArray[np.int32], Singles, Floats]:
    """By product its category, what follows what, and by product its share of its category's sales."""
    size = len(sense.popularity)
    if sense.category is None or sense.category_later is None:
        return np.zeros(size, np.int32), np.empty((1, 0), np.float32), np.zeros(size, np.float32)
    none = len(sense.category_later) - 1
    kind = np.where(sense.category < 0, none, sense.category)
    sold = np.bincount(kind, sense.popularity, none + 1)
    follows = sense.category_later.astype(np.float32)
    return kind.astype(np.int32), follows, sense.popularity / np.maximum(sold[kind], 1e-9)


def _plain_look() -> Doubles:
    """Weights where no trees were learned: then nearness decides, and popularity only what is equal."""
    return np.array([PLAIN.get(name, 0.0) for name in NAMES])


def _first_look(completion: Completion, past: Carts, seed: int) -> Doubles:
    """Weights of the roots of the signals that come nearest to what the trees say, above all of what they say first.

    It is a regression within carts: what is the same for all additions to a cart decides nothing.
    """
    rng = np.random.default_rng(seed)
    whole = np.flatnonzero(past.lengths() >= 2)
    some = past.picked(np.sort(rng.choice(whole, min(_LOOKS, len(whole)), replace=False)))
    asked = complete_candidates(completion.sense, some.without_last()[0])
    roots = np.sqrt(np.maximum(np.nan_to_num(asked.features), 0.0)).astype(float)
    said = completion_scores(completion, asked).astype(float)
    highest = np.full(some.n_carts, -np.inf)
    np.maximum.at(highest, asked.customer, said)
    share = np.exp(said - highest[asked.customer]) + _LEAST
    whole_share = np.bincount(asked.customer, share, some.n_carts)

    def centred(values: Floats) -> Floats:
        mean = np.bincount(asked.customer, values * share, some.n_carts) / np.maximum(whole_share, _LEAST)
        return np.asarray(values - mean[asked.customer])

    table = np.stack([centred(column) for column in roots.T], 1)
    scale = np.maximum(table.std(0), 1e-9)
    table /= scale
    normal = (table * share[:, None]).T @ table + _RIDGE * np.eye(len(NAMES))
    return np.asarray(np.linalg.solve(normal, table.T @ (share * centred(said))) / scale)


def _trees(ranker: Ranker | None) -> tuple[Ints, Singles, NDArray[np.uint16], Singles]:
    """The trees as arrays: where each signal's thresholds begin; thresholds; leaves left by each step; leaves."""
    splits: list[tuple[int, float, int, int]] = []
    grown: list[list[float]] = []

    def walked(tree: Any, number: int) -> tuple[int, int]:
        """The first leaf below a node and the one after its last."""
        leaves = grown[number]
        if "leaf_value" in tree:
            leaves.append(tree["leaf_value"])
            return len(leaves) - 1, len(leaves)
        begin, middle = walked(tree["left_child"], number)
        _, end = walked(tree["right_child"], number)
        struck = (1 << middle) - (1 << begin)  # above the threshold none of the left leaves is reached
        splits.append((tree["split_feature"], tree["threshold"], number, MASK & ~struck))
        return begin, end

    for model in ranker.models if ranker is not None else ():
        for one in model.dump_model()["tree_info"]:
            grown.append([])
            walked(one["tree_structure"], len(grown) - 1)
    splits.sort()
    feature = np.array([one[0] for one in splits], np.int64)
    begins = np.searchsorted(feature, np.arange(len(NAMES) + 1))
    left = np.full((len(splits) + len(NAMES), len(grown)), MASK, np.uint16)
    for signal, (low, high) in enumerate(pairwise(begins.tolist())):
        for at in range(low, high):
            step = at + signal + 1
            left[step] = left[step - 1]
            left[step, splits[at][2]] &= splits[at][3]
    leaf = np.zeros((len(grown), MOST_LEAVES), np.float32)
    for number, leaves in enumerate(grown):
        leaf[number, : len(leaves)] = leaves
    return begins, _rounded_down([one[1] for one in splits]), left, leaf


def _rounded_down(values: Sequence[float]) -> Singles:
    """Single precision, never above: a signal in single precision is above the one where it is above the other."""
    wide = np.array(values, np.float64)
    narrow = wide.astype(np.float32)
    return np.where(narrow > wide, np.nextafter(narrow, np.float32(-np.inf)), narrow).astype(np.float32)


def _explained(sense: CartSense, past: Carts, names: pa.Array) -> pa.Table:
    """Why a best seller goes with another product, for those that are bought beside it most."""
    near = strongest(sense.together, EXPLAINED)
    witness = Witness(past.matrix(near.shape[0]), names)
    product: list[Ints] = [np.empty(0, np.int64)]
    other: list[Ints] = [np.empty(0, np.int64)]
    reasons: list[str] = []
    for one in np.sort(np.argsort(-sense.popularity, kind="stable")[:MOST_PRODUCTS]):
        beside = near.indices[near.indptr[one] : near.indptr[one + 1]].astype(np.int64)
        product.append(np.full(len(beside), one))
        other.append(beside)
        reasons += cart_reasons(witness, np.array([one]), beside)
    columns = {"product": np.concatenate(product), "other": np.concatenate(other)}
    return pa.table({**columns, "reason": pa.array(reasons, pa.string())})
