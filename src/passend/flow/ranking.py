"""From baskets to ``ranked_products``: the ranker that ``passend evaluate`` judges says what each customer buys next.

Both engines hand over the same rows as Arrow, so that both learn the same. On Spark many customers are scored where
their part of the rows lies, with the learned ranker sent along.
"""

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from passend.ports import Engine, Spreads
from passend.products.next_product import NextProduct
from passend.settings import Settings
from passend.tables.frames import plain

#: Times the wanted number is ranked, for what rules take away afterwards: variants, and what does not fit.
_SPARE = 2
#: Least number ranked, so that many that do not fit still leave some.
_LEAST = 20
#: Pairs of customer and product that are weighed at most; but never fewer products than these.
_CELLS, _FEWEST_PRODUCTS = 1_000_000_000, 1_000
#: It does not depend on the machine.
_PARTS = 32
_RANKED = pa.schema(
    [
        ("customer_id", pa.string()),
        ("product_id", pa.string()),
        ("score", pa.float64()),
        ("place", pa.int64()),
    ]
)


def rank_products(engine: Engine, settings: Settings) -> pa.Table:
    """Rank what each customer is likely to buy next and does not have.

    Args:
        engine: holds ``basket_products``, ``products``, ``seasons`` and ``kept_apart``.
        settings: how many are wanted, and whether seasons count.

    Returns:
        customer_id, product_id, score (0 to 1), place.
    """
    baskets = plain(engine.fetch("basket_products"))
    ids = pc.unique(baskets["customer_id"].drop_null())
    if not len(ids):
        return _RANKED.empty_table()
    model = _learned(engine, settings, _bestsellers(baskets, len(ids)))
    most = max(_SPARE * settings.whole("products.candidates"), _LEAST)
    waiting = _waiting(engine, settings)
    ids = ids.take(pc.sort_indices(ids))
    if not isinstance(engine, Spreads) or len(ids) < settings.whole("products.spread_customers"):
        return _ranked(model, ids, most, waiting)
    step = -(-len(ids) // _PARTS)
    parts = (pa.table({"customer_id": ids.slice(start, step)}) for start in range(0, len(ids), step))
    engine.spread("ranking_parts", parts)
    found = engine.each(
        "ranking_parts", partial(_ranked_parts, model=model, most=most, waiting=waiting), _RANKED
    )
    engine.drop("ranking_parts")
    return found


def _learned(engine: Engine, settings: Settings, baskets: pa.Table) -> NextProduct:
    orders = baskets.select(["order_id", "customer_id", "product_id", "ordered_at", "sequence"])
    apart = plain(engine.fetch("kept_apart"))
    apart = apart.append_column("type", pa.array(["forbidden"] * apart.num_rows, pa.string()))
    model = NextProduct(threads=settings.whole("engine.threads"), quick=True)
    return model.fit(orders, plain(engine.fetch("products")), apart)


def _ranked(model: NextProduct, ids: pa.Array, most: int, waiting: list[str]) -> pa.Table:
    found = model.ranked(most, customers=ids, exclude=waiting)
    return found.rename_columns({"rank": "place"}).select(_RANKED.names).cast(_RANKED)


def _ranked_parts(
    batches: Iterator[pa.RecordBatch], model: NextProduct, most: int, waiting: list[str]
) -> Iterator[pa.RecordBatch]:
    """The products of some customers; runs where their rows are."""
    for batch in batches:
        yield from _ranked(model, batch["customer_id"], most, waiting).to_batches()


def _bestsellers(baskets: pa.Table, customers: int) -> pa.Table:
    """In a very large shop the purchases of the products that sell best: the others hardly reach a short list."""
    most = max(_CELLS // customers, _FEWEST_PRODUCTS)
    counts = baskets.group_by("product_id").aggregate([("order_id", "count")])
    if counts.num_rows <= most:
        return baskets
    best = counts.sort_by([("order_id_count", "descending"), ("product_id", "ascending")]).slice(0, most)
    return baskets.filter(pc.is_in(baskets["product_id"], value_set=best["product_id"].combine_chunks()))


def _waiting(engine: Engine, settings: Settings) -> list[str]:
    """Products whose season is not now or next month."""
    if not settings["products.in_season_only"]:
        return []
    seasons = plain(engine.fetch("seasons"))
    return [str(one) for one in seasons.filter(pc.invert(seasons["in_season"]))["product_id"].to_pylist()]
