"""Which purchase of a customer speaks for an offer that no proved relation leads to: buyers are counted."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.ports import Engine
from passend.products.next_product.reasons import Kinds, Witness
from passend.products.next_product.sparse_rows import Ints, counted
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


def offer_ties(engine: Engine) -> pa.Table:
    """The customer's purchase whose buyers most surprisingly bought the offered product, too.

    Args:
        engine: holds ``unexplained_offers``, ``bought_products`` and ``products``.

    Returns:
        customer_id, product_id, other_id, common (customers who bought both), buyers (of the other); one row for an
        offer, none where nothing speaks for it.
    """
    asked, bought = plain(engine.fetch("unexplained_offers")), plain(engine.fetch("bought_products"))
    names = pc.unique(bought["product_id"].combine_chunks())
    asked = asked.filter(pc.is_in(asked["product_id"], names))
    if not asked.num_rows:
        return SCHEMA.empty_table()
    people = pc.unique(bought["customer_id"].combine_chunks())
    rows, columns = _codes(bought["customer_id"], people), _codes(bought["product_id"], names)
    witness = Witness(counted(rows, columns, (len(people), len(names))), names)
    common, buyers, strength = witness.ties(
        _codes(asked["product_id"], names), _codes(asked["other_id"], names),
        _kinds(asked["within"], plain(engine.fetch("products")), names),
    )  # fmt: skip
    found = asked.append_column("common", pa.array(common)).append_column("buyers", pa.array(buyers))
    found = found.append_column("strength", pa.array(strength)).filter(pa.array(strength > -np.inf))
    best = (
        found.sort_by([("strength", "descending"), ("other_id", "ascending")])
        .group_by(["customer_id", "product_id"], use_threads=False)
        .aggregate([(name, "first") for name in SCHEMA.names[2:]])
    )
    ordered = [*SCHEMA.names[:2], *(f"{name}_first" for name in SCHEMA.names[2:])]
    return best.select(ordered).rename_columns(SCHEMA.names).cast(SCHEMA)


def _kinds(within: pa.ChunkedArray, products: pa.Table, names: pa.Array) -> Kinds:
    """The category of each offer whose customer buys of it, and of all that was bought."""
    categories = pc.unique(pc.drop_null(products["category"].combine_chunks()))
    place = pc.index_in(names, products["product_id"].combine_chunks())
    return Kinds(_codes(within, categories), _codes(products["category"].take(place), categories))


def _codes(texts: pa.ChunkedArray, names: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(pc.index_in(texts.combine_chunks(), names), -1), np.int64)
