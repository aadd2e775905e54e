"""The four costly kinds of customer against a planted truth, after one year, in five shops.

python -m benchmarks.customers_kinds

The baselines judge by the raw rate alone: whoever lies beyond the same limit after one year, without pulling rare
cases towards the firm, is named. The shops are those of the tests; nothing of their truth is in the tables.
"""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.row import Bar, Row
from benchmarks.showing import show

_SHOPS: Any = import_module("tests.customers.kinds_world")
KINDS: tuple[str, ...] = _SHOPS.KINDS
COMMAND = "python -m benchmarks.customers_kinds"
_RAW: dict[str, Callable[[dict[str, Any]], bool]] = {
    "revenue reverser": lambda row: row["returned_orders"] / row["orders"] >= 0.4,
    "service demander": lambda row: row["service_contacts"] / row["orders"] >= 0.68,
    "promotion maximiser": lambda row: row["discounted_lines"] / row["lines"] >= 0.3,
    "spending limiter": lambda row: row["xx"] > 0 and row["xy"] / row["xx"] < 0.5,
}


def rows(shops: int = 5) -> Iterator[Row]:
    """Precision and recall of each kind."""
    found: dict[str, set[tuple[int, str]]] = {kind: set() for kind in KINDS}
    raw: dict[str, set[tuple[int, str]]] = {kind: set() for kind in KINDS}
    true: dict[str, set[tuple[int, str]]] = {kind: set() for kind in KINDS}
    for seed in range(100, 100 + shops):
        world = _SHOPS.shop(seed, customers=800)
        engine = _SHOPS.engine_of(world.tables)
        for row in engine.fetch("customer_kinds").to_pylist():
            if row["kind"]:
                found[row["kind"]].add((seed, row["customer_id"]))
        for row in engine.fetch("customer_traits").to_pylist():
            for kind, is_beyond in _RAW.items():
                if is_beyond(row):
                    raw[kind].add((seed, row["customer_id"]))
        for name, told in world.truth.items():
            if told:
                true[told].add((seed, name))
    for kind in KINDS:
        precision, recall = _score(found[kind], true[kind])
        raw_precision, raw_recall = _score(raw[kind], true[kind])
        yield Row(
            f"planted shops, one year: {kind}",
            f"precision (at recall {recall:.2f})",
            precision,
            Bar("at least .8 at recall .6", precision >= 0.8 and recall >= 0.6),
            f"raw rate: precision {raw_precision:.2f}, recall {raw_recall:.2f}",
            command=COMMAND,
        )


def _score(named: set[tuple[int, str]], true: set[tuple[int, str]]) -> tuple[float, float]:
    right = len(named & true)
    return right / max(1, len(named)), right / max(1, len(true))


if __name__ == "__main__":
    sys.exit(show(rows()))
