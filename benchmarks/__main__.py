"""``python3 dev.py bench [ROOM] [--json]``: a row per bar; exit code 1 while a bar is missed.

A room is the name of one or more modules here that offer ``rows()``. Each row says which work was measured, the
value, what it is compared with, the bar, and whether it is met.
"""

import argparse
import importlib
import json
import os
import platform
import sys
from typing import Any

ROOMS: dict[str, tuple[str, ...]] = {
    "foundation": ("benchmarks.foundation",),
    "decisions": (
        "benchmarks.decisions_allocate",
        "benchmarks.decisions_replay",
        "benchmarks.decisions_effects",
        "benchmarks.decisions_market",
    ),
    "market": ("benchmarks.market_speed", "benchmarks.market_likeness", "benchmarks.market_play"),
    "products": ("benchmarks.products_counting", "benchmarks.products_next", "benchmarks.products_relations"),
    "customers": (
        "benchmarks.customers_propensity",
        "benchmarks.customers_kinds",
        "benchmarks.customers_market",
        "benchmarks.customers_uplift_metrics",
        "benchmarks.customers_uplift",
        "benchmarks.customers_lifetime",
        "benchmarks.customers_scale",
        "benchmarks.customers_refresh",
    ),
}
_COLUMNS = ("work", "measure", "value", "low", "high", "bar", "met", "baseline")


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks of one room or of all."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("room", nargs="?", choices=tuple(ROOMS), help="all rooms when none is named")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for room in [options.room] if options.room else ROOMS:
        for name in ROOMS[room]:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            rows += importlib.import_module(name).rows()
    if options.json:
        print(json.dumps({"machine": _machine(), "rows": rows}, indent=1, default=str))
    else:
        _print(rows)
    return 0 if all(row["met"] is not False for row in rows) else 1


def _machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _print(rows: list[dict[str, Any]]) -> None:
    print(
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}\n"
    )
    table = [_COLUMNS, *(tuple(_said(row.get(name)) for name in _COLUMNS) for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(_COLUMNS))]
    for number, line in enumerate(table):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    for command in dict.fromkeys(row.get("command", "") for row in rows):
        print(f"\n  {command}" if command else "", end="")
    print()


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "met" if value else "MISSED"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
