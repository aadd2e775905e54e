"""Effects learned from a million contacts: time and memory of the step, and whether the planted effects are found.

python -m benchmarks.decisions_effects [--contacts 1000000]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.kept import kept
from benchmarks.row import Row, at_least, at_most
from benchmarks.showing import show
from passend.engines import DuckDBEngine
from passend.flow.offering import offer_effects

MOST_SECONDS, MOST_GB, LEAST_HELD = 90.0, 4.0, 0.9
SEEDS = (1, 2, 3, 4)
COMMAND = "python -m benchmarks.decisions_effects"
_WEEKS, _FROM, _PRODUCTS = 104, 74, 400
#: Extra purchases a contact by product, in turn: what works, what does nothing, what works a little.
_ADDED = np.array([0.03, 0.0, 0.01])


def rows(contacts: int = 1_000_000) -> Iterator[Row]:
    """A row for each bar."""
    small = [kept(_measured, contacts // 10, seed) for seed in SEEDS]
    large = kept(_measured, contacts, SEEDS[0])
    seconds, peak = large["seconds"], large["gb"]
    work = f"{contacts:,} contacts, {large['lines']:,.0f} order lines, {large['pairs']:,.0f} pairs"
    told = f"{small[0]['seconds']:.1f} s with a tenth"
    yield Row(work, "seconds of the step", seconds, at_most(MOST_SECONDS, seconds), told, command=COMMAND)
    included = "the tables themselves included"
    yield Row(work, "peak GB", peak, at_most(MOST_GB, peak), included, command=COMMAND)
    kinds = sum(one["kinds"] for one in small)
    held = sum(one["held"] * one["kinds"] for one in small) / kinds
    work = f"{len(SEEDS)} firms with {contacts // 10:,} contacts each"
    measure = "95 % intervals of products that hold the planted effect"
    yield Row(work, measure, held, at_least(LEAST_HELD, held), f"{kinds:.0f} intervals", command=COMMAND)


def _measured(contacts: int, seed: int) -> dict[str, float]:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.decisions_effects", "--one", str(contacts), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _firm(contacts: int, seed: int) -> dict[str, pa.Table]:
    """A fifth as many customers as contacts; each buys now and then, by popularity; contacts by lot add purchases."""
    rng = np.random.default_rng(seed)
    customers = contacts // 5
    share = 1 / (np.arange(_PRODUCTS) + 5.0)
    share /= share.sum()
    pace = rng.gamma(1.0, 0.08, customers)
    number = rng.poisson(pace * _WEEKS)
    who = np.repeat(np.arange(customers), number)
    day = rng.random(len(who)) * 7 * _WEEKS
    what = rng.choice(_PRODUCTS, len(who), p=share)
    asked, wish = rng.integers(0, customers, contacts), rng.choice(_PRODUCTS, contacts, p=share)
    when = 7.0 * rng.integers(_FROM, _WEEKS - 1, contacts)
    held = rng.random(contacts) < 0.1
    moved = ~held & (rng.random(contacts) < _ADDED[wish % len(_ADDED)])
    who, what = np.concatenate([who, asked[moved]]), np.concatenate([what, wish[moved]])
    day = np.concatenate([day, when[moved] + 1 + 5 * rng.random(moved.sum())])
    people, goods = (pa.array([f"{mark}{one:07d}" for one in range(count)])
                     for mark, count in (("c", customers), ("p", _PRODUCTS)))  # fmt: skip
    offered = np.stack([rng.permutation(40)[:10] for _ in range(1000)])[np.arange(customers) % 1000]
    return {
        "orders": pa.table({
            "customer_id": people.take(pa.array(who)), "product_id": goods.take(pa.array(what)),
            "ordered_at": _times(day)}),
        "contacts": pa.table({
            "contact_id": [f"k{one:08d}" for one in range(contacts)], "customer_id": people.take(pa.array(asked)),
            "product_id": goods.take(pa.array(wish)), "happened_at": _times(when),
            "direction": ["out"] * contacts, "purpose": ["offer"] * contacts, "channel": ["email"] * contacts,
            "probability": np.where(held, 0.1, 0.9), "discount_share": pa.nulls(contacts, pa.float64()),
            "outcome": pc.if_else(pa.array(held), "held-out", "none")}),
        "products": pa.table({
            "product_id": goods, "category": [f"shelf {one % 12}" for one in range(_PRODUCTS)],
            "price_cents": pa.array(rng.integers(500, 9000, _PRODUCTS))}),
        "relations": pa.table({
            "product_id": goods, "other_id": goods.take(pa.array((np.arange(_PRODUCTS) + 1) % _PRODUCTS)),
            "type": ["complement"] * _PRODUCTS, "strength": [2.0] * _PRODUCTS}),
        "recommendations": pa.table({
            "customer_id": people.take(pa.array(np.repeat(np.arange(customers), 10))),
            "product_id": goods.take(pa.array(offered.ravel())), "type": ["popular"] * (10 * customers)}),
    }  # fmt: skip


def _times(day: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array((day * 86_400_000_000).astype(np.int64)).cast(pa.timestamp("us"))


def _one(contacts: int, seed: int) -> dict[str, float]:
    process, peak, over = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], process.memory_info().rss)

    with tempfile.TemporaryDirectory() as folder:
        engine = DuckDBEngine(1000, 2, scratch=Path(folder))
        for name, table in (firm := _firm(contacts, seed)).items():
            engine.load(name, table)
        lines = firm["orders"].num_rows
        del firm, table
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        started = time.perf_counter()
        pairs, learned = offer_effects(engine)
        seconds = time.perf_counter() - started
        over.set()
        watcher.join()
        engine.close()
    held = []
    for row in learned.to_pylist():
        if row["subject"].startswith("product "):
            truth = _ADDED[int(row["subject"].removeprefix("product p")) % len(_ADDED)]
            held.append(row["effect_low"] < truth < row["effect_high"])
    return {
        "seconds": seconds, "gb": peak[0] / 1e9, "lines": lines, "pairs": pairs.num_rows,
        "held": float(np.mean(held)), "kinds": len(held),
    }  # fmt: skip


def main() -> int:
    """Print the rows alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--one", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_one(*options.one)))
        return 0
    return show(rows(options.contacts))


if __name__ == "__main__":
    sys.exit(main())
