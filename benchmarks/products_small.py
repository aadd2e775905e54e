"""Next products where data are few: slices of real shops, firms with few products, and what is bought again.

python -m benchmarks.products_small [--json] [--only small|few|repeat]

The slices of one size are judged together, so that the interval is that of all their customers. Which customers a slice
holds is drawn by a hash; ``--draw`` takes others than those that were looked at while building.
"""

import argparse
import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.data import DATA
from benchmarks.products_next import retail_orders, tafeng_orders
from benchmarks.row import Bar, Row, not_measured
from benchmarks.showing import show
from passend.evaluate.intervals import resample
from passend.evaluate.metrics import measures
from passend.evaluate.protocols import OURS, Choice, Trial, next_novel, time_cut
from passend.market.world import Market
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.ranker import RankerSettings

COMMAND = "python -m benchmarks.products_small --only {}"
CUTS = (datetime(2010, 11, 15), datetime(2011, 2, 1), datetime(2011, 5, 15), datetime(2011, 8, 1))
HORIZON = 90.0


def _slice(orders: pa.Table, customers: int, draw: int) -> pa.Table:
    ids = pc.unique(orders["customer_id"]).to_pylist()
    ids.sort(key=lambda one: hashlib.md5(f"{draw}/{one}".encode(), usedforsecurity=False).hexdigest())
    return orders.filter(pc.is_in(orders["customer_id"], value_set=pa.array(ids[:customers], pa.string())))


def _tried(orders: pa.Table, *, novel: bool = True, cut: datetime | None = None) -> Trial:
    table = read_orders(orders)
    choice = Choice(None, RankerSettings(threads=1), 1, 3_000, novel)
    return (
        time_cut(table, choice, cut, HORIZON)
        if table.purchases.dated
        else next_novel(table, choice, None, "test")
    )


def _judged(work: str, trials: list[Trial], names: tuple[str, ...], command: str) -> Iterator[Row]:
    """One row a measure: the lift over the baseline that is best on all slices together."""
    found: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
    for trial in trials:
        for method, lists in trial.lists.items():
            values = measures(lists, trial.truth) | {
                "hit@1": _hit(trial, lists, 1),
                "hit@3": _hit(trial, lists, 3),
            }
            for name in names:
                found[method, name].append(values[name])
    keys = list(found)
    drawn = resample(np.stack([np.concatenate(found[key]) for key in keys], axis=1), 1)
    taken = ", ".join(sorted({trial.chosen.method for trial in trials if trial.chosen is not None}))
    for name in names:
        ours = keys.index((OURS, name))
        best = max(
            (key for key in keys if key[1] == name and key[0] != OURS),
            key=lambda key: drawn.means[keys.index(key)],
        )
        lift = drawn.lift(ours, keys.index(best))
        yield Row(
            f"{work} ({sum(len(trial.judged) for trial in trials)} judged; by {taken})",
            f"{name} {drawn.means[ours]:.4f}, lift",
            round(lift.value, 4),
            Bar("not behind beyond noise", bool(lift.high >= 0)),
            f"{best[0]} {drawn.means[keys.index(best)]:.4f}",
            round(lift.low, 4),
            round(lift.high, 4),
            COMMAND.format(command),
        )


def _hit(trial: Trial, lists: np.ndarray, k: int) -> np.ndarray:
    rows = np.arange(len(lists))[:, None]
    found = np.asarray(trial.truth.wanted[rows, np.maximum(lists[:, :k], 0)].todense()) > 0
    return np.asarray((found & (lists[:, :k] >= 0)).any(1), dtype=np.float64)


def small(draw: int) -> Iterator[Row]:
    """Slices of Ta-Feng by hidden last orders, and of Online Retail II by time."""
    baskets, sales = tafeng_orders(), retail_orders()
    for customers, slices in ((500, 4), (2_000, 2)):
        trials = [_tried(_slice(baskets, customers, draw + one)) for one in range(slices)]
        yield from _judged(
            f"Ta-Feng, {slices} x {customers} customers", trials, ("recall@10", "ndcg@10"), "small"
        )
    for customers, slices in ((100, 8), (300, 4)):
        trials = [
            _tried(_slice(sales, customers, draw + one), cut=CUTS[one % len(CUTS)]) for one in range(slices)
        ]
        work = f"Online Retail II, {slices} x {customers} customers"
        yield from _judged(work, trials, ("recall@10", "ndcg@10"), "small")


def few(draw: int) -> Iterator[Row]:
    """Firms with few products, from the simulated market."""
    for name in ("insurer", "gym"):
        market = Market(name, seed=draw, changes={"customers.number": 2_000})
        orders = market.table("orders").filter(pc.invert(market.table("orders")["is_gift"]))
        yield from _judged(f"market, {name}", [_tried(orders)], ("hit@1", "hit@3", "mrr"), "few")


def repeat(draw: int) -> Iterator[Row]:
    """All purchases, the repeated ones too."""
    trials = [_tried(_slice(tafeng_orders(), 1_000, draw + one), novel=False) for one in range(2)]
    yield from _judged(
        "Ta-Feng, all products, 2 x 1000 customers", trials, ("recall@10", "ndcg@10"), "repeat"
    )
    trials = [
        _tried(_slice(retail_orders(), 300, draw + one), novel=False, cut=CUTS[one]) for one in range(2)
    ]
    yield from _judged(
        "Online Retail II, all products, 2 x 300 customers", trials, ("recall@10", "ndcg@10"), "repeat"
    )


WORKS: dict[str, Callable[[int], Iterator[Row]]] = {"small": small, "few": few, "repeat": repeat}
NEEDS = {"small": ("tafeng", "online-retail-ii"), "few": (), "repeat": ("tafeng", "online-retail-ii")}


def rows(only: tuple[str, ...] = (), draw: int = 900) -> Iterator[Row]:
    """Every bar of small worlds."""
    for name, work in WORKS.items():
        if only and name not in only:
            continue
        lacking = [folder for folder in NEEDS[name] if not (DATA / folder).is_dir()]
        if lacking:
            yield not_measured(
                name, f"there is no folder {', '.join(lacking)} in {DATA}", COMMAND.format(name)
            )
        else:
            yield from work(draw)


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; exit code 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", action="append", choices=sorted(WORKS), default=[])
    parser.add_argument("--draw", type=int, default=900)
    given = parser.parse_args(arguments)
    return show(rows(tuple(given.only), given.draw), as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
