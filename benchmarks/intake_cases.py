"""Order files as shops and systems write them: what the import makes of each, against what is right.

python -m benchmarks.intake_cases [FILE or NUMBER ...]     (``PASSEND_CASES`` names their folder)

Each row is one file, or several that are given in one go or one after the other. The verdicts: *right*, *refused*
(an error before anything is stored; right where the table allows it) and *wrong*.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.row import REPORTED, Row, at_most, not_measured
from passend.errors import PassendError
from passend.flow import ImportRequest, import_sources
from passend.ports import Silence
from passend.workspace import Workspace

COMMAND = "python -m benchmarks.intake_cases"
_PLACES = [parent / "shared" / "cases" for parent in Path(__file__).resolve().parents]
FOLDER = Path(
    os.environ.get("PASSEND_CASES") or next((place for place in _PLACES if place.is_dir()), _PLACES[2])
)


@dataclass(frozen=True)
class Case:
    """Files and what is right of them; what is ``None`` is not compared.

    Attributes:
        files: given in this order; in one go unless ``one_by_one``.
        money: for each currency the sum over order lines after discounts, before returns, in minor units;
            a tuple of such where both readings are right.
        lines: order lines kept, those that came back later included.
        orders, customers, products, pieces: different ones, and pieces, in these lines.
        returned: money that came back, in minor units.
        may_refuse: a clear error is as good.
        must_refuse: nothing but a clear error is right.
        says: words that the summary must hold.
        one_by_one: one import after the other.
    """

    name: str
    files: tuple[str, ...]
    money: dict[str, int] | tuple[dict[str, int], ...] | None = None
    lines: int | None = None
    orders: int | None = None
    customers: int | None = None
    products: int | None = None
    pieces: float | None = None
    returned: int | None = None
    sequences: bool = False
    may_refuse: bool = False
    must_refuse: bool = False
    says: tuple[str, ...] = ()
    one_by_one: bool = False
    extra: tuple[str, ...] = field(default=())


def eur(amount: float) -> dict[str, int]:
    """An amount in euros."""
    return {"EUR": round(amount * 100)}


def plain(amount: float) -> dict[str, int]:
    """An amount of a file that names no currency."""
    return {"": round(amount * 100)}


CASES: tuple[Case, ...] = (
    Case("01", ("01-shopify-blank-name.csv",), eur(282.01), 6, 3, 3, 3, returned=8700),
    Case(
        "02",
        ("02-shopify-refunded-multiline.csv",),
        (eur(157.01), eur(157.00)),
        5,
        3,
        3,
        2,
        extra=("back #2002 = 2000", "back #2001 all"),
    ),
    Case("03", ("03-ebay.csv",), eur(1770), 3, 3, 2, 2, returned=0),
    Case("03b", ("03b-ebay-other-date.csv",), eur(1770), 3, 3, 2, 2, returned=0),
    Case("04", ("04-etsy.csv",), eur(26.80), 5, 4, 3, 3, returned=0),
    # The table of the cases says 270.00, which is before the promotion of 2.00 on the last line.
    Case("05", ("05-amazon-all-orders.txt",), (eur(268), eur(270)), 7, 6, None, 2, returned=0),
    Case("08", ("08-magento-config-simple.csv",), {"USD": 10600}, 6, 4, 4, 4, 8, returned=1400),
    Case("09", ("09-odoo-sale-export.csv",), plain(660), 5, 3, 3, 3, returned=0),
    Case("11", ("11-german-excel-summe.csv",), eur(1345), 4, 3, 2, 3, returned=425),
    Case("12", ("12-ids-like-numbers.csv",), plain(72), 14, 8, None, 14),
    Case("13", ("13-dates-mixed.csv",), plain(65), 13, 13),
    Case("16", ("16-failed-payments-as-returns.csv",), extra=("cfail has 4 orders, 8000",)),
    Case("17", ("17-discount-fraction.csv",), plain(740), 5, 4, 3, 2),
    Case("17c", ("17c-discount-percent-header.csv",), plain(1812.86), 5, 3, 3, 5),
    Case("18", ("18-same-line-differs-in-option.csv",), plain(107), 6, 3, 3, 2, 7),
    Case("19", ("19-joined-cells.csv",), None, 15, 6, 3, 6, 15, may_refuse=True),
    Case("19b", ("19b-joined-pipe.csv",), None, 15, 6, 3, 6, 18, may_refuse=True),
    Case("20", ("20-wide-onehot.csv",), None, 6, 3, 3, 4, 6, may_refuse=True),
    Case("20b", ("20b-wide-products.csv",), plain(8.5), 5, 3, 3, 3, 6, may_refuse=True),
    Case("20c", ("20c-wide-two-items.csv",), None, 8, 4, 3, 3, 8, may_refuse=True),
    Case("20k", ("(2,000 columns)",), must_refuse=True),
    Case("20l", ("20l-header-ean13.csv",), plain(33), 4, 3, 2, 2),
    Case("20m", ("20m-header-19percent.csv",), plain(33), 4, 3, 2, 2),
    Case("21", ("21-money-forms.csv",), None, None, None, None, None),
    Case("22", ("22-thousands-vs-decimal.csv",), plain(19999), 5, may_refuse=True),
    Case("22b", ("22b-thousands-with-comma.csv",), plain(19999.5), 5),
    Case("22d", ("22d-thousands-german.csv",), plain(7249), 4),
    Case("22f", ("22f-thousands-us.csv",), plain(7249), 4),
    Case("24", ("24-duplicate-columns.csv",), plain(33), 4, 3, 2, 2),
    Case("25", ("25-olist-items.csv", "25b-olist-orders.csv"), plain(163), 5, 2, 2, 2, returned=0),
    Case("25r", ("25b-olist-orders.csv", "25-olist-items.csv"), plain(163), 5, 2, 2, 2, returned=0),
    Case("26a", ("26a-price-space.csv",), eur(2494), 3, 3, 2, 2),
    Case("26b", ("26b-price-dash.csv",), plain(48.5), 3, 3, 2, 2),
    Case("26c", ("26c-price-rs.csv",), {"INR": 40800}, 3, 3, 2, 2),
    Case("29", ("29-dunnhumby.csv",), plain(34.59), 7, 4, 2, 7),
    Case("29b", ("29b-dunnhumby-more.csv",), plain(1270.35)),
    Case(
        "30",
        ("30-instacart-orders.csv", "30b-instacart-order_products__prior.csv"),
        None,
        291,
        None,
        29,
        12,
        sequences=True,
        may_refuse=True,
    ),
    Case("32a", ("32a-merged-header.xlsx",)),
    Case("32f", ("32f-two-sheets.xlsx",), may_refuse=False),
    Case("32g", ("32g-sheet-per-month.xlsx",), None, 15),
    Case("33", ("33-shopify-order-discount.csv",), eur(75), 4, 3, 2, 2),
    Case("37", ("37-same-day-and-zero.csv",)),
    Case("40ab", ("40a-first.csv", "40b-corrected.csv"), plain(23), 4, 3, 3, 2, one_by_one=True),
    Case("40ba", ("40b-corrected.csv", "40a-first.csv"), plain(23), 4, 3, 3, 2, one_by_one=True),
    Case("40ad", ("40a-first.csv", "40d-with-time.csv"), plain(21), 3, 2, 2, 2, one_by_one=True),
    Case("40ac", ("40a-first.csv", "40c-same-in-german.csv"), plain(27.5), 4, 3, 3, 2, one_by_one=True),
    Case(
        "41",
        ("41-mixed-currencies.csv",),
        {"EUR": 2000, "JPY": 1500, "USD": 1200, "KWD": 10000},
        5,
        4 + 1,
        3,
        2,
    ),
    Case("42", ("42-zones.csv",), plain(70), 7, 7, 1, 1),
    Case("43", ("43-quotes.csv",), plain(525), 5, 4, 4, 5),
    Case("46", ("46-shopware.csv",), (eur(29.85), eur(25.87)), 2, 2, 2, 1, returned=0),
    Case("48", ("48-guest-customer-zero.csv",), plain(23760), 1188, None, 100),
    Case("51", ("51-refund-type-column.csv",), plain(110), returned=4000),
    Case("51b", ("51b-refund-negative-amount.csv",), plain(90), 3, 2, 2, 2, extra=("back 1 A", "back 2 A")),
    Case("53", ("53-free-item-owned.csv",)),
)


@dataclass(frozen=True)
class Found:
    """What an import left in the workspace."""

    lines: list[dict[str, Any]]
    returns: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    said: str
    seconds: float


def read(case: Case, folder: Path = FOLDER) -> Found:
    """Import a case's files into a new workspace, as ``passend import --yes`` does."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Workspace(Path(temporary) / "workspace")
        paths = [_path(name, folder, Path(temporary)) for name in case.files]
        began = time.process_time()
        steps = [[path] for path in paths] if case.one_by_one else [paths]
        said = ""
        for step in steps:
            summary = import_sources(place, [ImportRequest(path) for path in step], Silence())
            said += repr(summary)
        seconds = time.process_time() - began
        with place.engine() as engine:
            tables = [engine.fetch(name).to_pylist() for name in ("orders", "returns", "quarantine")]
    return Found(tables[0], tables[1], tables[2], said, seconds)


