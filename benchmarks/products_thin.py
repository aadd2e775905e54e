"""What small shops are told: is it true, is its chance true, and is it more than plain counting would tell?

python -m benchmarks.products_thin [--seeds 6]

Planted shops of 100 to 1,000 orders, with and without names and categories that tell; shops in which nothing goes
together; slices of Online Retail II, judged by what the whole file proves. Each list is compared with counting and with
cosine at the same number of places.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import product as crossed

import numpy as np
import polars as pl
import pyarrow as pa

from benchmarks.data import DATA
from benchmarks.products_next import retail_orders
from benchmarks.row import Bar, Row, at_least, at_most, not_measured
from benchmarks.showing import show
from benchmarks.thin_shops import Pair, ThinShop, thin_shop
from passend import Relations
from passend.evaluate.intervals import resample

COMMAND = "python -m benchmarks.products_thin"
PLACES = 5
SIZES, SLICES = (100, 300, 1_000), (300, 1_000)
_RATE = 0.01


class Lists:
    """The lists of one shop: ours, plain counting and cosine, at the same number of places."""

    def __init__(self, orders: pa.Table, products: pa.Table | None) -> None:
        self.relations = Relations(likely=True, false_discovery_rate=_RATE).fit(orders, products)
        proved = (
            pl.DataFrame(self.relations.relations_).filter(type="complement").filter(pl.col("support") > 0)
        )
        self.proved = set(zip(proved["product_id"], proved["other_id"], strict=True))
        self.likely = pl.DataFrame(self.relations.likely_)
        self.ours: dict[str, list[str]] = defaultdict(list)
        for rows in (proved.sort("product_id", "rank"), self.likely.sort("product_id", "rank")):
            for one, other in zip(rows["product_id"], rows["other_id"], strict=True):
                self.ours[one].append(other)
        self.counted = _counted(orders)

    def precisions(self, true: set[Pair]) -> np.ndarray:
        """Of each product with a list: the share of ours, of counting's and of cosine's that is true."""
        found = []
        for one, ours in self.ours.items():
            if one not in self.counted:
                continue
            places = min(len(ours), PLACES)
            others = self.counted[one]
            by_count = [other for *_, other in sorted(others, key=lambda row: (-row[0], row[2]))][:places]
            by_cosine = [other for *_, other in sorted(others, key=lambda row: (-row[1], row[2]))][:places]
            lists = (ours[:places], by_count, by_cosine)
            found.append([sum((one, other) in true for other in some) / places for some in lists])
        return np.array(found).reshape(-1, 3)


def _counted(orders: pa.Table) -> dict[str, list[tuple[int, float, str]]]:
    lines = pl.DataFrame(orders).select("order_id", "product_id").unique()
    support = dict(lines.group_by("product_id").len().iter_rows())
    pairs = lines.join(lines, on="order_id", suffix="_b").filter(
        pl.col("product_id") != pl.col("product_id_b")
    )
    out: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for one, other, count in pairs.group_by("product_id", "product_id_b").len().iter_rows():
        out[one].append((count, count / (support[one] * support[other]) ** 0.5, other))
    return out


def planted(seeds: int) -> Iterator[Row]:
    """Planted shops: lists beside counting's, and stated chances beside true shares."""
    stated: list[tuple[float, bool]] = []
    for orders, tells in crossed(SIZES, (True, False)):
        found = []
        for seed in range(seeds):
            bought, products, true = thin_shop(ThinShop(seed + 700, orders, tells=tells))
            lists = Lists(bought, products)
            found.append(lists.precisions(true))
            likely = lists.likely
            stated += [
                (chance, (one, other) in true)
                for one, other, chance in likely.select("product_id", "other_id", "chance").iter_rows()
            ]
        work = f"{seeds} planted shops of {orders:,} orders, names and categories {'tell' if tells else 'do not tell'}"
        yield from _compared(work, np.concatenate(found))
    chance, true_ = (np.array(one, dtype=float) for one in zip(*stated, strict=True))
    for low, high in ((0.1, 0.4), (0.4, 0.7), (0.7, 1.0)):
        some = (chance >= low) & (chance < high)
        off = float(chance[some].mean() - true_[some].mean())
        noise = 1.96 * float(np.sqrt(true_[some].var() / max(some.sum(), 1)))
        yield Row(
            f"planted shops, {int(some.sum()):,} pairs with a chance of {low:g} to {high:g}",
            "stated less true share", round(off, 3), Bar("within .05", abs(off) - noise <= 0.05),
            low=round(off - noise, 3), high=round(off + noise, 3), command=COMMAND,
        )  # fmt: skip


