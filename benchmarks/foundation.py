"""The main job on a real shop's file, and how its cost grows: time and peak memory of the whole process.

python -m benchmarks.foundation [--json] [--lines 1 10 30]     (millions of generated lines)
"""

import argparse
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, at_most, not_measured
from benchmarks.showing import show

MOST_SECONDS = 20.0
MOST_GB = 1.5
MILLION = 1_000_000


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    peak_gb: float


def rows(millions: tuple[int, ...] = (1, 10, 30), repeats: int = 3) -> Iterator[Row]:
    """The bars of the foundation, one by one: the last takes minutes."""
    yield from _real_shop(repeats)
    yield from _growth(millions)


def _real_shop(repeats: int) -> Iterator[Row]:
    work, command = "Online Retail II, import to report", "passend run online_retail_ii.csv.gz --yes"
    file = DATA / "online-retail-ii" / "online_retail_ii.csv.gz"
    if not file.exists():
        yield not_measured(work, f"there is no file {file}", command)
        return
    runs = kept(_repeated, file, repeats)
    seconds, peaks = [run.seconds for run in runs], [run.peak_gb for run in runs]
    told, median, peak = f"{repeats} runs, the median", float(np.median(seconds)), max(peaks)
    bar = at_most(MOST_SECONDS, median)
    yield Row(work, "seconds", median, bar, told, min(seconds), max(seconds), command)
    yield Row(work, "peak GB", peak, at_most(MOST_GB, peak), told, min(peaks), peak, command)


def _repeated(file: Path, repeats: int) -> list[Run]:
    return [measured(file) for _ in range(repeats)]


def _growth(millions: tuple[int, ...]) -> Iterator[Row]:
    """Seconds over lines x log(lines), beside those of the smallest file; it must not rise."""
    first = 0.0
    for size in millions:
        run = kept(_generated, size * MILLION)
        cost = run.seconds / (size * MILLION * math.log(size * MILLION))
        first = first or cost
        ratio = cost / first
        yield Row(
            f"{size} M generated lines, import to report",
            "seconds / (lines x log lines), over that of the smallest",
            round(ratio, 3),
            Bar("at most 1" if size != millions[0] else "the measure", ratio <= 1.0),
            f"{run.seconds:.1f} s, {run.peak_gb:.2f} GB",
            command="python -m benchmarks.foundation",
        )


def _generated(lines: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        file = Path(folder) / "orders.parquet"
        generate(file, lines)
        return measured(file)


def generate(file: Path, lines: int, seed: int = 1) -> None:
    """Write an order file of a shop that grows in customers and orders, not in products.

    5,000 products of falling popularity, 3 lines an order on average, five orders a customer, two years.
    """
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, 5001) ** 0.8
    edges = np.cumsum(weights / weights.sum())
    schema = pa.schema(
        [("order_id", pa.int64()), ("customer_id", pa.int64()), ("product_id", pa.string()), ("quantity", pa.int64()),
         ("order_date", pa.timestamp("s")), ("unit_price", pa.float64())]
    )  # fmt: skip
    names = pa.array([f"P{number:05d}" for number in range(5000)])
    prices = np.round(random.lognormal(2, 1, 5000), 2)
    with pq.ParquetWriter(file, schema) as writer:
        done = order = 0
        while done < lines:
            sizes = 1 + random.poisson(2, size=200_000)
            keep = (
                int(np.searchsorted(np.cumsum(sizes), min(lines - done, int(sizes.sum())), side="left")) + 1
            )
            sizes = sizes[:keep]
            orders = np.repeat(np.arange(order, order + keep), sizes)[: lines - done]
            customers = np.repeat(random.integers(0, max(1, lines // 15), keep), sizes)[: lines - done]
            days = np.repeat(random.integers(0, 730 * 1440, keep) * 60, sizes)[: lines - done] + 1_600_000_000
            products = np.searchsorted(edges, random.random(len(orders)))
            writer.write_table(
                pa.table(
                    [orders, customers, names.take(pa.array(products)), random.integers(1, 4, len(orders)),
                     pa.array(days, pa.timestamp("s")), prices[products]],
                    schema=schema,
                )
            )  # fmt: skip
            done += len(orders)
            order += keep


def measured(*files: Path) -> Run:
    """Run the whole job in a process of its own; its peak memory is sampled twenty times a second."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        command = [
            sys.executable,
            "-m",
            "passend",
            "run",
            *map(str, files),
            "--yes",
            "--json",
            "-w",
            f"{folder}/ws",
        ]
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        peak = [0]
        watch = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
        watch.start()
        _, told = process.communicate()
        seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"the job failed: {told}")
    return Run(seconds, peak[0] / 1e9)


def _watch(process_id: int, peak: list[int]) -> None:
    try:
        process = psutil.Process(process_id)
        while True:
            peak[0] = max(peak[0], process.memory_info().rss)
            time.sleep(0.05)
    except psutil.NoSuchProcess:
        return


def main() -> int:
    """Print the rows of the foundation alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lines", type=int, nargs="*", default=[1, 10, 30])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    return show(rows(tuple(options.lines), options.repeats), as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
