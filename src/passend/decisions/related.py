"""How options relate to what their customers have: what speaks for each, for rules on types and for reasons."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.decisions.candidates import KINDS, Side, steady
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
