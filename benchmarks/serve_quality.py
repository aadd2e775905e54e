"""Live carts: what is lost because a cart is answered within microseconds, and not by the ranker itself.

python -m benchmarks.serve_quality [--only retail|instacart] [--json]

Orders that nobody has seen lose one line, the last added where that is known and any else; both name ten products to
the rest. They are asked as a shop asks: learned beside `passend serve`, laid out, answered by `Desk.recommend`.
The ranker is the one of `NextProduct.recommend(carts=...)`, which `passend evaluate` judges. Loss is on the same carts;
its interval is a bootstrap over them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.large_shop import shop_of
from benchmarks.products_next import instacart_orders, retail_orders
from benchmarks.row import Row, at_most, not_measured
from benchmarks.showing import show
from passend.flow.serving.answering import Question
from passend.flow.serving.desk import Desk
from passend.flow.serving.learning import learn_carts
from passend.flow.serving.stocking import lay_out
from passend.products.next_product.carts import Carts, complete_candidates, completion_scores
from passend.products.next_product.carts import learn_carts as learn_completion
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.ranker import RankerSettings, top
from passend.products.next_product.recommender import past_carts

if TYPE_CHECKING:
    from collections.abc import Iterator

QUESTIONS, NAMED, SEED = 10_000, 10, 1
LONGEST = 50
COMMAND = "python -m benchmarks.serve_quality --only {}"
SOURCES = {"retail": "online-retail-ii", "instacart": "instacart"}


def rows(only: str = "") -> Iterator[Row]:
    """A row for each data set."""
    for name, folder in SOURCES.items():
        if only not in ("", name):
            continue
        if not (DATA / folder).is_dir():
            yield not_measured(name, f"there is no folder {folder} in {DATA}", COMMAND.format(name))
            continue
        ranker, live, same, micros = kept(measured, name, QUESTIONS)
        rng = np.random.default_rng(SEED)
        picks = rng.integers(0, len(ranker), (1000, len(ranker)))
        losses = np.sort(1 - live[picks].mean(1) / ranker[picks].mean(1)) * 100
        loss = float(1 - live.mean() / ranker.mean()) * 100
        yield Row(
            f"{name}, {len(ranker):,} unseen carts", "per cent of hit@10 lost live", loss, at_most(2.0, loss),
            f"ranker {ranker.mean():.4f}, live {live.mean():.4f}; {same:.0%} of the ten are the same; "
            f"{micros:.0f} microseconds an answer",
            float(losses[25]), float(losses[974]), COMMAND.format(name),
        )  # fmt: skip


def measured(name: str, questions: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Whether each of both names the line that is missing, the share of products that both name, and microseconds."""
    orders, listed = (retail_orders(), None) if name == "retail" else instacart_orders()
    rng = np.random.default_rng(SEED)
    table = read_orders(orders, listed)
    past = past_carts(table)
    lengths = past.lengths()
    fit = np.flatnonzero((lengths >= 2) & (lengths <= LONGEST))
    asked = np.sort(rng.choice(fit, min(questions, len(fit) // 4), replace=False))
    before, missing = _without_one(past.picked(asked), rng)
    seen = past.picked(np.setdiff1d(np.arange(past.n_carts), asked))
    products = table.products.cast(pa.string())
    names = np.array(products.to_pylist(), dtype=object)
    wanted = names[missing]
    shop = _lines(seen, products), _list(products, listed)
    lists = _by_ranker(shop, before, names)
    found, micros = _live(shop, before, names)
    both = [len(set(one) & set(other)) / max(len(one), 1) for one, other in zip(lists, found, strict=True)]
    hits = [
        np.array([want in one for want, one in zip(wanted, many, strict=True)], dtype=float)
        for many in (lists, found)
    ]
    return hits[0], hits[1], float(np.mean(both)), micros


def _without_one(carts: Carts, rng: np.random.Generator) -> tuple[Carts, np.ndarray]:
    if carts.in_order:
        return carts.without_last()
    order = np.lexsort((rng.random(len(carts.cart)), carts.cart))
    return Carts(carts.cart, carts.product[order], carts.n_carts, in_order=False).without_last()


def _by_ranker(shop: tuple[pa.Table, pa.Table], asked: Carts, names: np.ndarray) -> list[list[str]]:
    """As `NextProduct.recommend(carts=...)` answers, from the tables that the shop has."""
    lines, listed = shop
    table = read_orders(lines.rename_columns(["order_id", "line_number", "product_id"]), listed)
    known = np.array(table.products.cast(pa.string()).to_pylist(), dtype=object)
    code = {name: number for number, name in enumerate(known)}
    products = np.array([code.get(one, -1) for one in names[asked.product]])
    cart, products = asked.cart[products >= 0], products[products >= 0]
    past = past_carts(table)
    completion = learn_completion(
        past, table.purchases.n_products, table.category, RankerSettings(threads=1), SEED
    )
    pairs = complete_candidates(completion.sense, Carts(cart, products, asked.n_carts, past.in_order))
    scores = completion_scores(completion, pairs).astype(np.float32)
    return [[known[one] for one in row if one >= 0] for row in top(pairs, scores, asked.n_carts, NAMED)[0]]


def _live(shop: tuple[pa.Table, pa.Table], asked: Carts, names: np.ndarray) -> tuple[list[list[str]], float]:
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        workspace = shop_of(Path(folder), *shop)
        learn_carts(workspace)
        lay_out(workspace)
        desk = Desk(workspace.folder)
        desk.look()
        carts = np.split(names[asked.product], np.cumsum(asked.lengths())[:-1])
        questions = [Question(cart=tuple(one), limit=NAMED, fallback="none") for one in carts]
        began = time.process_time()
        found = [[item.product_id for item in desk.recommend(one).items] for one in questions]
        took = time.process_time() - began
        desk.close()
    return found, took / len(found) * 1e6


def _lines(carts: Carts, products: pa.Array) -> pa.Table:
    starts = np.cumsum(carts.lengths()) - carts.lengths()
    lines = {
        "order_id": pc.cast(pa.array(carts.cart), pa.string()),
        "line": pa.array(np.arange(len(carts.cart)) - starts[carts.cart] + 1),
        "product_id": products.take(pa.array(carts.product)),
    }
    return pa.table(lines)


def _list(products: pa.Array, listed: pa.Table | None) -> pa.Table:
    sold = pa.repeat(pa.scalar(value=True), len(products))
    if listed is None:
        return pa.table({"product_id": products, "is_active": sold})
    place = pc.index_in(products, value_set=listed["product_id"].combine_chunks())
    return pa.table({"product_id": products, "is_active": sold, "category": listed["category"].take(place)})


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=[*SOURCES, ""], default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    return show(rows(options.only), as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