def differences(case: Case, found: Found) -> list[str]:
    """What is not as it should be, in words."""
    lines = found.lines
    wrong = []
    money: dict[str, int] = {}
    for line in lines:
        code = line["currency"] or ""
        money[code] = money.get(code, 0) + (line["revenue_cents"] or 0)
    wanted = case.money if isinstance(case.money, tuple) else (case.money,)
    if case.money is not None and money not in wanted:
        wrong.append(f"money {money} instead of {wanted[0]}")
    counts = {
        "lines": len(lines),
        "orders": len({line["order_id"] for line in lines}),
        "customers": len({line["customer_id"] for line in lines} - {None}),
        "products": len({line["product_id"] for line in lines}),
        "pieces": sum(line["quantity"] for line in lines),
        "returned": sum(row["amount_cents"] or 0 for row in found.returns),
    }
    for name, value in counts.items():
        right = getattr(case, name)
        if right is not None and value != right:
            wrong.append(f"{name} {value:g} instead of {right:g}")
    if case.sequences and not all(line["sequence"] is not None for line in lines):
        wrong.append("no positions")
    wrong += [f"does not say '{word}'" for word in case.says if word not in found.said]
    wrong += [text for text in case.extra if not _holds(text, found)]
    return wrong


def verdict(case: Case, folder: Path = FOLDER) -> tuple[str, str]:
    """Right, refused or wrong, and the details."""
    try:
        found = read(case, folder)
    except PassendError as error:
        fine = case.may_refuse or case.must_refuse
        return "refused" if fine else "refused, but should be read", str(error)[:300]
    except Exception as error:  # noqa: BLE001 - a traceback is the worst verdict, not the end of the measuring
        return "wrong", f"{type(error).__name__}: {str(error)[:200]}"
    if case.must_refuse:
        return "wrong", "was not refused"
    wrong = differences(case, found)
    return ("wrong", "; ".join(wrong)) if wrong else ("right", "")


