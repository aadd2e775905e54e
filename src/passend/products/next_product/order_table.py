"""The door: anything that speaks Arrow comes in, coded arrays go on.

Codes follow the sorted identifiers, so the order of the rows can never change an answer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.products.next_product.adding_order import is_order_of_adding
from passend.products.next_product.purchases import NOBODY, Purchases
from passend.products.next_product.sparse_rows import Ints
from passend.tables.frames import amounts, as_table, insist_on_names, insist_on_values, moments

MICROSECONDS_A_DAY = 86_400_000_000.0


@dataclass(frozen=True)
class OrderTable:
    """Coded order lines with the words behind the codes.

    Args:
        purchases: the lines in codes.
        customers: identifiers of the customer codes, sorted.
        products: identifiers of the product codes, sorted.
        orders: identifiers of the order codes, sorted.
        place: place of each line in its order of adding (`line_number`), or None.
        revenue_cents: what each line earned, NaN where price or quantity is missing.
        category: category code of each product, -1 for none; None where no categories are known.
        customer_type: the type in which the caller gave customers.
        product_type: the type in which the caller gave products.
    """

    purchases: Purchases
    customers: pa.Array
    products: pa.Array
    orders: pa.Array
    place: Ints | None
    revenue_cents: NDArray[np.float64]
    category: Ints | None
    customer_type: pa.DataType
    product_type: pa.DataType


#: Columns that make answers better where they are there.
USEFUL = (
    "order_id", "customer_id", "ordered_at", "sequence", "quantity", "unit_price_cents", "line_number", "category",
)  # fmt: skip


def read_orders(orders: Any, products: Any = None) -> OrderTable:
    """Read order lines: `product_id` is needed, everything else makes answers better.

    Columns: order_id, customer_id, product_id, ordered_at or sequence, quantity, unit_price_cents, line_number,
    category. A line_number that only follows a sorting of the articles is not used. Lines without a product or with
    a quantity that is not positive (returns) are left out.
    """
    given = as_table(orders)
    insist_on_names(given, ("product_id",), USEFUL, "orders")
    table = _usable(given)
    lines = table.num_rows
    product, product_ids = _coded(_texts(table, "product_id"))
    customer, customer_ids = _coded(_texts(table, "customer_id"))
    key = "order_id" if "order_id" in table.column_names else None
    when, dated = _times(table)
    if key is not None:
        order, order_ids = _coded(_texts(table, key))
        # An order without a number, or one number used by two customers, still is one order a customer and time.
        order = _together(order, customer, np.zeros(lines) if np.isnan(when).all() else when)
    else:
        order, order_ids = _together(customer, customer, when), pa.array([], pa.string())
    when = _filled(when, order)
    revenue = _numbers(table, "unit_price_cents") * _numbers(table, "quantity", 1.0)
    place = None
    if "line_number" in table.column_names:
        place = _numbers(table, "line_number", 0.0).astype(np.int64)
        place = place if is_order_of_adding(order, place, product) else None
    category = _categories(table, product, len(product_ids), products, product_ids)
    # Sums of floats depend on the order of the terms, so the lines get one order whatever the file had.
    within = np.zeros(lines, np.int64) if place is None else place
    line = np.lexsort((revenue, product, within, order, when, customer))
    purchases = Purchases(
        customer[line], order[line], product[line], when[line], dated, len(customer_ids), len(product_ids)
    )
    place = None if place is None else place[line]
    kinds = [_kind_of(given, name) for name in ("customer_id", "product_id")]
    return OrderTable(purchases, customer_ids, product_ids, order_ids, place, revenue[line], category, *kinds)


def _kind_of(table: pa.Table, name: str) -> pa.DataType:
    return table.schema.field(name).type if name in table.column_names else pa.string()


def _usable(table: pa.Table) -> pa.Table:
    product = table.column("product_id")
    keep = pc.is_valid(product)
    if pa.types.is_floating(product.type):  # what is no number names no product
        keep = pc.and_(keep, pc.fill_null(pc.is_finite(product), False))
    if "quantity" in table.column_names:
        keep = pc.and_(
            keep, pc.fill_null(pc.greater(amounts(table.column("quantity"), "quantity"), 0.0), True)
        )
    return table.filter(keep)


def _texts(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    column = table.column(name).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    insist_on_values(table, [name])
    if pa.types.is_floating(column.type):  # 17850.0 in one file is 17850 in another
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))  # no number, nobody
        whole = pc.equal(column, pc.floor(column))
        column = pc.if_else(
            whole, pc.cast(column, pa.int64(), safe=False).cast(pa.string()), column.cast(pa.string())
        )
    return column.cast(pa.string())


def _coded(texts: pa.Array) -> tuple[Ints, pa.Array]:
    encoded = pc.dictionary_encode(texts)
    words = encoded.dictionary
    order = pc.sort_indices(words).to_numpy()
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    rank[len(order)] = NOBODY
    codes = pc.fill_null(encoded.indices, len(order)).to_numpy(zero_copy_only=False).astype(np.int64)
    return rank[codes], words.take(pa.array(order))


def _together(*keys: NDArray[Any]) -> Ints:
    """One code for each combination of keys, in sorted order."""
    if not len(keys[0]):
        return np.empty(0, np.int64)
    order = np.lexsort(keys[::-1])
    fresh = np.zeros(len(order), dtype=bool)
    for key in keys:
        sorted_key = np.nan_to_num(key[order].astype(np.float64), nan=-1.0)
        fresh[1:] |= sorted_key[1:] != sorted_key[:-1]
    codes = np.empty(len(order), dtype=np.int64)
    codes[order] = np.cumsum(fresh)
    return codes


def _times(table: pa.Table) -> tuple[NDArray[np.float64], bool]:
    n = table.num_rows
    if "ordered_at" in table.column_names:
        column = table.column("ordered_at")
        if column.null_count < n:
            stamps = moments(column, "ordered_at").cast(pa.int64())
            days = pc.cast(stamps, pa.float64()).to_numpy() / MICROSECONDS_A_DAY
            return np.asarray(days, dtype=np.float64), True
    if "sequence" in table.column_names:
        return _numbers(table, "sequence"), False
    return np.full(n, np.nan), False


def _filled(when: NDArray[np.float64], order: Ints) -> NDArray[np.float64]:
    """Without a time, one order number after another; a few missing times become the earliest."""
    if not len(when) or np.isnan(when).all():
        return order.astype(np.float64)
    return np.where(np.isnan(when), np.nanmin(when), when)


def _numbers(table: pa.Table, name: str, missing: float = np.nan) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.full(table.num_rows, missing)
    values = pc.fill_null(amounts(table.column(name), name), missing).to_numpy()
    return np.asarray(values, dtype=np.float64)


def _categories(
    table: pa.Table, product: Ints, n_products: int, products: Any, product_ids: pa.Array
) -> Ints | None:
    names: dict[str, str] = {}
    if products is not None:
        listed = as_table(products)
        insist_on_names(listed, ("product_id",), ("category", "is_active", "stock"), "products")
        if {"product_id", "category"} <= set(listed.column_names):
            pairs = zip(
                _texts(listed, "product_id").to_pylist(), _texts(listed, "category").to_pylist(), strict=True
            )
            names = {key: value for key, value in pairs if key is not None and value is not None}
    if names:
        words = [names.get(key) for key in product_ids.to_pylist()]
        return _coded(pa.array(words, pa.string()))[0]
    if "category" not in table.column_names:
        return None
    codes, _ = _coded(_texts(table, "category"))
    out = np.full(n_products, NOBODY, dtype=np.int64)
    np.maximum.at(out, product, codes)
    return out if (out >= 0).any() else None
