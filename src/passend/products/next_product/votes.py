"""What each product of a cart says should join it: votes that a live cart adds up within microseconds.

The ranker weighs fifteen signals of a whole cart, which takes milliseconds. Asked for carts of one product it tells how
likely each addition is; these chances, and what EASE adds to them, are the votes. `benchmarks.serve_quality` measures
what is lost against the ranker itself.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from passend.products.next_product.barriers import barriers
from passend.products.next_product.carts import (
    Carts,
    Completion,
    complete_candidates,
    completion_scores,
    learn_carts,
)
from passend.products.next_product.ease import MOST_PRODUCTS
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.ranker import RankerSettings
from passend.products.next_product.reasons import Witness, cart_reasons
from passend.products.next_product.recommender import past_carts
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, counted, strongest

#: Best sellers that vote; carts of others alone are answered by relations.
MOST_VOTERS = MOST_PRODUCTS
#: Additions for which a product votes.
KEPT = 60
#: How much EASE's weight counts beside the ranker's chance; found on Online Retail II, where .3 to 1.2 do as well.
EASE_SHARE = 0.6
_BLOCK = 1000


def learn_votes(orders: Any, products: Any = None, relations: Any = None, *, seed: int = 1) -> pa.Table:
    """Learn from past orders what completes a cart, as `NextProduct` does for carts, in the form of votes.

    Args:
        orders: as for `NextProduct.fit`.
        products: optional product list, likewise.
        relations: optional, likewise.
        seed: of everything random.

    Returns:
        `product_id`, `other_id`, `weight` above 0, `reason`: by product, the strongest first. What is never offered,
        and what is kept apart from the product, is not there.
    """
    table = read_orders(orders, products)
    past, size = past_carts(table), table.purchases.n_products
    completion = learn_carts(past, size, table.category, RankerSettings(threads=1), seed)
    votes = cart_votes(completion, in_order=past.in_order).tocoo()
    barred = barriers(table.products, products, relations)
    apart = np.asarray(barred.apart[votes.row, votes.col]).ravel() > 0 if votes.nnz else np.empty(0, bool)
    good = np.flatnonzero(~apart & ~np.isin(votes.col, barred.never) & (votes.data > 0))
    good = good[np.lexsort((votes.col[good], -votes.data[good], votes.row[good]))]
    voter, other = votes.row[good].astype(np.int64), votes.col[good].astype(np.int64)
    witness = Witness(past.matrix(size), table.products)
    starts = np.flatnonzero(np.diff(voter, prepend=-1))
    reasons = [
        reason
        for low, high in zip(starts, np.append(starts[1:], len(voter)), strict=False)
        for reason in cart_reasons(witness, voter[low : low + 1], other[low:high])
    ]
    return pa.table(
        {
            "product_id": table.products.take(pa.array(voter)).cast(pa.string()),
            "other_id": table.products.take(pa.array(other)).cast(pa.string()),
            "weight": pa.array(votes.data[good], pa.float32()),
            "reason": pa.array(reasons, pa.string()),
        }
    )


def cart_votes(completion: Completion, *, in_order: bool, most: int = MOST_VOTERS) -> Rows:
    """The votes, products x products, each row with its strongest.

    Args:
        completion: learned from past carts.
        in_order: whether the order of adding meant anything there.
        most: best sellers that vote.
    """
    popularity = completion.sense.popularity
    voters = np.argsort(-popularity, kind="stable")[:most]
    voters = np.sort(voters[popularity[voters] > 0])
    parts = [
        _votes(completion, voters[start : start + _BLOCK], in_order)
        for start in range(0, len(voters), _BLOCK)
    ]
    size = len(popularity)
    if not parts:
        nothing = np.empty(0, np.int64)
        return counted(nothing, nothing, (size, size))
    voter, product, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    votes = counted(voter, product, (size, size), weight.astype(np.float32))
    votes.eliminate_zeros()
    return strongest(votes, KEPT)


def _votes(completion: Completion, voters: Ints, in_order: bool) -> tuple[Ints, Ints, Floats]:
    alone = Carts(np.arange(len(voters)), voters, len(voters), in_order)
    asked = complete_candidates(completion.sense, alone)
    scores = completion_scores(completion, asked).astype(float)
    if completion.ranker is None:  # sums of nearness: they add up as they are
        return voters[asked.customer], asked.product, scores
    highest = np.full(len(voters), -np.inf)
    np.maximum.at(highest, asked.customer, scores)
    chance = np.exp(scores - highest[asked.customer])
    chance /= np.bincount(asked.customer, chance, len(voters))[asked.customer]
    ease = np.nan_to_num(asked.features[:, asked.names.index("ease")])
    return voters[asked.customer], asked.product, chance + EASE_SHARE * np.maximum(ease, 0.0)
