"""Next new product on real data: Ta-Feng, Online Retail II, Instacart, each beside its baselines.

python -m benchmarks.products_next [--json] [--only tafeng|retail|instacart]

The data is read from the folder that PASSEND_DATA names (default: ../shared/data beside the project).
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from passend.evaluate import EvaluationReport, evaluate

DATA = Path(os.environ.get("PASSEND_DATA", Path(__file__).resolve().parents[1] / "../shared/data"))
NAN = float("nan")  # one object, told apart by identity: the row has no interval
MEASURES = ("recall@10", "ndcg_full@10")
COMMAND = "python -m benchmarks.products_next --only {}"


class BenchRow(TypedDict):
    """One bar: what was measured, against which baseline, with its interval, and whether it is met."""

    work: str
    measure: str
    value: float
    baseline: str
    low: float
    high: float
    bar: str
    met: bool
    command: str


def tafeng_orders() -> pa.Table:
    """Ta-Feng baskets as contract orders: no dates, the sequence of each customer's baskets."""
    table = pq.read_table(DATA / "tafeng" / "baskets.parquet")
    user, number = table["user_id"], table["order_number"]
    return pa.table(
        {
            "order_id": pc.binary_join_element_wise(user.cast(pa.string()), number.cast(pa.string()), "-"),
            "customer_id": user.cast(pa.string()),
            "product_id": table["product_id"].cast(pa.string()),
            "sequence": number,
        }
    )


def retail_orders() -> pa.Table:
    """Online Retail II as contract orders: sales of goods only (no cancellations, fees, postage, corrections)."""
    table = pacsv.read_csv(
        DATA / "online-retail-ii" / "online_retail_ii.csv.gz",
        convert_options=pacsv.ConvertOptions(
            column_types={"Invoice": pa.string(), "StockCode": pa.string(), "Customer ID": pa.string()},
            strings_can_be_null=True,
        ),
    )
    keep = pc.and_(pc.greater(table["Quantity"], 0), pc.greater(table["Price"], 0))
    keep = pc.and_(keep, pc.invert(pc.starts_with(table["Invoice"], "C")))
    keep = pc.and_(keep, pc.match_substring_regex(table["StockCode"], r"^\d{5}"))
    keep = pc.and_(keep, pc.is_valid(table["Customer ID"]))
    table = table.filter(keep)
    return pa.table(
        {
            "order_id": table["Invoice"],
            "customer_id": table["Customer ID"],
            "product_id": pc.utf8_upper(table["StockCode"]),
            "ordered_at": table["InvoiceDate"].cast(pa.timestamp("us")),
            "quantity": table["Quantity"],
            "unit_price_cents": pc.multiply(table["Price"], 100.0),
        }
    )


def instacart_orders() -> tuple[pa.Table, pa.Table]:
    """Instacart orders in the order of adding, and the products with their aisle as category."""
    lines = pq.read_table(DATA / "instacart" / "order_products__train.parquet")
    products = pq.read_table(DATA / "instacart" / "products.parquet")
    orders = pa.table(
        {
            "order_id": lines["order_id"].cast(pa.string()),
            "product_id": lines["product_id"].cast(pa.string()),
            "line_number": lines["add_to_cart_order"],
        }
    )
    listed = pa.table(
        {
            "product_id": products["product_id"].cast(pa.string()),
            "category": products["aisle_id"].cast(pa.string()),
        }
    )
    return orders, listed


def tafeng(part: str = "test") -> list[BenchRow]:
    """Novel items of Ta-Feng's last baskets, published split, folds 0 and 1."""
    orders = tafeng_orders()
    out: list[BenchRow] = []
    found: list[EvaluationReport] = []
    for fold in (0, 1):
        result = evaluate(orders, "next-novel", split=DATA / "tafeng" / f"fold_{fold}.json", part=part)
        print(f"Ta-Feng fold {fold} ({part})\n{result}\n", file=sys.stderr)
        found.append(result)
        out += [_lift_row(f"Ta-Feng fold {fold}", result, name, 0.20, "tafeng") for name in MEASURES]
        seconds = result.seconds["passend"]
        out.append(
            _plain(f"Ta-Feng fold {fold}", "train and score, seconds", seconds, 120.0, "tafeng", least=False)
        )
    for measure, bar in (("recall@10", 0.125), ("ndcg_full@10", 0.104)):
        mean = float(np.mean([result.value("passend", measure) for result in found]))
        out.append(_plain("Ta-Feng, mean of folds", measure, mean, bar, "tafeng", least=True))
    return out


