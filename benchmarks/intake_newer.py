"""Exports that overlap, the newer one with changed orders: in any order and any split the tables of the newest state.

Each seed makes a shop's orders as they stand at two moments: the second export has later orders, and orders of the
first that were corrected, completed, cancelled or refunded since. Parts of both are imported in a random order; the
tables must be those of a workspace that has read the newest state alone, at once.
"""

import csv
import io
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from benchmarks.showing import show
from passend.flow import ImportRequest, import_sources
from passend.ports import Silence
from passend.workspace import Workspace

COMMAND = "python -m benchmarks.intake_newer"
SEEDS, ORDERS, LATER = 12, 60, 20
TABLES = ("orders", "returns", "products")
HEADER = ("order_id", "customer_id", "date", "updated_at", "sku", "name", "qty", "price", "status")

Lines = list[list[str]]


def rows() -> Iterator[Row]:
    """The bar: tables that are not those of the newest state."""
    found = [kept(differing, seed) for seed in range(SEEDS)]
    wrong = sorted({table for tables in found for table in tables})
    worlds = sum(bool(tables) for tables in found)
    yield Row(
        f"two overlapping exports, {SEEDS} shops, parts of each in any order",
        "shops whose tables are not those of the newest state",
        worlds,
        at_most(0, worlds),
        f"other {', '.join(wrong)}" if wrong else "",
        command=COMMAND,
    )


def differing(seed: int) -> list[str]:
    """The tables of one shop that depend on how its exports came."""
    chance = random.Random(seed)
    first, newest = _states(chance)
    parts = [*_split(chance, first), *_split(chance, newest)]
    chance.shuffle(parts)
    whole = [[line for number in sorted(newest) for line in newest[number]]]
    return [
        name for name, one, other in zip(TABLES, _tables(parts), _tables(whole), strict=True) if one != other
    ]


def _states(chance: random.Random) -> tuple[dict[int, Lines], dict[int, Lines]]:
    """The orders of a shop as they stand at two moments."""
    first = {number: _order(chance, number) for number in range(ORDERS)}
    newest = {number: [list(line) for line in lines] for number, lines in first.items()}
    for number in chance.sample(sorted(first), ORDERS // 3):
        _change(chance, number, newest[number])
    newest |= {number: _order(chance, number) for number in range(ORDERS, ORDERS + LATER)}
    return first, newest


def _order(chance: random.Random, number: int) -> Lines:
    day = f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}"
    products = chance.sample(range(30), chance.randint(1, 4))
    return [
        [f"N{number:04d}", f"k{number % 17}", f"{day} 10:00:00", f"{day} 11:00:00", f"A{product}",
         f"Article {product}", str(chance.randint(1, 3)), f"{5 + product}.50", "paid"]
        for product in products
    ]  # fmt: skip


def _change(chance: random.Random, number: int, lines: Lines) -> None:
    """What happens to an order after it was exported."""
    what = chance.choice(("pieces", "price", "line", "refund", "cancel"))
    if what == "pieces":
        lines[0][6] = str(int(lines[0][6]) + 1)
    elif what == "price":
        lines[0][7] = "4.00"
    elif what == "line":
        lines.append([*lines[0][:4], "A99", "Article 99", "1", "9.90", "paid"])
    for line in lines:
        line[3] = f"2026-06-{1 + number % 28:02d} 12:00:00"
        line[8] = {"refund": "refunded", "cancel": "cancelled"}.get(what, line[8])


def _split(chance: random.Random, orders: dict[int, Lines]) -> list[Lines]:
    """An export in one to three parts that may overlap; an order is never cut."""
    numbers = sorted(orders)
    cuts = sorted(chance.sample(range(5, len(numbers) - 5), chance.randint(0, 2)))
    spans = zip([0, *cuts], [*cuts, len(numbers)], strict=True)
    return [
        [line for number in numbers[max(0, start - chance.randint(0, 5)) : end] for line in orders[number]]
        for start, end in spans
    ]


def _tables(parts: list[Lines]) -> list[list[str]]:
    """The tables after these files were imported one after the other, without what names the files."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        workspace = Workspace(Path(folder) / "ws")
        for place, lines in enumerate(parts):
            text = io.StringIO()
            csv.writer(text).writerows([HEADER, *lines])
            file = Path(folder) / f"export-{place}.csv"
            file.write_text(text.getvalue(), "utf-8")
            import_sources(workspace, [ImportRequest(file, accept_guesses=True)], Silence())
        return [sorted(map(str, workspace.read(name).to_pylist())) for name in TABLES]


if __name__ == "__main__":
    sys.exit(show(rows(), as_json="--json" in sys.argv))