def null(seeds: int) -> Iterator[Row]:
    """Shops in which nothing goes together: proved is what chance may prove, and hardly anything is told."""
    proved, told = 0, []
    for orders, seed in crossed(SIZES, range(seeds)):
        bought, products, _ = thin_shop(ThinShop(seed + 900, orders, planted=False))
        lists = Lists(bought, products)
        proved += bool(lists.proved)
        told.append(float(lists.likely["chance"].sum() or 0))
    shops = len(SIZES) * seeds
    allowed = _RATE + 1.96 * (_RATE * (1 - _RATE) / shops) ** 0.5
    work, share = f"{shops} null shops", proved / shops
    yield Row(work, "share with a proved relation", share, at_most(allowed, share), command=COMMAND)
    yield Row(work, "true ones that the stated chances promise", float(np.mean(told)), command=COMMAND)


def slices() -> Iterator[Row]:
    """Slices of Online Retail II, judged by what the whole file proves."""
    if not (DATA / "online-retail-ii").is_dir():
        yield not_measured("slices of Online Retail II", "no folder online-retail-ii", COMMAND)
        return
    sales = retail_orders()
    whole = pl.DataFrame(Relations(false_discovery_rate=_RATE).fit(sales).relations_)
    whole = whole.filter(type="complement").filter(pl.col("support") > 0)
    true = set(zip(whole["product_id"], whole["other_id"], strict=True))
    names = _names()
    frame = pl.DataFrame(sales).sort("ordered_at", "order_id", maintain_order=True)
    ids = frame["order_id"].unique(maintain_order=True)
    for orders in SLICES:
        found = []
        for start in np.linspace(0, len(ids) - orders, 4).astype(int):
            some = frame.filter(pl.col("order_id").is_in(ids[int(start) : int(start) + orders].implode()))
            found.append(Lists(some.to_arrow(), names).precisions(true))
        yield from _compared(f"4 slices of Online Retail II, {orders:,} orders", np.concatenate(found))


def _names() -> pa.Table:
    """What the wholesaler calls its products."""
    lines = pl.read_csv(DATA / "online-retail-ii" / "online_retail_ii.csv.gz", infer_schema_length=0)
    named = lines.drop_nulls("Description").unique("StockCode", keep="first", maintain_order=True)
    return named.select(product_id="StockCode", name="Description").to_arrow()


def _compared(work: str, found: np.ndarray) -> Iterator[Row]:
    for place, name in ((1, "plain counting"), (2, "cosine")):
        more = resample((found[:, 0] - found[:, place])[:, None], 1).mean(0)
        yield Row(
            f"{work} ({len(found):,} lists)", f"precision at 5 {found[:, 0].mean():.3f}, more than {name}",
            round(more.value, 3), at_least(0.0, more.high), f"{name} {found[:, place].mean():.3f}",
            round(more.low, 3), round(more.high, 3), COMMAND,
        )  # fmt: skip


def rows(seeds: int = 6) -> Iterator[Row]:
    """Every bar of thin shops."""
    yield from planted(seeds)
    yield from null(seeds)
    yield from slices()


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; exit code 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    return show(rows(parser.parse_args(arguments).seeds))


if __name__ == "__main__":
    sys.exit(main())
