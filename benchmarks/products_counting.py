"""Which products lie together: passend's exact pair counts against DuckDB, Polars and SciPy, side by side.

Every contender is a process of its own: it starts Python, reads the Parquet file, counts in how many orders
each two products lie together, keeps pairs of at least five orders as a table in memory, and prints a
checksum. Wall time and peak memory are those of the whole process. All must find the same pairs and counts.
The lines hold each product once an order, so that the contenders need no DISTINCT; passend looks for repeats
all the same.

    python -m benchmarks.products_counting [--lines 30_000_000] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.row import REPORTED, Row, at_least, at_most
from benchmarks.showing import show

MIN_SUPPORT = 5
PEERS = ("duckdb", "polars", "scipy")
LEAST_SPEED_UP = 6.0
MOST_MEMORY_SHARE = 1 / 3
LARGE_LINES = 100_000_000
MOST_LARGE_GB = 8.0
MOST_LARGE_TIMES = 4.0
LEAST_LINES_FOR_BARS = 30_000_000  # below, starting Python and loading the kernels is most of the time
GB = 1e9


@dataclass(frozen=True)
class Plan:
    """What to run: lines of the usual and the large file (0: none), repeats, layout, peers, folder."""

    lines: int = 30_000_000
    large: int = LARGE_LINES
    repeats: int = 2
    text: bool = False
    shuffled: bool = False
    peers: tuple[str, ...] = PEERS
    folder: Path | None = None


@dataclass(frozen=True)
class Run:
    """One process: what it found, and what it took."""

    contender: str
    pairs: int
    together: int
    checksum: int
    seconds: float
    processor_seconds: float
    peak_bytes: int
    load_before: float

    def told(self) -> str:
        """For people."""
        return (
            f"    {self.contender:8} {self.seconds:7.2f} s wall {self.processor_seconds:7.2f} s of processor"
            f" {self.peak_bytes / GB:6.2f} GB peak   load {self.load_before}"
        )


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and print it; 1 if a bar is missed."""
    options = _options(arguments)
    if options.contender:
        return _contend(options.contender, options.file, options.min_support)
    plan = Plan(
        lines=options.lines,
        large=options.large
        if options.large is not None
        else (LARGE_LINES if options.lines == 30_000_000 else 0),
        repeats=options.repeats,
        text=options.text,
        shuffled=options.shuffled,
        peers=tuple(options.peers.split(",")),
        folder=options.folder,
    )
    return show(rows(plan), as_json=options.json)


def rows(plan: Plan | None = None) -> Iterator[Row]:
    """The rows of the comparison."""
    plan = plan or Plan()
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as temporary:
        folder = plan.folder or Path(temporary)
        file = _generated(plan, plan.lines, folder)
        first = _run("passend", file, cold=True)
        runs: dict[str, list[Run]] = {name: [] for name in ("passend", *plan.peers)}
        for _ in range(plan.repeats):  # in turns, so that a busy minute of the machine hits all alike
            for name, several in runs.items():
                several.append(_run(name, file))
        _same_result([first, *(run for several in runs.values() for run in several)])
        yield from _compared(plan, runs)
        yield _first_run_row(plan, first, runs["passend"])
        if plan.large:
            large_file = _generated(plan, plan.large, folder)
            turns = [(_run("passend", file), _run("passend", large_file)) for _ in range(plan.repeats)]
            yield from _large_rows(plan, [turn[1] for turn in turns], [turn[0] for turn in turns])


def _compared(plan: Plan, runs: dict[str, list[Run]]) -> list[Row]:
    """The rows that set passend against its peers."""
    ours = runs["passend"]
    best = min(plan.peers, key=lambda name: min(run.seconds for run in runs[name]))
    theirs = [run.seconds for run in runs[best]]
    found = [
        _row(
            plan,
            plan.lines,
            f"times as fast as the best of {', '.join(plan.peers)}, whole process",
            min(theirs) / min(run.seconds for run in ours),
            f"{best}: {min(theirs):.1f} s; passend: {min(run.seconds for run in ours):.2f} s",
            (min(theirs) / max(run.seconds for run in ours), max(theirs) / min(run.seconds for run in ours)),
            (LEAST_SPEED_UP, "at least"),
            runs,
        )
    ]
    least = min(plan.peers, key=lambda name: min(run.processor_seconds for run in runs[name]))
    work, their_work = [run.processor_seconds for run in ours], [run.processor_seconds for run in runs[least]]
    found.append(
        _row(
            plan,
            plan.lines,
            "times less processor time than the most frugal of them",
            min(their_work) / min(work),
            f"{least}: {min(their_work):.1f} s; passend: {min(work):.2f} s",
            (min(their_work) / max(work), max(their_work) / min(work)),
            (None, ""),
            {},
        )
    )
    if "duckdb" in plan.peers:
        duckdb = [run.peak_bytes for run in runs["duckdb"]]
        peaks = [run.peak_bytes for run in ours]
        found.append(
            _row(
                plan,
                plan.lines,
                "share of DuckDB's peak memory",
                max(peaks) / min(duckdb),
                f"duckdb: {min(duckdb) / GB:.2f} GB; passend: {max(peaks) / GB:.2f} GB",
                (min(peaks) / max(duckdb), max(peaks) / min(duckdb)),
                (MOST_MEMORY_SHARE, "at most"),
                {},
            )
        )
    return found


