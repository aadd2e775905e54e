"""Recommendations over HTTP: how many, how soon, in how much memory; during a swap; with too many visitors.

python -m benchmarks.serve_recommendations [--customers N] [--products N] [--json]

One process of `passend serve` with its worker inside, on loopback; the visitors are another process on the same two
cores. The baseline is a route that returns bytes, in the same server, asked by the same visitors in the same minute. Of
others, not measured here: Metarank's page on performance names 10 to 30 ms for an answer, 1 to 10 GiB of Redis and
1,000 to 3,000 imported events a second; Gorse's documentation names no figure.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.kept import kept
from benchmarks.large_shop import large_shop, renamed
from benchmarks.row import Row, at_least, at_most
from benchmarks.served import Server, Visitors, bare, served
from benchmarks.shop_visitors import Seen, Visit
from benchmarks.showing import show
from passend.flow.serving.beside import learn_beside
from passend.flow.serving.shelf import version_in_force
from passend.flow.serving.stocking import lay_out, version_of
from passend.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

CUSTOMERS, PRODUCTS = 1_000_000, 50_000
SECONDS = 10.0
CONNECTIONS, CROWD = 32, 1000
COMMAND = "python -m benchmarks.serve_recommendations"
_SWAP_PATIENCE = 600


@dataclass(frozen=True)
class Found:
    """What was measured; times in milliseconds."""

    starts: float
    most: Seen
    most_processor: float
    bare: Seen
    bare_processor: float
    steady: Seen
    bare_steady: Seen
    swap: Seen
    swap_took: float
    flood: Seen
    recovered: float
    gigabytes: float


def rows(customers: int = CUSTOMERS, products: int = PRODUCTS) -> Iterator[Row]:
    """The bars of the hot path."""
    found = kept(measured, customers, products)
    work = f"{customers:,} customers, {products:,} products, one server process"

    def row(measure: str, value: float, bar: object, baseline: str = "") -> Row:
        return Row(work, measure, value, bar, baseline, command=COMMAND)  # type: ignore[arg-type]

    most = found.most.asked / found.most.seconds
    yield row("recommendations a second", most, at_least(6000, most),
              f"a bare route: {found.bare.asked / found.bare.seconds:,.0f}")  # fmt: skip
    used = found.most_processor / found.most.asked * 1e6
    yield row("of its processor, microseconds an answer", used, at_most(1e6 / 6000, used),
              f"a bare route: {found.bare_processor / found.bare.asked * 1e6:.0f}")  # fmt: skip
    yield row("p99 at 1,000 a second, ms", found.steady.p99, at_most(5, found.steady.p99),
              f"a bare route: {found.bare_steady.p99:.1f}; p50 {found.steady.p50:.2f}")  # fmt: skip
    yield row("gigabytes", found.gigabytes, at_most(1.5, found.gigabytes))
    yield row("p99 at 1,000 a second during a swap, ms", found.swap.p99, at_most(20, found.swap.p99),
              f"longest {found.swap.longest:.0f}; laid out in {found.swap_took:.0f} s")  # fmt: skip
    bad = _bad(found.swap) + _bad(found.steady) + _bad(found.most)
    yield row("errors in all of these", bad, at_most(0, bad), f"of {found.swap.asked:,} during the swap")
    yield row("5xx and cut connections at four times as many", _bad(found.flood), at_most(0, _bad(found.flood)),
              f"{found.flood.asked:,} asked, {found.flood.sources.get('busy', 0):,} told that it is busy")  # fmt: skip
    yield row("p99 of what is answered then, ms", found.flood.p99, at_most(100, found.flood.p99),
              f"longest {found.flood.longest:.0f}")  # fmt: skip
    yield row("seconds until it answers as before", found.recovered, at_most(5, found.recovered))
    yield row("seconds from start to ready", found.starts, at_most(3, found.starts))


def measured(customers: int, products: int) -> Found:
    """All of it in one run."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        workspace = large_shop(Path(folder), customers, products)
        _learned(workspace)
        visitors = Visitors()
        try:
            with served(workspace.folder) as server:
                visit = Visit(server.port, server.key, products, customers, SECONDS, CONNECTIONS)
                visitors.visit(replace(visit, seconds=2.0))  # the first pages of the arrays are read
                with bare() as route:
                    plain = replace(visit, port=route.port)
                    bare_most, bare_used = _with_processor(visitors, plain, route)
                    most, used = _with_processor(visitors, visit, server)
                    bare_steady = visitors.visit(replace(plain, rate=1000.0))
                steady = visitors.visit(replace(visit, rate=1000.0))
                swap, took = _swapped(visitors, visit, Path(folder))
                rate = 4 * most.asked / most.seconds
                flood = visitors.visit(replace(visit, rate=rate, connections=CROWD, patient=False))
                recovered = _recovered(visitors, visit, steady.p99)
                gigabytes = server.gigabytes()
                starts = server.started
        finally:
            visitors.close()
    return Found(
        starts, most, used, bare_most, bare_used, steady, bare_steady, swap, took, flood, recovered, gigabytes
    )


def _learned(workspace: Workspace) -> None:
    """What completes carts, learned as `passend serve` does beside answering, and laid out."""
    process = get_context("spawn").Process(target=learn_beside, args=(workspace.folder, ()))
    process.start()  # it gives way to all others from then on
    process.join()
    assert process.exitcode == 0
    lay_out(workspace)
    if hasattr(os, "sync"):
        os.sync()  # writing the shop's gigabyte is no part of what is measured


def _with_processor(visitors: Visitors, visit: Visit, server: Server) -> tuple[Seen, float]:
    before = server.processor_seconds()
    seen = visitors.visit(visit)
    return seen, server.processor_seconds() - before


def _swapped(visitors: Visitors, visit: Visit, folder: Path) -> tuple[Seen, float]:
    """Change the workspace, and ask from the moment it is changed until a while after the new state is in force."""
    renamed(Workspace(folder), "Renamed")
    began = time.perf_counter()
    parts = []
    wanted = version_of(Workspace(folder))
    while version_in_force(folder) != wanted and time.perf_counter() - began < _SWAP_PATIENCE:
        parts.append(visitors.visit(replace(visit, rate=1000.0, seconds=5.0)))
    took = time.perf_counter() - began
    parts.append(visitors.visit(replace(visit, rate=1000.0, seconds=5.0)))
    worst = max(parts, key=lambda one: one.p99)
    return replace(
        worst,
        statuses={name: sum(one.statuses.get(name, 0) for one in parts) for one in parts for name in one.statuses},
        asked=sum(one.asked for one in parts),
        broken=sum(one.broken for one in parts),
    ), took  # fmt: skip


def _recovered(visitors: Visitors, visit: Visit, before: float) -> float:
    """Seconds until a second passes as before."""
    began = time.perf_counter()
    while time.perf_counter() - began < 60:
        seen = visitors.visit(replace(visit, rate=1000.0, seconds=1.0))
        if not seen.sources.get("busy") and seen.p99 <= max(2 * before, 5.0):
            break
    return time.perf_counter() - began - seen.seconds


def _bad(seen: Seen) -> int:
    """Answers that are none, and connections that were cut."""
    wrong = sum(count for status, count in seen.statuses.items() if status != "200")
    return wrong + seen.broken


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    return show(rows(options.customers, options.products), as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
