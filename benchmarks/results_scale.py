"""A million customers, a hundred campaigns, ten million outcomes: recomputed, and gone on from after a new day.

Runs what `passend results` runs, on two threads, from exposures and outcomes to verdicts.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.row import Bar, Row, at_most
from passend.engines import DuckDBEngine
from passend.flow.cohorts import KEPT
from passend.flow.measuring import TELLS_APART, effects_table, measured_on
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
    cast(case when n % 20 = 0 then 1000.0 else 0.0 end as double) as returned_cents,
    cast(500.0 as double) as goods_cents, cast(0.0 as double) as service_cents,
    cast(0.0 as double) as contact_cents, 0 as answers, 0 as complaints
from range({outcomes}) t(n)
"""


#: What the day after brings: orders like those of another day, returns of three hundred orders of the month before, and
#: a campaign that starts.
_DAY_AFTER = {
    "outcomes": """
        select * replace (case when happened_at > timestamp '2025-12-01' and hash(order_id) % 1400 = 0
            then revenue_cents else returned_cents end as returned_cents) from '{file}'
        union all
        select * replace ('N' || order_id as order_id, happened_at + interval 1 day as happened_at)
        from '{file}' where happened_at >= timestamp '2025-12-31'
    """,
    "exposure_log": """
        select * from '{file}'
        union all
        select * replace ('campaign 100' as campaign, timestamp '2026-01-01 09:00' as eligible_at,
            timestamp '2026-01-01 09:00' as exposed_at) from '{file}' where campaign = 'campaign 99'
    """,
}


def rows() -> Iterator[Row]:
    """Seconds of a recompute and of a new day, and whether the figures are the same."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as name:
        folder = Path(name)
        files = made(folder)
        first = timed(files, END, folder)
        later = {table: folder / f"{table}-later.parquet" for table in files}
        with duckdb.connect() as connection:
            for table, text in _DAY_AFTER.items():
                connection.execute(
                    f"copy ({text.format(file=files[table])}) to '{later[table]}' (format parquet)"
                )
        tomorrow = END + timedelta(days=1)
        day = timed(later, tomorrow, folder, first.kept)
        again = timed(later, tomorrow, folder, {"goals": first.kept["goals"]})
        work = f"{CUSTOMERS:,} customers, {CAMPAIGNS} campaigns, {OUTCOMES:,} outcomes"
        for says, one, most in (
            (f"seconds to recompute {again.campaigns} campaigns", again, 60),
            (f"seconds for a new day ({day.anew} of {again.anew} cohorts made anew)", day, 5),
        ):
            said = f"{one.processor:.0f} s of processor time"
            yield Row(work, says, one.seconds, at_most(most, one.seconds), said, command=COMMAND)
        same = day.effects.equals(again.effects)
        bar = Bar("none", same)
        yield Row(work, "figures of the new day that are not those of a full recompute", float(not same), bar,
                  command=COMMAND)  # fmt: skip


@dataclass(frozen=True)
class Timed:
    """What a reckoning took, by the clock and by the processor, and what it left."""

    seconds: float
    processor: float
    campaigns: int
    anew: int
    effects: pa.Table
    kept: dict[str, Path]


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


def timed(
    files: dict[str, Path], until: datetime, folder: Path, kept: dict[str, Path] | None = None
) -> Timed:
    """From the files to the verdicts, from what was kept where that is given."""
    kept = kept or {}
    engine = DuckDBEngine(4000, 2, folder)
    try:
        for name, file in files.items():
            engine.load(name, [file])
        for name in TELLS_APART:
            engine.load(name, contract(name).empty())
        engine.load("goals", [kept["goals"]] if "goals" in kept else contract("goals").empty())
        engine.load("decision_date", pa.table({"as_of": pa.array([until], pa.timestamp("us"))}))
        former = {name: [kept[name]] for name in KEPT} if KEPT[0] in kept else None
        start, used = time.perf_counter(), time.process_time()
        found = measured_on(engine, Settings(), former)
        took = time.perf_counter() - start, time.process_time() - used
        cohorts = engine.fetch("cohort_stamps").num_rows
        anew = engine.fetch("stale_cohorts").num_rows if former else cohorts
        place = Path(tempfile.mkdtemp(dir=folder))
        left = {name: engine.write(name, place / name)[0] for name in KEPT}
        goals = engine.fetch("campaign_goals").select(contract("goals").schema.names)
        pq.write_table(goals, place / "goals.parquet")
        return Timed(
            *took, len(found), anew, effects_table(found, None), {**left, "goals": place / "goals.parquet"}
        )
    finally:
        engine.close()