def retail() -> list[BenchRow]:
    """Novel items of Online Retail II in the 90 days after 9 September 2011."""
    result = evaluate(retail_orders(), "time-cut", cut=datetime(2011, 9, 9), horizon_days=90.0)
    print(f"Online Retail II\n{result}\n", file=sys.stderr)
    return [_lift_row("Online Retail II", result, name, 0.15, "retail") for name in ("recall@10", "ndcg@10")]


def instacart() -> list[BenchRow]:
    """The last-added item of 20 % of the Instacart orders."""
    orders, products = instacart_orders()
    result = evaluate(orders, "basket-completion", products=products, share=0.2)
    print(f"Instacart\n{result}\n", file=sys.stderr)
    return [_lift_row("Instacart", result, name, 0.10, "instacart") for name in ("hit@10", "mrr")]


WORKS: dict[str, Callable[[], list[BenchRow]]] = {"tafeng": tafeng, "retail": retail, "instacart": instacart}


def rows(only: tuple[str, ...] = ()) -> list[BenchRow]:
    """Every bar of the next new product; works whose data is absent are skipped with a note."""
    out: list[BenchRow] = []
    folders = {"tafeng": "tafeng", "retail": "online-retail-ii", "instacart": "instacart"}
    for name, work in WORKS.items():
        if only and name not in only:
            continue
        if not (DATA / folders[name]).is_dir():
            print(f"{name}: skipped, there is no folder {folders[name]} in {DATA}", file=sys.stderr)
            continue
        out += work()
    return out


def _lift_row(work: str, result: EvaluationReport, measure: str, bar: float, command: str) -> BenchRow:
    # Ta-Feng's bar names its baseline; elsewhere the best one counts.
    lift = (
        result.lift_over(measure, "last-basket popularity")
        if command == "tafeng"
        else result.best_baseline(measure)
    )
    return BenchRow(
        work=work,
        measure=f"{measure} {result.value('passend', measure):.4f}, lift",
        value=round(lift.value, 4),
        baseline=f"{lift.baseline} {result.value(lift.baseline, measure):.4f}",
        low=round(lift.low, 4),
        high=round(lift.high, 4),
        bar=f"at least {bar:+.0%}, interval above 0",
        met=lift.value >= bar and lift.low > 0,
        command=COMMAND.format(command),
    )


def _plain(work: str, measure: str, value: float, bar: float, command: str, *, least: bool) -> BenchRow:
    return BenchRow(
        work=work,
        measure=measure,
        value=round(value, 4),
        baseline="",
        low=NAN,
        high=NAN,
        bar=f"{'at least' if least else 'at most'} {bar:g}",
        met=value >= bar if least else value <= bar,
        command=COMMAND.format(command),
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; exit code 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", action="append", choices=sorted(WORKS), default=[])
    given = parser.parse_args(arguments)
    found = rows(tuple(given.only))
    if given.json:
        print(
            json.dumps(
                [{key: None if value is NAN else value for key, value in row.items()} for row in found],
                indent=2,
            )
        )
    else:
        for row in found:
            verdict = "met   " if row["met"] else "MISSED"
            span = "" if row["low"] is NAN else f" [{row['low']:+.1%}, {row['high']:+.1%}]"
            value = f"{row['value']:+.1%}" if span else f"{row['value']:g}"
            against = f" over {row['baseline']}" if row["baseline"] else ""
            print(f"{verdict} {row['work']}: {row['measure']} {value}{span}{against}; bar {row['bar']}")
    return 0 if all(row["met"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
