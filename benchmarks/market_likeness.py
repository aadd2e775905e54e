"""Moments of simulated orders beside those of real ones, and how costly cross-buyers are: is the market a toy?

python -m benchmarks.market_likeness       (real data where PASSEND_DATA points, else ../shared/data)
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

from passend.market.likeness import Moments, cross_buyers, moments
from passend.market.world import Market

COMMAND = "python -m benchmarks.market_likeness"
SCENARIOS = ("bicycle-shop", "electronics", "b2b-parts", "gym")
TRADES = ("bicycle-shop", "electronics", "insurer", "gym", "b2b-parts", "odd")
#: Shah and Kumar, Harvard Business Review, December 2012: five firms, means.
PUBLISHED = {"unprofitable": "published: .2", "of_losses": "published: .7"}


def rows(customers: int = 2000) -> list[dict[str, Any]]:
    """One row for each moment of each source; nothing is judged."""
    sources = {
        name: moments(Market(name, 1, {"customers.number": customers}).table("orders")) for name in SCENARIOS
    }
    data = Path(os.environ.get("PASSEND_DATA", "../shared/data"))
    if data.exists():
        sources |= {"Online Retail II": online_retail(data), "Ta-Feng": ta_feng(data)}
    made = [
        _row(source, what, value)
        for source, found in sources.items()
        for what, value in asdict(found).items()
    ]
    for name in TRADES:
        found = cross_buyers(Market(name, 1, {"customers.number": 2 * customers}))
        for what, value in asdict(found).items():
            made.append(_row(f"{name}, a year", what, value, PUBLISHED.get(what, "")))
    return made


def _row(work: str, measure: str, value: float | None, baseline: str = "") -> dict[str, Any]:
    return {
        "work": work, "measure": measure, "value": value, "low": None, "high": None, "baseline": baseline,
        "bar": None, "met": None, "command": COMMAND,
    }  # fmt: skip


def online_retail(data: Path) -> Moments:
    """Online Retail II: sales with a customer; invoices that begin with C are taken back."""
    text = {"Invoice": pa.string(), "StockCode": pa.string(), "Customer ID": pa.string()}
    table = pv.read_csv(
        data / "online-retail-ii" / "online_retail_ii.csv.gz",
        convert_options=pv.ConvertOptions(column_types=text),
    )
    known = pc.and_(pc.is_valid(table["Customer ID"]), pc.not_equal(table["Customer ID"], ""))
    table = table.filter(known)
    is_back = pc.starts_with(table["Invoice"], "C")
    back = -(pc.sum(table.filter(is_back)["Quantity"]).as_py() or 0)
    sold = table.filter(pc.invert(is_back))
    lines = pa.table(
        {
            "order_id": sold["Invoice"],
            "customer_id": sold["Customer ID"],
            "product_id": sold["StockCode"],
            "ordered_at": sold["InvoiceDate"].cast(pa.timestamp("us")),
        }
    )
    pieces = pc.sum(sold["Quantity"]).as_py()
    return Moments(**(asdict(moments(lines)) | {"returned_share": back / pieces}))


def ta_feng(data: Path) -> Moments:
    """Ta-Feng: baskets in their order, without dates and returns."""
    table = pq.read_table(data / "tafeng" / "baskets.parquet")
    names = {name.lower(): name for name in table.column_names}
    user = table[next(names[one] for one in ("user_id", "customer_id", "user") if one in names)].cast(
        pa.string()
    )
    place = table[
        next(names[one] for one in ("order_number", "basket", "sequence", "basket_number") if one in names)
    ]
    item = table[next(names[one] for one in ("item_id", "product_id", "item") if one in names)].cast(
        pa.string()
    )
    order = pc.binary_join_element_wise(user, place.cast(pa.string()), "-")
    return moments(
        pa.table(
            {"order_id": order, "customer_id": user, "product_id": item, "sequence": place.cast(pa.int64())}
        )
    )


if __name__ == "__main__":
    for row in rows():
        print(
            f"{row['work']:24} {row['measure']:16} {row['value'] if row['value'] is not None else 'not known'}"
        )
    sys.exit(0)
