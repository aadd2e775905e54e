"""A fidelity card of each market: whole distributions beside those of real shops, not only their means.

python -m benchmarks.market_fidelity       (real data where PASSEND_DATA points, else ../shared/data)

Each figure is the largest gap between two cumulative distributions (Kolmogorov and Smirnov), of the market and of the
real shop nearest to it. The band is how far the two real shops lie apart, and a tenth: a market that is no stranger to
both than they are to each other is no toy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import stats

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Row, at_most, not_measured
from benchmarks.showing import show
from passend.market.world import Market

COMMAND = "python -m benchmarks.market_fidelity"
#: Shops; an insurer's and a gym's contracts have no counterpart in order files of shops.
SCENARIOS = ("bicycle-shop", "electronics", "b2b-parts")
SEEDS = (1, 2, 3)
MORE = 0.1
#: Pairs of the products bought most, and joint orders that chance makes expect, before a lift says something.
_TOP, _EXPECTED, _CUSTOMERS = 60, 2.0, 3000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Card:
    """Distributions of an order file.

    Attributes:
        rhythm: days between two orders of a customer over that customer's mean; empty without dates.
        basket: different products in each order.
        orders: orders of each customer.
        popularity: share of all lines of each product, over the mean share.
        again: by order after the first, the share of its products that the customer had bought before.
        lifts: log of joint orders over those that chance makes expect, of pairs of popular products.
    """

    rhythm: Floats
    basket: Floats
    orders: Floats
    popularity: Floats
    again: Floats
    lifts: Floats


def rows(seeds: tuple[int, ...] = SEEDS) -> Iterator[Row]:
    """One row for each distribution of each market."""
    real = {
        name: kept(read, DATA / folder) for name, (folder, read) in REAL.items() if (DATA / folder).is_dir()
    }
    if len(real) < len(REAL):
        yield not_measured("fidelity of markets", f"real shops are not in {DATA}", COMMAND)
        return
    first, second = real.values()
    between = {one.name: _apart(first, second, one.name) for one in fields(Card)}
    for scenario in SCENARIOS:
        cards = [kept(simulated, scenario, seed) for seed in seeds]
        for one in fields(Card):
            far = {
                name: [gap for card in cards if (gap := _apart(card, other, one.name)) is not None]
                for name, other in real.items()
            }
            known = {name: gaps for name, gaps in far.items() if gaps}
            nearest = min(known, key=lambda name: float(np.mean(known[name])))
            gaps = known[nearest]
            apart = between[one.name]
            value = float(np.mean(gaps))
            yield Row(
                f"{scenario}, seeds {seeds[0]} to {seeds[-1]}: {one.name}",
                f"gap to {nearest}",
                value,
                at_most(round((apart if apart is not None else 0.25) + MORE, 2), value),
                "real shops apart: " + ("no dates in one" if apart is None else f"{apart:.2f}"),
                min(gaps),
                max(gaps),
                COMMAND,
            )


def _apart(one: Card, other: Card, what: str) -> float | None:
    first, second = getattr(one, what), getattr(other, what)
    return float(stats.ks_2samp(first, second).statistic) if len(first) and len(second) else None


def simulated(scenario: str, seed: int) -> Card:
    """The card of a market's orders."""
    orders = Market(scenario, seed, {"customers.number": 2000}).table("orders")
    orders = orders.filter(pc.is_valid(orders["customer_id"]))
    days = np.asarray(orders["ordered_at"].cast(pa.int64()).to_numpy(), float) / 86_400e6
    return card(orders["order_id"], orders["customer_id"], orders["product_id"], days)


def card(order: pa.ChunkedArray, customer: pa.ChunkedArray, product: pa.ChunkedArray, when: Floats) -> Card:
    """The distributions of order lines; ``when`` in days, or in places among a customer's orders (below 1,000)."""
    orders, customers, products = (_codes(one) for one in (order, customer, product))
    chosen = np.random.default_rng(1).permutation(int(customers.max()) + 1)[:_CUSTOMERS]
    kept_rows = np.isin(customers, chosen)
    orders, customers, products = (one[kept_rows] for one in (orders, customers, products))
    when = when[kept_rows]
    pair = np.unique(np.stack([orders, products]), axis=1)
    number, first = np.unique(orders, return_index=True)
    who, day = customers[first], when[first]
    basket = np.bincount(pair[0])[number]
    per_product = np.bincount(pair[1]).astype(float)
    sold = per_product[per_product > 0]
    return Card(
        _rhythm(who, day), basket.astype(float), np.bincount(who)[np.unique(who)].astype(float),
        sold / sold.mean(), _again(pair, dict(zip(number.tolist(), zip(who, day, strict=True), strict=True))),
        _lifts(pair, len(number)),
    )  # fmt: skip


