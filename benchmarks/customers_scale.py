"""Facts, profit, kinds and scores for one million customers with 30 million order lines.

python -m benchmarks.customers_scale [--customers 1000000]

The lines are drawn by DuckDB into Parquet, before the clock starts. Time and peak memory are those of a process of
its own that runs every step of the customers room, learns a propensity from a sample, and scores every customer.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.row import Row, at_most
from benchmarks.showing import show

COMMAND = "python -m benchmarks.customers_scale"
LINES_EACH = 30

_ORDERS = """
    copy (
        select
            'o' || (i // 6) as order_id,
            i % 6 + 1 as line,
            'c' || cast(floor({n} * power(((i // 6) * 7919 % 1000003) / 1000003.0, 1.3)) as bigint) as customer_id,
            'p' || cast(floor(50000 * power((i * 104729 % 999983) / 999983.0, 3)) as bigint) as product_id,
            timestamp '2024-01-01' + to_seconds(cast(((i // 6) * 15485863 % 63072000) as bigint)) as ordered_at,
            cast(null as bigint) as sequence,
            1.0 as quantity,
            case when i % 23 = 0 then 1.0 else 0.0 end as returned_quantity,
            cast(500 + i * 31 % 4500 as bigint) as unit_price_cents,
            cast(case when (i // 6) % 5 = 0 then 200 else 0 end as bigint) as discount_cents,
            cast(500 + i * 31 % 4500 as bigint) as revenue_cents,
            'EUR' as currency,
            'web' as channel,
            false as is_gift
        from range({lines}) r(i)
    ) to '{folder}/orders.parquet' (format parquet)
"""
_RETURNS = """
    copy (
        select 'R' || order_id as return_id, line, customer_id, product_id,
            ordered_at + interval '10 days' as returned_at, 1.0 as quantity, revenue_cents as amount_cents, currency,
            order_id, line as order_line
        from '{folder}/orders.parquet' where returned_quantity > 0
    ) to '{folder}/returns.parquet' (format parquet)
"""
_PRODUCTS = """
    copy (
        select 'p' || i as product_id, 'Product ' || i as name, 'k' || (i % 400) as category,
            cast(1000 as bigint) as price_cents, cast(case when i % 2 = 0 then 600 end as bigint) as unit_cost_cents,
            'EUR' as currency, 'good' as kind, true as is_active, cast(1 as bigint) as orders,
            cast(null as timestamp) as first_sold_at, cast(null as timestamp) as last_sold_at
        from range(50000) r(i)
    ) to '{folder}/products.parquet' (format parquet)
"""


def draw(folder: Path, customers: int) -> None:
    """The shop's tables as Parquet files."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "3GB", "threads": 2})
    for text in (_ORDERS, _RETURNS, _PRODUCTS):
        connection.execute(text.format(n=customers, lines=customers * LINES_EACH, folder=folder))
    connection.close()


def work(folder: Path) -> None:
    """What is measured: the steps of the room, learning and scoring among them. Prints seconds and peak memory."""
    import resource
    import time

    from passend.engines import DuckDBEngine
    from passend.flow.steps import run_steps, steps_of
    from passend.ports import Silence
    from passend.settings import Settings
    from passend.tables import contract
    from passend.workspace import OPTIONAL

    began = time.perf_counter()
    seconds: dict[str, float] = {}
    engine = DuckDBEngine(memory_mb=3000, threads=2, scratch=folder / "scratch")
    for name in (*OPTIONAL, "recommendations"):
        engine.load(name, contract(name).empty())
    for name in ("orders", "returns", "products"):
        engine.load(name, [folder / f"{name}.parquet"])
    for step in steps_of("customers"):
        begin = time.perf_counter()
        run_steps(engine, [step], Settings(), Silence())
        seconds[step.table] = round(time.perf_counter() - begin, 1)
    told = {
        "seconds": time.perf_counter() - began,
        "steps": seconds,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "customers": engine.fetch("scores").num_rows,
    }
    print(json.dumps(told))


def rows(customers: int = 1_000_000) -> Iterator[Row]:
    """Time and memory at scale."""
    with tempfile.TemporaryDirectory() as place:
        draw(Path(place), customers)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.customers_scale", "--work", place],
            check=True,
            capture_output=True,
            text=True,
        )
    told = json.loads(done.stdout.splitlines()[-1])
    print(told, file=sys.stderr)
    name = f"{told['customers']:,} customers, {customers * LINES_EACH:,} lines: facts, profit, kinds, scores"
    minutes, peak = told["seconds"] / 60, told["peak_gb"]
    yield Row(name, "minutes", minutes, at_most(5, minutes), command=COMMAND)
    yield Row(name, "peak memory, GB", peak, at_most(6, peak), command=COMMAND)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    if options.work:
        work(options.work)
    else:
        sys.exit(show(rows(options.customers)))