def _first_run_row(plan: Plan, first: Run, later: list[Run]) -> Row:
    """What the very first run costs, which compiles the kernels; later ones load them. No bar is set."""
    return _row(
        plan,
        plan.lines,
        "seconds of the very first run, compilation included",
        first.seconds,
        f"later runs: {min(run.seconds for run in later):.2f} s",
        (first.seconds, first.seconds),
        (None, ""),
        {"first": [first]},
    )


def _large_rows(plan: Plan, large: list[Run], usual: list[Run]) -> list[Row]:
    """The rows about the large file: memory, and time against the usual file."""
    peaks = [run.peak_bytes / GB for run in large]
    seconds, before = [run.seconds for run in large], [run.seconds for run in usual]
    return [
        _row(
            plan,
            plan.large,
            "GB of peak memory",
            max(peaks),
            "",
            (min(peaks), max(peaks)),
            (MOST_LARGE_GB, "at most"),
            {},
        ),
        _row(
            plan,
            plan.large,
            f"times the time of {plan.lines:,} lines",
            min(seconds) / min(before),
            f"{plan.lines:,} lines: {min(before):.2f} s; {plan.large:,} lines: {min(seconds):.2f} s",
            (min(seconds) / max(before), max(seconds) / min(before)),
            (MOST_LARGE_TIMES, "at most"),
            {"passend": large},
        ),
    ]


def _row(  # noqa: PLR0917  # one caller's table
    plan: Plan,
    lines: int,
    measure: str,
    value: float,
    baseline: str,
    between: tuple[float, float],
    bar: tuple[float | None, str],
    runs: dict[str, list[Run]],
) -> Row:
    limit, side = bar if lines >= LEAST_LINES_FOR_BARS else (None, "")
    kind = (", ids as text" if plan.text else "") + (", rows shuffled" if plan.shuffled else "")
    flags = ("--text " if plan.text else "") + ("--shuffled " if plan.shuffled else "")
    judge = at_least if side == "at least" else at_most
    for several in runs.values():
        for run in several:
            print(run.told(), file=sys.stderr, flush=True)
    return Row(
        f"{lines:,} order lines, Parquet to pair counts{kind}",
        measure,
        round(value, 3),
        REPORTED if limit is None else judge(limit, value),
        baseline,
        round(between[0], 3),
        round(between[1], 3),
        f"python -m benchmarks.products_counting --lines {plan.lines} {flags}".strip(),
    )


def _generated(plan: Plan, lines: int, folder: Path) -> Path:
    """The file of order lines, made in a process of its own so that this one stays small."""
    file = folder / f"lines-{lines}{'-text' * plan.text}{'-shuffled' * plan.shuffled}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        shape = f"Shape(lines={lines}, text={plan.text}, shuffled={plan.shuffled})"
        script = f"from benchmarks.order_lines import *; write({shape}, Path({str(file)!r}))"
        subprocess.run([sys.executable, "-c", script], check=True)
    return file


def _run(contender: str, file: Path, *, cold: bool = False) -> Run:
    """One contender in a fresh process; cold: with nothing compiled yet."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.products_counting",
        "--contender",
        contender,
        "--file",
        str(file),
    ]
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, **({"NUMBA_CACHE_DIR": empty} if cold else {})}
        load = os.getloadavg()[0]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        output = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{contender} ended with {process.returncode} on {file.name}")
    return Run(
        contender=contender,
        **json.loads(output),
        seconds=round(seconds, 3),
        processor_seconds=round(usage.ru_utime + usage.ru_stime, 3),
        peak_bytes=usage.ru_maxrss * 1024,
        load_before=round(load, 2),
    )


def _same_result(runs: list[Run]) -> None:
    results = {(run.pairs, run.together, run.checksum) for run in runs}
    if len(results) > 1:
        raise SystemExit("The contenders disagree:\n" + "\n".join(str(run) for run in runs))


def _contend(contender: str, file: Path, min_support: int) -> int:
    """What the process of one contender does."""
    left, right, count = {"passend": _passend, "duckdb": _duckdb, "polars": _polars, "scipy": _scipy}[
        contender
    ](file, min_support)
    import numpy as np

    one, two = _numbers(left), _numbers(right)
    mixed = np.minimum(one, two)
    mixed *= np.uint64(1_000_003)
    mixed += np.maximum(one, two)
    counts = np.asarray(count).astype(np.uint64)
    result = {"pairs": len(counts), "together": int(counts.sum()), "checksum": int(np.dot(mixed, counts))}
    print(json.dumps(result))
    return 0


def _numbers(ids: Any) -> Any:
    """Product ids as numbers, whether they came as 1234 or as "A-1234"."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(ids, np.ndarray):
        return ids.astype(np.uint64)
    column = pa.array(ids) if not isinstance(ids, pa.Array | pa.ChunkedArray) else ids
    if not pa.types.is_integer(column.type):
        column = pc.cast(pc.utf8_slice_codeunits(column, 2), pa.int64())
    return np.asarray(column).astype(np.uint64)


