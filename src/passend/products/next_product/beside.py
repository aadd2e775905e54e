"""What is known of customers beside their purchases: who they are, and what they looked at."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, counted
from passend.tables.frames import as_table

FADING_DAYS = 30.0
MOST_VALUES = 20  # of a text column: more are names, not kinds
MICROSECONDS_A_DAY = 86_400_000_000.0


@dataclass(frozen=True)
class Beside:
    """Facts on customers, and products they viewed, searched or put into a cart.

    Args:
        about: standardised facts, customers x facts; None where nothing is known.
        customer: code of the customer of each event.
        product: code of the product of each event.
        when: days since the epoch.
    """

    about: Floats | None
    customer: Ints
    product: Ints
    when: NDArray[np.float64]

    def looked_at(self, now: Snapshot) -> Rows | None:
        """How much each customer looked at each product lately; None where no events are known or dated."""
        known = self.when < now.now
        if not now.purchases.dated or not known.any():
            return None
        weight = np.exp((self.when[known] - now.now) / FADING_DAYS)
        return counted(self.customer[known], self.product[known], now.shape, weight)


def nothing_beside() -> Beside:
    """Nothing is known but purchases."""
    none = np.empty(0, np.int64)
    return Beside(None, none, none, np.empty(0))


def beside(customers: pa.Array, products: pa.Array, about: Any = None, events: Any = None) -> Beside:
    """Read facts and events of the customers of the orders.

    Args:
        customers: identifiers in the order of their codes.
        products: identifiers in the order of their codes.
        about: table with `customer_id`, one row a customer; numbers and texts of few kinds are used as they are.
        events: table with `customer_id`, `product_id` and `occurred_at`.

    Raises:
        InvalidInput: a needed column is missing.
    """
    out = nothing_beside()
    if about is not None:
        out = replace(out, about=_about(customers, _with(as_table(about), ("customer_id",), "customers")))
    if events is not None:
        table = _with(as_table(events), ("customer_id", "product_id", "occurred_at"), "events")
        codes = [
            pc.fill_null(pc.index_in(table[name].cast(pa.string()), value_set=words), -1).to_numpy()
            for name, words in (("customer_id", customers), ("product_id", products))
        ]
        stamps = table["occurred_at"].cast(pa.timestamp("us")).cast(pa.int64())
        when = pc.cast(stamps, pa.float64()).to_numpy() / MICROSECONDS_A_DAY
        kept = (codes[0] >= 0) & (codes[1] >= 0) & ~np.isnan(when)
        customer, product = (code[kept].astype(np.int64) for code in codes)
        out = replace(out, customer=customer, product=product, when=when[kept])
    return out


def _with(table: pa.Table, needed: tuple[str, ...], what: str) -> pa.Table:
    lacking = sorted(set(needed) - set(table.column_names))
    if lacking:
        raise InvalidInput(
            f"The {what} have no column {', '.join(lacking)}.", remedy=f"give {', '.join(needed)}"
        )
    return table


def _about(customers: pa.Array, table: pa.Table) -> Floats | None:
    ids = table["customer_id"].cast(pa.string()).combine_chunks()
    row = pc.index_in(customers.cast(pa.string()), value_set=ids)
    parts: list[Floats] = []
    for name in table.column_names:
        if name == "customer_id":
            continue
        column = table[name].combine_chunks().take(row)
        kind = column.type
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            values = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
            parts.append(_standardised(values))
            if np.isnan(values).any():
                parts.append(np.isnan(values).astype(np.float32)[:, None])
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            coded = pc.dictionary_encode(column)
            if len(coded.dictionary) <= MOST_VALUES:
                words = column.to_pylist()
                kinds = sorted(coded.dictionary.to_pylist())
                parts += [_standardised(np.array([word == one for word in words], float)) for one in kinds]
    return np.concatenate(parts, axis=1).astype(np.float32) if parts else None


def _standardised(values: NDArray[np.float64]) -> Floats:
    if np.isnan(values).all():
        return np.zeros((len(values), 1), np.float32)
    centre, spread = np.nanmean(values), np.nanstd(values)
    scaled = np.nan_to_num((values - centre) / (spread + 1e-9))
    return np.asarray(np.clip(scaled, -4, 4)[:, None], dtype=np.float32)
