"""Moments of simulated orders beside those of real ones, and how costly cross-buyers are: is the market a toy?

python -m benchmarks.market_likeness       (real data where PASSEND_DATA points, else ../shared/data)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Row, not_measured
from benchmarks.showing import show
from passend.market.likeness import CrossBuyers, Moments, cross_buyers, moments
from passend.market.world import Market

COMMAND = "python -m benchmarks.market_likeness"
SCENARIOS = ("bicycle-shop", "electronics", "b2b-parts", "gym")
TRADES = ("bicycle-shop", "electronics", "insurer", "gym", "b2b-parts", "odd")
#: Shah and Kumar, Harvard Business Review, December 2012: five firms, means.
PUBLISHED = {"unprofitable": "published: .2", "of_losses": "published: .7"}


def rows(customers: int = 2000) -> Iterator[Row]:
    """One row for each moment of each source; nothing is judged."""
    for name in SCENARIOS:
        yield from _rows(name, kept(simulated, name, customers))
    for name, (folder, read) in REAL.items():
        if (DATA / folder).is_dir():
            yield from _rows(name, kept(read, DATA / folder))
        else:
            yield not_measured(name, f"there is no folder {DATA / folder}", COMMAND)
    for name in TRADES:
        yield from _rows(f"{name}, a year", kept(costly, name, 2 * customers))


def _rows(work: str, found: Moments | CrossBuyers) -> Iterator[Row]:
    for what, value in asdict(found).items():
        yield Row(work, what, value, baseline=PUBLISHED.get(what, ""), command=COMMAND)


def simulated(name: str, customers: int) -> Moments:
    """The orders of a simulated market."""
    return moments(Market(name, 1, {"customers.number": customers}).table("orders"))


def costly(name: str, customers: int) -> CrossBuyers:
    """How costly the cross-buyers of a simulated market are."""
    return cross_buyers(Market(name, 1, {"customers.number": customers}))


def online_retail(folder: Path) -> Moments:
    """Online Retail II: sales with a customer; invoices that begin with C are taken back."""
    text = {"Invoice": pa.string(), "StockCode": pa.string(), "Customer ID": pa.string()}
    table = pv.read_csv(
        folder / "online_retail_ii.csv.gz",
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


def ta_feng(folder: Path) -> Moments:
    """Ta-Feng: baskets in their order, without dates and returns."""
    table = pq.read_table(folder / "baskets.parquet")
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


#: Real data beside it: folder, and who reads it.
REAL = {"Online Retail II": ("online-retail-ii", online_retail), "Ta-Feng": ("tafeng", ta_feng)}


if __name__ == "__main__":
    sys.exit(show(rows()))
