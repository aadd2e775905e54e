"""How fast the simulated market is: the large market, twice its size, and the demo's shop.

python -m benchmarks market
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any

COMMAND = "python -m benchmarks.market_speed"
LARGE = {
    "customers.number": 100_000,
    "products.families": 125,
    "products.variants": 4,
    "market.history_weeks": 52,
}
SECONDS, GIGABYTES, DEMO_SECONDS, GROWTH = 300.0, 4.0, 20.0, 2.2


def rows() -> list[dict[str, Any]]:
    """The bars, each measured in a process of its own."""
    half = _measured("electronics", LARGE | {"customers.number": 50_000})
    large = _measured("electronics", LARGE)
    demo = _measured("bicycle-shop", {"customers.number": 8_000})
    work = "100,000 customers x 500 products x 52 weeks"
    return [
        _row(work, "seconds", large["seconds"], f"at most {SECONDS:.0f}", large["seconds"] <= SECONDS),
        _row(
            work,
            "GB at the peak",
            large["gigabytes"],
            f"at most {GIGABYTES}",
            large["gigabytes"] <= GIGABYTES,
        ),
        _row(
            work,
            "times the time of half of it",
            large["seconds"] / half["seconds"],
            f"at most {GROWTH}",
            large["seconds"] <= GROWTH * half["seconds"],
        ),
        _row(
            "the demo's shop: 8,000 customers, 18 months, order file",
            "seconds",
            demo["seconds"],
            f"at most {DEMO_SECONDS:.0f}",
            demo["seconds"] <= DEMO_SECONDS,
        ),
    ]


def _row(work: str, measure: str, value: float, bar: str, met: bool) -> dict[str, Any]:
    return {
        "work": work, "measure": measure, "value": value, "low": None, "high": None, "baseline": "",
        "bar": bar, "met": met, "command": COMMAND,
    }  # fmt: skip


def _measured(scenario: str, changes: dict[str, int]) -> dict[str, float]:
    """Seconds and peak memory of making a market with its tables, loops already compiled."""
    command = [sys.executable, "-m", __spec__.name if __spec__ else "benchmarks.market_speed", scenario]
    done = subprocess.run([*command, json.dumps(changes)], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(arguments: list[str]) -> int:
    """Make one market and print what it took; without arguments, print the rows."""
    if not arguments:
        print(json.dumps(rows(), indent=1))
        return 0
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from passend.market.world import Market

    Market(arguments[0], 1, {"customers.number": 50, "market.history_weeks": 5})  # compiles
    began = time.perf_counter()
    market = Market(arguments[0], 1, json.loads(arguments[1]))
    if arguments[0] == "bicycle-shop":
        with TemporaryDirectory() as folder:
            market.write_orders(Path(folder) / "orders.csv")
    else:
        market.tables()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"seconds": seconds, "gigabytes": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
