"""What is never offered, and what is not offered beside certain products."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from passend.errors import InvalidInput
from passend.products.next_product.sparse_rows import Ints, Rows
from passend.tables.frames import as_table

_APART = ("substitute", "forbidden")


@dataclass(frozen=True)
class Barriers:
    """What may not be offered.

    Attributes:
        never: products that are inactive or out of stock.
        apart: product x product: the second is not offered to who has the first.
    """

    never: Ints
    apart: Rows

    def beside(self, held: Rows) -> Rows:
        """For each row of products held (a customer's, a cart's) the products that are kept apart from them."""
        if not self.apart.nnz:
            return sparse.csr_matrix(held.shape, dtype=np.float32)
        return (held @ self.apart).tocsr()


def barriers(codes: pa.Array, products: Any = None, relations: Any = None) -> Barriers:
    """Read the barriers from a product list and a table of relations; either may be missing.

    Args:
        codes: the products of the orders, in the order of their codes.
        products: may hold `is_active` and `stock`.
        relations: `product_id`, `other_id`, `type`; types other than substitute and forbidden are no barrier.

    Raises:
        InvalidInput: the relations lack a column.
    """
    place = {code: number for number, code in enumerate(codes.to_pylist())}
    size = len(place)
    pairs = [] if relations is None else _pairs(as_table(relations), place)
    rows, columns = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    apart = sparse.csr_matrix((np.ones(len(pairs), np.float32), (rows, columns)), shape=(size, size))
    never = (
        [] if products is None else [place[one] for one in _unavailable(as_table(products)) if one in place]
    )
    return Barriers(np.unique(np.array(never, np.int64)), apart)


def _unavailable(listed: pa.Table) -> list[str]:
    names = set(listed.column_names)
    if "product_id" not in names:
        return []
    wanted = [name for name in ("product_id", "is_active", "stock", "kind") if name in names]
    return [
        str(row["product_id"])
        for row in listed.select(wanted).to_pylist()
        if row.get("is_active") is False
        or (row.get("stock") is not None and row["stock"] <= 0 and (row.get("kind") or "good") == "good")
    ]


def _pairs(table: pa.Table, place: dict[str, int]) -> list[tuple[int, int]]:
    lacking = {"product_id", "other_id", "type"} - set(table.column_names)
    if lacking:
        raise InvalidInput(
            f"The relations have no column {', '.join(sorted(lacking))}.",
            remedy="give the table of relations as Relations().fit(orders).table() returns it",
        )
    return [
        (place[str(row["product_id"])], place[str(row["other_id"])])
        for row in table.select(["product_id", "other_id", "type"]).to_pylist()
        if row["type"] in _APART and str(row["product_id"]) in place and str(row["other_id"]) in place
    ]