def _passend(file: Path, min_support: int) -> tuple[Any, Any, Any]:
    import pyarrow as pa

    from passend.kernels.baskets import group_lines
    from passend.kernels.coding import values
    from passend.kernels.order_lines import read_order_lines
    from passend.kernels.pair_counts import collect, count_pairs

    lines = read_order_lines(file)
    ids = lines.product_ids
    baskets = group_lines(
        lines.basket, lines.product, n_baskets=len(lines.order_ids), n_products=len(lines.product_ids)
    )
    del lines
    pairs = collect(count_pairs(baskets, min_support=min_support))
    names = values(ids) if pa.types.is_integer(ids.type) else ids
    return names.take(pairs.left), names.take(pairs.right), pairs.count


def _duckdb(file: Path, min_support: int) -> tuple[Any, Any, Any]:
    import duckdb

    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    table = connection.sql(
        """
        select one.product_id as one, two.product_id as two, count(*) as n
        from read_parquet($file) as one
        join read_parquet($file) as two on one.order_id = two.order_id and one.product_id < two.product_id
        group by all
        having count(*) >= $least
        """,
        params={"file": str(file), "least": min_support},
    ).to_arrow_table()
    return table["one"], table["two"], table["n"]


def _polars(file: Path, min_support: int) -> tuple[Any, Any, Any]:
    import polars as pl

    lines = pl.scan_parquet(file)
    table = (
        lines.join(lines, on="order_id")
        .filter(pl.col("product_id") < pl.col("product_id_right"))
        .group_by("product_id", "product_id_right")
        .len("n")
        .filter(pl.col("n") >= min_support)
        .collect(engine="streaming")  # its in-memory engine takes three times the time and twice the memory
        .to_arrow()
    )
    return table["product_id"], table["product_id_right"], table["n"]


def _scipy(file: Path, min_support: int, *, rows_at_once: int = 2_000) -> tuple[Any, Any, Any]:
    """A careful user's way: X'X in blocks of rows, so that the whole of it is never in memory."""
    import numpy as np
    import pyarrow.parquet as pq
    from scipy import sparse

    table = pq.read_table(file)
    order = table["order_id"].combine_chunks().dictionary_encode()
    product = table["product_id"].combine_chunks().dictionary_encode()
    ids, shape = product.dictionary, (len(order.dictionary), len(product.dictionary))
    places = (order.indices.to_numpy(), product.indices.to_numpy())
    held = sparse.csr_matrix((np.ones(len(order), np.int32), places), shape=shape)
    del table, order, product, places
    by_product = held.T.tocsr()
    lefts, rights, counts = [], [], []
    for first in range(0, shape[1], rows_at_once):
        block = (by_product[first : first + rows_at_once] @ held).tocoo()
        keep = (block.data >= min_support) & (block.row + first < block.col)
        lefts.append(block.row[keep] + first)
        rights.append(block.col[keep])
        counts.append(block.data[keep])
    return ids.take(np.concatenate(lefts)), ids.take(np.concatenate(rights)), np.concatenate(counts)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=30_000_000, help="order lines of the comparison")
    parser.add_argument(
        "--large", type=int, help="order lines of the large file; 0: none (default: 100 million)"
    )
    parser.add_argument("--repeats", type=int, default=2, help="runs of each contender")
    parser.add_argument("--text", action="store_true", help="order and product ids are texts")
    parser.add_argument("--shuffled", action="store_true", help="lines of an order do not stand together")
    parser.add_argument("--peers", default=",".join(PEERS), help="who to compare with")
    parser.add_argument("--folder", type=Path, help="keep the generated files here and use them again")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--contender", choices=("passend", *PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--min-support", type=int, default=MIN_SUPPORT, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
