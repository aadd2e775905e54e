"""Offers that no sensible shopkeeper would make, in firms where it is planted what those are.

python -m benchmarks.decisions_nonsense [--seeds 3] [--world tiers] [--look 20]

The firm's files are imported and planned by what ``passend plan`` calls. Nonsense is an offer in a need that was met
and lasts, of a printer because of its ink, or of what the customer would never buy. ``--look`` prints single offers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq

from benchmarks.kept import kept
from benchmarks.nonsense_worlds import WORLDS, Firm, customer_number, product_number, tables_of
from benchmarks.row import Row, at_least, at_most
from benchmarks.showing import show
from passend.flow.importing import import_sources
from passend.flow.planning import make_plan
from passend.flow.sources import ImportRequest
from passend.ports import Silence
from passend.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMAND = "python -m benchmarks.decisions_nonsense"
#: Share of offers that may be nonsense; share of customers who must get one, for no offers are no answer.
_MOST, _LEAST = 0.01, 0.5
_SAID = {"sated": "a need that was met and lasts", "because": "the anchor because of its accessory",
         "alien": "what the customer would never buy"}  # fmt: skip


def rows(seeds: int = 3, worlds: Sequence[str] = tuple(WORLDS)) -> Iterator[Row]:
    """The bars of each world, with all tables and with orders alone."""
    for name in worlds:
        for alone in (False, True):
            found = [kept(nonsense, name, seed, orders_alone=alone) for seed in range(1, seeds + 1)]
            total = {key: sum(one[key] for one in found) for key in found[0]}
            offers = max(total["offers"], 1)
            work = f"{name}{', orders alone' if alone else ''}: {offers:,} offers, seeds 1 to {seeds}"
            for what, words in _SAID.items():
                by_lot = total[f"{what} by lot"] / len(found)
                if by_lot:
                    share = total[what] / offers
                    yield Row(work, f"share: {words}", share, at_most(_MOST, share), f"by lot {by_lot:.2f}",
                              command=COMMAND)  # fmt: skip
            reached = total["reached"] / len(found)
            yield Row(
                work, "share of customers with an offer", reached, at_least(_LEAST, reached), command=COMMAND
            )


def nonsense(name: str, seed: int, *, orders_alone: bool) -> dict[str, float]:
    """How many offers a plan makes, how many of them are nonsense, and the share of nonsense by lot."""
    firm = WORLDS[name](seed)
    offers = planned(firm, seed, orders_alone=orders_alone)
    flags = judged(firm, offers)
    customers = len(firm.sated)
    return {
        "offers": float(offers.num_rows),
        **{what: float(wrong.sum()) for what, wrong in flags.items()},
        "sated by lot": float(firm.sated.mean()),
        "alien by lot": float(firm.alien.mean()),
        "because by lot": len(firm.anchors) / len(firm.products),
        "reached": len(set(offers["customer_id"].to_pylist())) / customers,
    }


def judged(firm: Firm, offers: pa.Table) -> dict[str, np.ndarray]:
    """By kind of nonsense which offers are."""
    who = {customer_number(place): place for place in range(len(firm.sated))}
    what = {product_number(place): place for place in range(len(firm.products))}
    at = (
        [who[one] for one in offers["customer_id"].to_pylist()],
        [what[one] for one in offers["product_id"].to_pylist()],
    )
    because = [
        name in firm.anchors and any(reason.startswith(f"bought {one}") for one in firm.accessories)
        for name, reason in zip(offers["product_name"].to_pylist(), offers["reason"].to_pylist(), strict=True)
    ]
    return {"sated": firm.sated[at], "because": np.array(because, np.bool_), "alien": firm.alien[at]}


def planned(firm: Firm, seed: int, *, orders_alone: bool) -> pa.Table:
    """The offers of the firm's first plan."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, table in tables_of(firm, seed, orders_alone=orders_alone).items():
            files.append(Path(folder) / f"{name}.{'csv' if name == 'orders' else 'parquet'}")
            (pv.write_csv if name == "orders" else pq.write_table)(table, files[-1])
        workspace = Workspace(Path(folder) / "workspace")
        import_sources(workspace, [ImportRequest(str(file)) for file in files], Silence())
        make_plan(workspace, Silence())
        offers = workspace.read("offers")
        return offers.filter(offers["chosen"])


def main(arguments: list[str]) -> int:
    """Print the rows; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--world", action="append", choices=list(WORLDS))
    parser.add_argument("--look", type=int, default=0, help="print so many offers of each world instead")
    options = parser.parse_args(arguments)
    worlds = options.world or list(WORLDS)
    if not options.look:
        return show(rows(options.seeds, worlds))
    for name in worlds:
        _look(name, options.look)
    return 0


def _look(name: str, number: int) -> None:
    firm = WORLDS[name](1)
    offers = planned(firm, 1, orders_alone=False)
    flags = judged(firm, offers)
    wrong = np.any(list(flags.values()), axis=0)
    chosen = [*np.flatnonzero(wrong)[:number], *np.random.default_rng(1).permutation(len(wrong))[:number]]
    has: dict[str, list[str]] = {}
    for who, what, day in sorted(firm.bought, key=lambda row: row[2]):
        has.setdefault(customer_number(who), []).append(f"{firm.products[what].name} (day {day:.0f})")
    for place in chosen:
        row = offers.slice(int(place), 1).to_pylist()[0]
        who = row["customer_id"]
        print("NONSENSE" if wrong[place] else "", who, "has", ", ".join(has.get(who, [])))
        print(
            f"    -> {row['product_name']} by {row['channel']}, worth {row['value_cents']:.0f}: {row['reason']}"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
