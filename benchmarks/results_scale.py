"""A million customers, a hundred campaigns, ten million outcomes: recomputed.

Runs the SQL files that `passend results` runs, on two threads, from exposures and outcomes to verdicts.
"""

from __future__ import annotations

import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from benchmarks.row import Row, at_most, not_measured
from passend.engines import DuckDBEngine
from passend.flow.measuring import measured_on
from passend.settings import Settings
from passend.tables import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

CUSTOMERS, CAMPAIGNS, OUTCOMES = 1_000_000, 100, 10_000_000
#: Eligible customers of a campaign.
ELIGIBLE = 50_000
#: Days that the data span; campaigns begin one after the other.
DAYS = 730
END = datetime(2026, 1, 1)
COMMAND = "python3 dev.py bench results_scale"
_EXPOSURES = """
select 'campaign ' || c as campaign, cast(1 as bigint) as phase,
    'K' || ((c * 9973 + n * 17) % {customers}) as customer_id,
    case when n % 10 = 0 then 'held-out' else 'treated' end as arm,
    case when n % 10 = 0 then 'campaign' end as held_by, .9 as chance,
    timestamp '2024-01-01' + to_days(cast(c * 7 + n % 14 as integer)) as eligible_at,
    timestamp '2024-01-01' + to_days(cast(c * 7 + n % 14 as integer)) as exposed_at,
    n % 10 > 0 as is_contacted, 'email' as channel, 'P' || (c % 50) as product_id,
    cast(null as varchar) as variant, cast(null as varchar) as "cluster"
from range({campaigns}) t(c), range({eligible}) u(n)
"""
_OUTCOMES = """
select 'K' || (hash(n) % {customers}) as customer_id,
    timestamp '2024-01-01' + to_seconds(hash(n + 1) % ({days} * 86400)) as happened_at,
    'O' || n as order_id, 1 as orders, 'P' || (hash(n + 2) % 500) as product_id,
    cast(1000 + hash(n + 3) % 9000 as double) as revenue_cents,
    case when n % 20 = 0 then 1000.0 else 0.0 end as returned_cents, 500.0 as goods_cents, 0.0 as service_cents,
    0.0 as contact_cents, 0 as answers, 0 as complaints
from range({outcomes}) t(n)
"""


def rows() -> Iterator[Row]:
    """Seconds, and how many campaigns came out."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        files = made(Path(folder))
        took, processor, count = timed(files, Path(folder))
        work = f"{CUSTOMERS:,} customers, {CAMPAIGNS} campaigns, {OUTCOMES:,} outcomes"
        yield Row(work, f"seconds to recompute {count} campaigns", took, at_most(60, took),
                  f"{processor:.0f} s of processor time", command=COMMAND)  # fmt: skip
        yield not_measured(
            work, "a new day in 5 s: sums of closed cohorts are not kept between calls yet", COMMAND
        )


def made(folder: Path) -> dict[str, Path]:
    """Exposures and outcomes as Parquet."""
    sizes = {
        "customers": CUSTOMERS, "campaigns": CAMPAIGNS, "eligible": ELIGIBLE, "days": DAYS, "outcomes": OUTCOMES
    }  # fmt: skip
    files = {}
    with duckdb.connect() as connection:
        for name, text in (("exposure_log", _EXPOSURES), ("outcomes", _OUTCOMES)):
            files[name] = folder / f"{name}.parquet"
            connection.execute(f"copy ({text.format(**sizes)}) to '{files[name]}' (format parquet)")
    return files


def timed(files: dict[str, Path], folder: Path) -> tuple[float, float, int]:
    """Seconds from the files to the verdicts, by the clock and by the processor, and how many campaigns."""
    engine = DuckDBEngine(4000, 2, folder)
    try:
        for name, file in files.items():
            engine.load(name, [file])
        engine.load("goals", contract("goals").empty())
        engine.load("decision_date", pa.table({"as_of": pa.array([END], pa.timestamp("us"))}))
        start, used = time.perf_counter(), time.process_time()
        found = measured_on(engine, Settings())
        return time.perf_counter() - start, time.process_time() - used, len(found)
    finally:
        engine.close()
