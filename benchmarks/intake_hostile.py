"""Files that are damaged, mixed up or malicious: each ends in an error with a remedy, or in counts that add up.

python -m benchmarks intake_hostile

Orders in the layouts of several systems are spoilt at random: cells emptied, swapped or filled with nonsense, rows cut,
doubled or joined, headers lost or repeated, delimiters and encodings mixed, remarks put above and below.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from benchmarks.showing import show

COMMAND = "python -m benchmarks.intake_hostile"
FILES = 500
_AT_ONCE = 25

Grid = list[list[str]]

LAYOUTS = (
    "order_id,customer_id,date,sku,qty,price",
    "Bestellnummer,Kundennummer,Datum,Artikelnummer,Bezeichnung,Menge,Einzelpreis,Rabatt,Gesamtpreis",
    "Name,Email,Financial Status,Created at,Currency,Subtotal,Total,Discount Amount,Lineitem quantity,Lineitem price",
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
    "amazon-order-id,purchase-date,order-status,sku,quantity,currency,item-price,item-tax,item-promotion-discount",
)
_NONSENSE = (
    "", " ", "NaN", "null", "-", "--", "0", "-1", "1e308", "1e-300", "inf", "∞", "١٢٣", "1.2.3", "1,2,3.4", "12:61",
    "2026-02-31", "0000-00-00", "99/99/9999", "=1+1", "\x00", "\u202e", "\ufeff", '"', '""', "'", ";", "\t", "\\", "%",
    "💥" * 50, "x" * 5000, "9" * 400, "-0", "+", "()", "(1)", "1-", "€", "EUR", "Rs.", "100%", "1/0", "true",
)  # fmt: skip


def rows() -> Iterator[Row]:
    """The bars over all files."""
    found: Counter[str] = Counter()
    for first in range(0, FILES, _AT_ONCE):
        found.update(kept(outcomes, first, first + _AT_ONCE))
    work = f"{FILES} hostile files ({found['imported']} imported, {found['refused']} refused)"
    for outcome in ("traceback", "partly imported", "counts that do not add up", "error without a remedy"):
        yield Row(work, outcome, found[outcome], at_most(0, found[outcome]), command=COMMAND)


def outcomes(first: int, last: int) -> dict[str, int]:
    """How many files of a range of seeds ended in which way."""
    return dict(Counter(outcome(seed) for seed in range(first, last)))


def outcome(seed: int) -> str:
    """How the import of one spoilt file ends."""
    from passend.errors import PassendError
    from passend.flow.importing import import_sources
    from passend.flow.sources import ImportRequest
    from passend.ports import Silence
    from passend.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="passend-hostile-") as folder:
        file = Path(folder) / "orders.csv"
        file.write_bytes(spoilt(seed))
        place = Workspace(Path(folder) / "place")
        try:
            summary = import_sources(place, [ImportRequest(file, accept_guesses=seed % 2 == 0)], Silence())
        except PassendError as error:
            if place.has("orders") or place.has("lines"):
                return "partly imported"
            return "refused" if error.remedy else "error without a remedy"
        except Exception as error:  # noqa: BLE001 - whatever else comes is what is looked for
            print(f"seed {seed}: {error!r}", file=sys.stderr)
            return "traceback"
        stored = place.read("orders").num_rows + sum(
            not row for row in place.read("returns").column("is_on_sale_row").to_pylist()
        )
        aside = sum(kind == "orders" for kind in place.read("quarantine").column("kind").to_pylist())
        adds_up = summary.adds_up and stored + aside == summary.lines == place.read("lines").num_rows
        return "imported" if adds_up else "counts that do not add up"


def spoilt(seed: int) -> bytes:
    """One spoilt file; the same seed gives the same."""
    chance = random.Random(seed)
    grid = orders(chance, chance.choice(LAYOUTS).split(","))
    for _ in range(chance.randint(1, 6)):
        chance.choice(_HARMS)(chance, grid)
    mark = chance.choice(",,;;\t|")
    quote = chance.random() < 0.8
    lines = [mark.join(_cell(cell, mark) if quote else cell for cell in row) for row in grid]
    text = chance.choice(("\n", "\r\n", "\r")).join(lines)
    content = text.encode(chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252")), "replace")
    if chance.random() < 0.1:
        content = content[: chance.randint(0, len(content))]
    if chance.random() < 0.05:
        place = chance.randint(0, len(content))
        content = content[:place] + chance.randbytes(20) + content[place:]
    return content


def orders(chance: random.Random, header: list[str]) -> Grid:
    """Sound orders in a layout."""
    grid = [header]
    for order in range(chance.randint(1, 25)):
        lines = range(chance.randint(1, 3))
        grid.extend([_value(chance, name, order, line) for name in header] for line in lines)
    return grid


def _value(chance: random.Random, name: str, order: int, line: int) -> str:
    """A sound value for a column of this name."""
    ways: tuple[tuple[str, Callable[[], str]], ...] = (
        ("date datum created", lambda: f"2026-{order % 12 + 1:02d}-{order % 28 + 1:02d}"),
        ("qty quantity menge", lambda: str(chance.randint(1, 4))),
        ("price preis total tax discount rabatt amount", lambda: f"{chance.randint(0, 9000) / 100:.2f}"),
        ("sku stock artikel", lambda: f"A{chance.randint(1, 9)}"),
        ("customer kunde mail", lambda: f"k{order % 7}@x.de"),
        ("status", lambda: chance.choice(("paid", "refunded", "Shipped", "Cancelled", "voided", ""))),
        ("currency", lambda: chance.choice(("EUR", "USD", "JPY", "KWD"))),
        ("", lambda: f"{1000 + order}" if line == 0 or chance.random() < 0.9 else ""),
    )
    word = name.lower()
    return next(way for parts, way in ways if not parts or any(part in word for part in parts.split()))()


def _cell(cell: str, mark: str) -> str:
    unsafe = any(letter in cell for letter in (mark, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if unsafe else cell


def _row(chance: random.Random, grid: Grid) -> int:
    if not grid:
        grid.append([])
    return chance.randrange(len(grid))


def _nonsense(chance: random.Random, grid: Grid) -> None:
    for _ in range(chance.randint(1, 20)):
        row = grid[_row(chance, grid)]
        if row:
            row[chance.randrange(len(row))] = chance.choice(_NONSENSE)


def _column(chance: random.Random, grid: Grid) -> None:
    """A whole column of one nonsense, but for its name."""
    place, text = chance.randrange(12), chance.choice(_NONSENSE)
    for row in grid[1:]:
        if place < len(row):
            row[place] = text


def _cut(chance: random.Random, grid: Grid) -> None:
    row = grid[_row(chance, grid)]
    del row[chance.randint(0, len(row)) :]


def _longer(chance: random.Random, grid: Grid) -> None:
    grid[_row(chance, grid)].extend(["x", "1"] * chance.randint(1, 50))


def _shuffled(chance: random.Random, grid: Grid) -> None:
    chance.shuffle(grid)


def _swapped(chance: random.Random, grid: Grid) -> None:
    if grid:
        chance.shuffle(grid[0])


def _doubled(chance: random.Random, grid: Grid) -> None:
    grid.extend([list(row) for row in grid[: chance.randint(1, len(grid))]])


def _headless(_: random.Random, grid: Grid) -> None:
    del grid[:1]


def _remarked(chance: random.Random, grid: Grid) -> None:
    place = chance.choice((0, len(grid)))
    grid[place:place] = [["Export of", "shop"], [], ["Summe", "", "", "99,00"]]


def _emptied(chance: random.Random, grid: Grid) -> None:
    for row in grid[1:]:
        for place in range(len(row)):
            if chance.random() < 0.3:
                row[place] = ""


_HARMS: tuple[Callable[[random.Random, Grid], None], ...] = (
    _nonsense, _nonsense, _column, _cut, _longer, _shuffled, _swapped, _doubled, _headless, _remarked, _emptied,
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(show(rows()))