def rows() -> Iterator[Row]:
    """A row for each file that is wrong, and how many there are of each verdict."""
    work = f"{len(CASES)} order files of shops"
    if not FOLDER.is_dir():
        yield not_measured(work, f"there is no folder {FOLDER}", COMMAND)
        return
    counts = {"right": 0, "refused": 0, "wrong": 0}
    for case in CASES:
        answer, detail = verdict(case)
        kind = "wrong" if answer.startswith("refused,") else answer
        counts[kind] += 1
        if kind == "wrong":
            yield Row(
                f"{case.name} {case.files[0]}", f"{answer}: {detail}"[:160], 1, at_most(0, 1), command=COMMAND
            )
    for kind, count in counts.items():
        yield Row(work, kind, count, at_most(0, count) if kind == "wrong" else REPORTED, command=COMMAND)


def _path(name: str, folder: Path, temporary: Path) -> Path:
    if name != "(2,000 columns)":
        return folder / name
    path = temporary / "wide.csv"
    names = [f"product {place}" for place in range(1997)]
    rows = [",".join(str((place * row) % 7 == 1) for place in range(1997)) for row in range(60)]
    lines = [f"{row},c{row % 9},2026-01-01,{cells}" for row, cells in enumerate(rows)]
    path.write_text("\n".join([",".join(["order_id", "customer_id", "date", *names]), *lines]))
    return path


def _holds(text: str, found: Found) -> bool:
    """What is particular to one case."""
    back: dict[str, int] = {}
    pieces: dict[tuple[str, str], float] = {}
    for row in found.returns:
        back[row["order_id"]] = back.get(row["order_id"], 0) + (row["amount_cents"] or 0)
        at = (row["order_id"], row["product_id"])
        pieces[at] = pieces.get(at, 0.0) + row["quantity"]
    match text.split():
        case ["back", order, "=", cents]:
            return back.get(order, 0) == int(cents)
        case ["back", order, "all"]:
            sold = sum(int(line["revenue_cents"]) for line in found.lines if line["order_id"] == order)
            return sold > 0 and back.get(order, 0) == sold
        case ["back", order, product]:
            return pieces.get((order, product), 0) > 0
        case [customer, "has", *_]:
            own = [line for line in found.lines if line["customer_id"] == customer]
            returned = sum(line["returned_quantity"] for line in own)
            return (len({line["order_id"] for line in own}), returned) == (4, 0) and sum(
                line["revenue_cents"] for line in own
            ) == 8000
    return False


def main(arguments: Sequence[str]) -> None:
    """Print each case's verdict."""
    for case in CASES:
        if arguments and case.name not in arguments and not set(case.files) & set(arguments):
            continue
        answer, detail = verdict(case)
        print(f"{case.name:<5} {answer:<10} {case.files[0]:<36} {detail}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
