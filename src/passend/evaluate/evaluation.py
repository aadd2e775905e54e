"""Judge the next new product on any firm's own orders, beside the methods it has to beat."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from passend.errors import InvalidInput
from passend.evaluate.protocols import Choice, basket_completion, next_novel, predictions, time_cut
from passend.evaluate.relation_protocol import relations_hold
from passend.evaluate.report import EvaluationReport, report
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.ranker import RankerSettings
from passend.tables.spreadsheets import as_csv

Protocol = Literal["next-novel", "time-cut", "all-products", "basket-completion", "relations"]


def evaluate(  # one argument an option of the command
    orders: Any,
    protocol: Protocol | str = "next-novel",
    *,
    products: Any = None,
    split: str | Path | None = None,
    part: str = "test",
    cut: datetime | None = None,
    horizon_days: float = 90.0,
    share: float = 0.2,
    methods: tuple[str, ...] | None = None,
    planned: bool = False,
    predictions_file: str | Path | None = None,
    seed: int = 1,
    threads: int = 0,
    most: int = 30_000,
) -> EvaluationReport:
    """Measure how well next purchases are foreseen, beside plain baselines, with paired intervals.

    Args:
        orders: anything that speaks Arrow, or a Parquet path; columns as for `NextProduct.fit`.
        protocol: `next-novel` (hide last orders of some customers), `time-cut` (one moment for all), `all-products`
            (the same with what customers buy again: by time, or without dates by hidden last orders),
            `basket-completion` (hide the last line of some orders), `relations` (what later orders hold beside a
            product).
        products: optional product list with categories.
        split: for next-novel, a JSON file with lists train, val, test of customer ids; else a seeded hash.
        part: for next-novel, judge the `test` customers or, while choosing, the `val` ones.
        cut: for time-cut, the moment; by default `horizon_days` before the end.
        horizon_days: for time-cut, how long purchases count.
        share: for basket-completion, share of orders judged.
        methods: baselines to run; None for all, () for none.
        planned: for time-cut, judge what the main job would have offered, too.
        predictions_file: where to write our lists, .csv or .parquet: user_id, rank, product_id, score.
        seed: of splits, training and bootstrap.
        threads: processor threads for the ranker; 0 for all.
        most: most customers or orders judged; more are sampled by hash.
    """
    table = read_orders(orders, products)
    choice = Choice(methods, RankerSettings(threads=threads), seed, most, planned=planned)
    if protocol == "next-novel":
        trial = next_novel(table, choice, None if split is None else Path(split), part)
    elif protocol == "time-cut":
        trial = time_cut(table, choice, cut, horizon_days)
    elif protocol == "all-products":
        choice = replace(choice, novel=False)
        if table.purchases.dated and split is None:
            trial = time_cut(table, choice, cut, horizon_days)
        else:
            trial = next_novel(table, choice, None if split is None else Path(split), part)
    elif protocol == "basket-completion":
        trial = basket_completion(table, choice, share)
    elif protocol == "relations":
        trial = relations_hold(table, choice)
    else:
        raise InvalidInput(
            f"There is no protocol {protocol}.",
            remedy="choose next-novel, time-cut, all-products, basket-completion or relations",
        )
    if predictions_file is not None:
        _write(predictions(trial, table.products), Path(predictions_file))
    return report(protocol, trial, seed)


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        path.write_bytes(as_csv(table))
