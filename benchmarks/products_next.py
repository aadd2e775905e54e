"""Next new product on real data: Ta-Feng, Online Retail II, Instacart, each beside its baselines.

python -m benchmarks.products_next [--json] [--only tafeng|retail|instacart]

The data is read from the folder that PASSEND_DATA names (default: ../shared/data beside the project).
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, at_least, at_most, not_measured
from benchmarks.showing import show
from passend.evaluate import EvaluationReport, evaluate

MEASURES = ("recall@10", "ndcg_full@10")
COMMAND = "python -m benchmarks.products_next --only {}"


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


def tafeng(part: str = "test") -> list[Row]:
    """Novel items of Ta-Feng's last baskets, published split, folds 0 and 1."""
    orders = tafeng_orders()
    out: list[Row] = []
    found: list[EvaluationReport] = []
    for fold in (0, 1):
        result = evaluate(orders, "next-novel", split=DATA / "tafeng" / f"fold_{fold}.json", part=part)
        print(f"Ta-Feng fold {fold} ({part})\n{result}\n", file=sys.stderr)
        found.append(result)
        out += [_lift_row(f"Ta-Feng fold {fold}", result, name, 0.20, "tafeng") for name in MEASURES]
        seconds = result.seconds["passend"]
        out.append(_plain(f"Ta-Feng fold {fold}", "train and score, seconds", seconds, at_most(120, seconds)))
    for measure, bar in (("recall@10", 0.125), ("ndcg_full@10", 0.104)):
        mean = float(np.mean([result.value("passend", measure) for result in found]))
        out.append(_plain("Ta-Feng, mean of folds", measure, mean, at_least(bar, mean)))
    return out


def retail() -> list[Row]:
    """Novel items of Online Retail II in the 90 days after 9 September 2011."""
    result = evaluate(retail_orders(), "time-cut", cut=datetime(2011, 9, 9), horizon_days=90.0)
    print(f"Online Retail II\n{result}\n", file=sys.stderr)
    return [_lift_row("Online Retail II", result, name, 0.15, "retail") for name in ("recall@10", "ndcg@10")]


def instacart() -> list[Row]:
    """The last-added item of 20 % of the Instacart orders."""
    orders, products = instacart_orders()
    result = evaluate(orders, "basket-completion", products=products, share=0.2)
    print(f"Instacart\n{result}\n", file=sys.stderr)
    return [_lift_row("Instacart", result, name, 0.10, "instacart") for name in ("hit@10", "mrr")]


WORKS: dict[str, Callable[[], list[Row]]] = {"tafeng": tafeng, "retail": retail, "instacart": instacart}


def rows(only: tuple[str, ...] = ()) -> Iterator[Row]:
    """Every bar of the next new product."""
    folders = {"tafeng": "tafeng", "retail": "online-retail-ii", "instacart": "instacart"}
    for name, work in WORKS.items():
        if only and name not in only:
            continue
        if (DATA / folders[name]).is_dir():
            yield from kept(work)
        else:
            yield not_measured(name, f"there is no folder {folders[name]} in {DATA}", COMMAND.format(name))


def _lift_row(work: str, result: EvaluationReport, measure: str, bar: float, command: str) -> Row:
    # Ta-Feng's bar names its baseline; elsewhere the best one counts.
    lift = (
        result.lift_over(measure, "last-basket popularity")
        if command == "tafeng"
        else result.best_baseline(measure)
    )
    return Row(
        work,
        f"{measure} {result.value('passend', measure):.4f}, lift",
        round(lift.value, 4),
        Bar(f"at least {bar:+.0%}, interval above 0", lift.value >= bar and lift.low > 0),
        f"{lift.baseline} {result.value(lift.baseline, measure):.4f}",
        round(lift.low, 4),
        round(lift.high, 4),
        COMMAND.format(command),
    )


def _plain(work: str, measure: str, value: float, bar: Bar) -> Row:
    return Row(work, measure, round(value, 4), bar, command=COMMAND.format("tafeng"))


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; exit code 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", action="append", choices=sorted(WORKS), default=[])
    given = parser.parse_args(arguments)
    return show(rows(tuple(given.only)), as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
