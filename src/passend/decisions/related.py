"""How options relate to what their customers have: what speaks for each, for rules on types and for reasons."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.decisions.candidates import KINDS, Side, steady
from passend.decisions.knowledge.history import Ints
from passend.decisions.knowledge.past import Sales
from passend.decisions.options import Options, Related


def related_of(found: Options, sides: tuple[Side, Side], table: pa.Table) -> Related:
    """The relations of options, from a table of some of them.

    Args:
        found: the options.
        sides: customers and products.
        table: customer_id, product_id, type, because_of, strength.
    """
    customers, products = sides
    count = len(found.customer)
    kind = np.full(count, KINDS.index("popular"), np.int8)
    because, score = np.full(count, -1, np.int32), np.zeros(count)
    if table.num_rows and count:
        many = len(products)
        key = customers.codes_of(table["customer_id"]).astype(np.int64) * many + products.codes_of(
            table["product_id"]
        )
        order = np.argsort(key, kind="stable")
        mine = found.customer * many + found.product
        at = np.minimum(np.searchsorted(key[order], mine), len(key) - 1)
        hit = np.flatnonzero(key[order][at] == mine)
        row = order[at[hit]]
        types = pc.fill_null(
            pc.index_in(table["type"].cast(pa.string()), pa.array(KINDS)), KINDS.index("popular")
        )
        kind[hit] = types.to_numpy().astype(np.int8)[row]
        because[hit] = products.codes_of(table["because_of"])[row]
        score[hit] = steady(np.nan_to_num(table["strength"].cast(pa.float64()).to_numpy()))[row]
    return Related(kind, because, score)


def larger_packs(found: Options, related: Related) -> Related:
    """The relations, with those of options that are a larger pack of what the customer took last of the same."""
    past = found.informed.past
    same, amount = past.goods.same, past.goods.amount
    if not np.isfinite(amount).any() or not len(found.customer):
        return related
    key, product = _taken_last(past.sales, same, np.isfinite(amount))
    if not len(key):
        return related
    mine = found.customer * len(same) + same[found.product]
    at = np.minimum(np.searchsorted(key, mine), len(key) - 1)
    had = np.where(key[at] == mine, product[at], -1)
    larger = (had >= 0) & (amount[found.product] > amount[np.maximum(had, 0)])
    kind = np.where(larger, KINDS.index("upgrade"), related.kind).astype(np.int8)
    because = np.where(larger, had, related.because).astype(np.int32)
    return Related(kind, because, np.where(larger, 0.0, related.score))


def _taken_last(sales: Sales, same: Ints, comparable: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """By customer and what it is whatever the pack (one number, ascending) the product that was bought last."""
    rows = np.flatnonzero(comparable[sales.product])
    key = sales.customer[rows] * len(same) + same[sales.product[rows]]
    order = np.lexsort((sales.product[rows], sales.day[rows], key))
    ends = np.append(key[order][1:] != key[order][:-1], True)[: len(order)]
    return key[order][ends], sales.product[rows][order][ends]
