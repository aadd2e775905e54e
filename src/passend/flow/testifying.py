"""Which purchase of a customer speaks for an offer that no proved relation leads to: buyers are counted."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from passend.ports import Engine
from passend.products.next_product.reasons import Witness
from passend.settings import Settings
from passend.tables.frames import plain

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("product_id", pa.string()),
        ("other_id", pa.string()),
        ("common", pa.int64()),
        ("buyers", pa.int64()),
    ]
)


def offer_ties(engine: Engine, settings: Settings) -> pa.Table:
    """The customer's purchase whose buyers most surprisingly bought the offered product, too.

    Args:
        engine: holds ``unexplained_offers`` and ``bought_products``.
        settings: unused.

    Returns:
        customer_id, product_id, other_id, common (customers who bought both), buyers (of the other); one row for an
        offer, none where nothing speaks for it.
    """
    del settings
    asked, bought = plain(engine.fetch("unexplained_offers")), plain(engine.fetch("bought_products"))
    if not asked.num_rows:
        return SCHEMA.empty_table()
    names = pc.unique(bought["product_id"].combine_chunks()).sort()
    people = bought["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    buyers = sp.csr_matrix(
        (np.ones(len(people), np.float32), (people, _codes(bought["product_id"], names))),
        (int(people.max()) + 1, len(names)),
    )
    asked = asked.sort_by([(name, "ascending") for name in ("customer_id", "product_id", "other_id")])
    known = pc.is_in(asked["product_id"], names)
    asked = asked.filter(known)
    if not asked.num_rows:
        return SCHEMA.empty_table()
    anchors = _codes(asked["other_id"], names)
    both, of, strength = Witness(buyers, names).ties(_codes(asked["product_id"], names), anchors)
    best = _best_rows(asked, strength)
    speaks = best[strength[best] > -np.inf]
    found = asked.take(pa.array(speaks)).select(["customer_id", "product_id", "other_id"])
    return (
        found.append_column("common", pa.array(both[speaks], pa.int64()))
        .append_column("buyers", pa.array(of[speaks], pa.int64()))
        .cast(SCHEMA)
    )


def _codes(texts: pa.ChunkedArray, names: pa.Array) -> np.ndarray:
    return np.asarray(pc.index_in(texts.combine_chunks(), names).to_numpy(zero_copy_only=False), np.int64)


def _best_rows(asked: pa.Table, strength: np.ndarray) -> np.ndarray:
    """The strongest row of each offer; of equal ones the first."""
    codes = [
        asked[name].combine_chunks().dictionary_encode().indices.to_numpy()
        for name in ("customer_id", "product_id")
    ]
    starts = np.ones(asked.num_rows, bool)
    starts[1:] = (codes[0][1:] != codes[0][:-1]) | (codes[1][1:] != codes[1][:-1])
    offer = np.cumsum(starts) - 1
    order = np.lexsort((np.arange(len(offer)), -strength, offer))
    return order[np.flatnonzero(starts)]