def _rhythm(who: NDArray[np.int64], day: Floats) -> Floats:
    if day.max() < 1000:
        return np.zeros(0)
    order = np.lexsort((day, who))
    gap, same = np.diff(day[order]), np.diff(who[order]) == 0
    gap, owner = gap[same], who[order][1:][same]
    number = np.bincount(owner)
    mean = np.bincount(owner, gap) / np.maximum(number, 1)
    often = (number[owner] >= 3) & (mean[owner] > 0)
    return np.asarray(gap[often] / mean[owner[often]])


def _again(pair: NDArray[np.int64], of: dict[int, tuple[int, float]]) -> Floats:
    bought: dict[int, list[int]] = {}
    for order, product in pair.T.tolist():
        bought.setdefault(order, []).append(product)
    known: dict[int, set[int]] = {}
    shares = []
    for order in sorted(bought, key=lambda one: of[one][1]):
        before = known.setdefault(of[order][0], set())
        if before:
            shares.append(sum(one in before for one in bought[order]) / len(bought[order]))
        before.update(bought[order])
    return np.asarray(shares)


def _lifts(pair: NDArray[np.int64], orders: int) -> Floats:
    number = np.bincount(pair[1])
    top = np.argsort(-number, kind="stable")[:_TOP]
    place = np.full(len(number), -1)
    place[top] = np.arange(len(top))
    mine = place[pair[1]] >= 0
    held = np.zeros((int(pair[0].max()) + 1, len(top)), np.float32)
    held[pair[0][mine], place[pair[1][mine]]] = 1.0
    joint = (held.T @ held).astype(float)
    expected = np.outer(number[top], number[top]) / orders
    one, two = np.triu_indices(len(top), 1)
    enough = expected[one, two] >= _EXPECTED
    return np.asarray(np.log((joint[one, two] + 0.5) / (expected[one, two] + 0.5))[enough])


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(pc.dictionary_encode(column.combine_chunks()).indices.to_numpy(), np.int64)


def online_retail(folder: Path) -> Card:
    """Online Retail II: sales with a customer."""
    text = {"Invoice": pa.string(), "StockCode": pa.string(), "Customer ID": pa.string()}
    options = pv.ConvertOptions(column_types=text)
    table = pv.read_csv(folder / "online_retail_ii.csv.gz", convert_options=options)
    sold = pc.invert(pc.starts_with(table["Invoice"], "C"))
    known = pc.fill_null(pc.not_equal(table["Customer ID"], ""), False)
    table = table.filter(pc.and_(sold, known))
    moments = table["InvoiceDate"].cast(pa.timestamp("us")).cast(pa.int64())
    days = np.asarray(moments.to_numpy(), float) / 86_400e6
    return card(table["Invoice"], table["Customer ID"], table["StockCode"], days)


def ta_feng(folder: Path) -> Card:
    """Ta-Feng: baskets in their order, without dates."""
    table = pq.read_table(folder / "baskets.parquet")
    names = {name.lower(): name for name in table.column_names}
    user, place, item = (
        table[next(names[one] for one in choice if one in names)]
        for choice in (
            ("user_id", "customer_id", "user"),
            ("order_number", "basket", "sequence", "basket_number"),
            ("item_id", "product_id", "item"),
        )
    )
    order = pc.binary_join_element_wise(user.cast(pa.string()), place.cast(pa.string()), "-")
    return card(order, user, item, np.asarray(place.to_numpy(), float))


REAL: dict[str, tuple[str, Callable[[Path], Card]]] = {
    "Online Retail II": ("online-retail-ii", online_retail),
    "Ta-Feng": ("tafeng", ta_feng),
}


if __name__ == "__main__":
    sys.exit(show(rows()))
