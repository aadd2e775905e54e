"""Time and memory of the recommendations of a large shop: 100,000 customers, 5,000 products, a million lines.

python -m benchmarks.products_speed [--customers 100000]

The lines are drawn beforehand. What is measured runs in a process of its own: the steps of ``passend run`` that learn
the ranker, rank every customer, apply the rules and give the reasons. Processor seconds stand beside the clock's, as
the machine may have other work.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.row import Row, at_most
from benchmarks.showing import show

COMMAND = "python -m benchmarks.products_speed"
PRODUCTS, LINES_EACH, LINES_AN_ORDER, TASTES = 5_000, 10, 3, 50
MEASURED = ("ranked_products", "candidates", "recommendations")


def drawn(customers: int, seed: int = 1) -> pa.Table:
    """Order lines of customers who mostly buy from one of 50 blocks of the assortment."""
    rng = np.random.default_rng(seed)
    orders = customers * LINES_EACH // LINES_AN_ORDER
    order = np.repeat(np.arange(orders), LINES_AN_ORDER)
    customer = (customers * rng.random(orders) ** 1.5).astype(np.int64)[order]
    day = rng.integers(0, 730, orders)[order]
    taste = rng.integers(0, TASTES, customers)[customer]
    height, block = rng.random(len(order)) ** 2.5, PRODUCTS // TASTES
    at_home = rng.random(len(order)) < 0.6
    product = np.where(
        at_home, taste * block + (height * block).astype(np.int64), (height * PRODUCTS).astype(np.int64)
    )
    names = {"order_id": ("o", order), "customer_id": ("c", customer), "product_id": ("p", product)}
    texts = {
        name: pa.array([f"{letter}{one}" for one in codes.tolist()])
        for name, (letter, codes) in names.items()
    }
    stamps = np.datetime64("2024-01-01", "us") + day.astype("timedelta64[D]").astype("timedelta64[us]")
    return pa.table({**texts, "ordered_at": pa.array(stamps), "quantity": pa.array(np.ones(len(order)))})


def work(folder: Path) -> None:
    """Every step of the room; prints seconds of the measured ones and the peak memory."""
    from passend.flow.fitting import load_compatibility
    from passend.flow.steps import run_steps, steps_of
    from passend.ports import Silence
    from passend.workspace import Workspace

    workspace = Workspace(folder / "workspace")
    told = {"clock": 0.0, "processor": 0.0}
    with workspace.engine() as engine:
        load_compatibility(workspace, engine)
        for step in steps_of("products"):
            clock, processor = time.perf_counter(), time.process_time()
            run_steps(engine, [step], workspace.settings, Silence())
            if step.table in MEASURED:
                told["clock"] += time.perf_counter() - clock
                told["processor"] += time.process_time() - processor
                told[step.table] = time.process_time() - processor
        told["rows"] = engine.fetch("recommendations").num_rows
    told["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps(told))


def rows(customers: int = 100_000) -> Iterator[Row]:
    """Seconds by the clock and of the processor, and the peak memory."""
    from passend.flow.importing import import_sources
    from passend.flow.sources import ImportRequest
    from passend.ports import Silence
    from passend.workspace import Workspace

    with tempfile.TemporaryDirectory() as place:
        pq.write_table(drawn(customers), Path(place) / "orders.parquet")
        request = ImportRequest(str(Path(place) / "orders.parquet"))
        import_sources(Workspace(Path(place) / "workspace"), [request], Silence())
        command = [sys.executable, "-m", "benchmarks.products_speed", "--work", place]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    print(told, file=sys.stderr)
    name = f"recommendations, {customers:,} customers x {PRODUCTS:,} products, {told['rows']:,} rows"
    yield Row(name, "seconds", told["clock"], at_most(20, told["clock"]), command=COMMAND)
    yield Row(name, "processor seconds", told["processor"], command=COMMAND)
    yield Row(name, "peak memory, GB", told["peak_gb"], at_most(2, told["peak_gb"]), command=COMMAND)


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; exit code 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--work", type=Path)
    given = parser.parse_args(arguments)
    if given.work:
        work(given.work)
        return 0
    return show(rows(given.customers))


if __name__ == "__main__":
    sys.exit(main())
