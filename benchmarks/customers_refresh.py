"""A refresh of facts and profit after 1 % new lines, beside making them anew.

python -m benchmarks.customers_refresh [--customers 200000]

The shop is that of benchmarks.customers_scale, two years of it: 30 lines a customer. The last eight days (1.1 % of the
lines) come after the first refresh. Each way runs in a workspace of its own from the same files; which one ran is
checked. Time is the processor's, which other work on the machine disturbs little. That both give the same rows is the
matter of tests/flow/test_refreshing.py.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.customers_scale import LINES_EACH, draw
from benchmarks.row import Bar, Row
from benchmarks.showing import show
from passend.flow.refreshing import refresh_facts
from passend.ports import Silence, Statement
from passend.workspace import Workspace

COMMAND = "python -m benchmarks.customers_refresh"
_BEFORE = "2025-12-23"
_SHAPES = {
    "orders": """select * replace (
        cast(line as bigint) as line, cast(quantity as double) as quantity,
        cast(returned_quantity as double) as returned_quantity
    ) from drawn where ordered_at < cast($until as timestamp)""",
    "returns": """select * replace (
        cast(line as bigint) as line, cast(quantity as double) as quantity, cast(order_line as bigint) as order_line
    ) from drawn where returned_at < cast($until as timestamp)""",
    "products": "select *, cast(null as varchar) as attributes, cast(null as double) as stock from drawn",
}


def rows(customers: int = 200_000) -> Iterator[Row]:
    """Processor seconds of a refresh and of making all anew."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        draw(folder, customers)
        space = folder / "workspace"
        _take_in(space, folder, _BEFORE)
        refresh_facts(Workspace(space), Silence())
        _take_in(space, folder, "2100-01-01")
        after, moved, _ = _timed(space)
        nothing, _, _ = _timed(space)
        # Another setting forbids to go on from what is there.
        anew, everybody, because = _timed(space, "customers.margin_share=0.33")
    if not because or moved >= everybody:
        raise AssertionError("a refresh was measured where all should be anew, or the other way round")
    yield Row(
        f"refresh, {everybody:,} customers, {customers * LINES_EACH:,} lines, 1 % of them new",
        f"seconds of processor ({moved:,} reckoned anew; {nothing:.1f} where nothing is new)",
        after,
        Bar("at most two thirds of all anew", after <= anew * 2 / 3),
        f"all anew {anew:.1f}",
        command=COMMAND,
    )


def _take_in(space: Path, folder: Path, until: str) -> None:
    """The shop's tables until a day, as an import would leave them."""
    with Workspace(space).change("import") as change, Workspace(space).engine() as engine:
        for table, text in _SHAPES.items():
            engine.load("drawn", [folder / f"{table}.parquet"])
            values = {"until": until} if "$until" in text else {}
            engine.create(table, Statement(f"benchmark/{table}", text, values))
            change.write(engine, table)


def _timed(space: Path, *changed: str) -> tuple[float, int, str]:
    began = time.process_time()
    done = refresh_facts(Workspace(space, list(changed)), Silence())
    return time.process_time() - began, done.anew, done.because


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    sys.exit(show(rows(parser.parse_args().customers)))
