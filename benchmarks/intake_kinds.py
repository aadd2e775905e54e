"""Small invented order files, one of each kind that is easily read wrongly, with what is right of them.

python -m benchmarks.intake_kinds [NAME ...]

The files and a table of them are in ``benchmarks/cases``. A file is right, refused with a remedy (right where the table
allows it), or wrong.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.intake_cases import Case, eur, plain, verdict
from benchmarks.row import REPORTED, Row, at_most

COMMAND = "python -m benchmarks.intake_kinds"
FOLDER = Path(__file__).with_name("cases")

KINDS: tuple[Case, ...] = (
    Case("follow-on", ("follow-on-rows.csv",), plain(132.9), 6, 3, 2, 4, 25),
    Case("refunded", ("refunded.csv",), eur(138), 4, 3, 3, 2, 7, 6700, extra=("back #502 = 1500",)),
    Case("title and footer", ("title-and-footer.csv",), plain(80.15), 4, 3, 2, 3, 5, 0),
    Case("line amount", ("line-amount-called-price.csv",), plain(211), 7, 5, 3, 2, 16),
    Case("parent and variant", ("parent-and-variant.csv",), {"GBP": 7800}, 4, 2, 2, 4, 5),
    Case("never paid", ("never-paid.csv",), plain(85), 4, 4, 3, 2, 7, 1500),
    Case("share beside net", ("share-beside-net.csv",), plain(960), 6, 5, 3, 2, 9),
    Case("share or money", ("discount-share-or-money.csv",), must_refuse=True),
    Case("share by total", ("discount-share-or-money-with-total.csv",), plain(1092), 5, 4, 3, 2, 7),
    Case("unproven discount", ("unproven-discount.csv",), must_refuse=True),
    Case("options", ("engraved-twice.csv",), plain(278), 4, 2, 2, 2, 4),
    Case("joined cells", ("joined-cells.csv",), None, 10, 5, 3, 4, 17),
    Case("side by side", ("products-side-by-side.csv",), plain(21.9), 5, 3, 2, 3, 7),
    Case("a column each", ("column-for-each-product.csv",), must_refuse=True),
    Case("German thousands", ("german-thousands.csv",), plain(7048), 4, 3, 2, 3, 5),
    Case("unnamed pieces", ("pieces-without-a-name.csv",), plain(129.6), 10, 8, 3, 2, 20),
    Case("one name twice", ("two-columns-of-one-name.csv",), plain(99), 5, 3, 2, 3, 10),
    Case("two tables", ("lines-of-two-tables.csv", "orders-of-two-tables.csv"), plain(90.3), 5, 3, 3, 3, 8, 0),
    Case("two tables turned", ("orders-of-two-tables.csv", "lines-of-two-tables.csv"), plain(90.3), 5, 3, 3, 3, 8),
    Case("whole prices", ("whole-prices.csv",), plain(85), 4, 3, 2, 3, 5),
    Case("order discount", ("order-discount.csv",), eur(65), 3, 2, 2, 2, 4),
    Case("newer export", ("first-export.csv", "newer-export.csv"), plain(48), 4, 3, 3, 2, one_by_one=True),
    Case("newer export first", ("newer-export.csv", "first-export.csv"), plain(48), 4, 3, 3, 2, one_by_one=True),
    Case(
        "currencies", ("several-currencies.csv",), {"EUR": 1000, "USD": 1100, "JPY": 1800, "BHD": 9000}, 5, 4, 3, 2, 6,
    ),
    Case("guests", ("guests.csv",), plain(45), 5, 5, 2, 2, 6),
    Case("refund rows by type", ("refund-rows-by-type.csv",), plain(70), 3, 3, 2, 2, 4, 1000, extra=("back 1 A",)),
    Case("refund rows by amount", ("refund-rows-by-amount.csv",), plain(85), 3, 3, 2, 2, 4, 1000, extra=("back 1 A",)),
    Case("day or month", ("day-or-month-first.csv",), must_refuse=True),
    Case("events of a till", ("till-events.csv",), plain(24.9), 4, 3, 2, 2, 6, 380),
    Case("fields in a cell", ("fields-in-a-cell.csv",), eur(106), 5, 3, 3, 2, 6),
    Case("fields by pipe", ("fields-in-a-cell-by-pipe.csv",), {"USD": 6500}, 3, 2, 2, 2, 4),
    Case("counts in a cell", ("counts-in-a-cell.csv",), None, 4, 3, 2, 2, 6),
    Case("sum above its lines", ("sum-above-its-lines.csv",), eur(1182), 3, 2, 2, 2, 4, 0),
    Case("credit notes by type", ("credit-notes-by-type.csv",), {"GBP": 7460}, 3, 2, 2, 2, 5, 1200),
    Case("order and invoice", ("order-and-invoice.csv",), must_refuse=True),
    Case("with and without tax", ("with-and-without-tax.csv",), plain(70.21), 3, 2, 2, 2, 4, 0),
    Case("report in groups", ("report-in-groups.csv",), plain(89), 3, 2, 2, 2, 6, 1200),
    Case("own name", ("own-name-in-a-known-export.csv",), plain(17.98), 4, 4, 2, 3, 7, sequences=True),
    Case("ordered and returned", ("ordered-shipped-returned.csv",), plain(89), 3, 2, 2, 2, 6, 1200),
    Case("account of the till", ("account-of-the-till.csv",), eur(32.5), 4, 3, 0, 2, 7, 0),
    Case("whole lines joined", ("states-of-two-tables.csv", "whole-lines-of-two-tables.csv"), plain(59), 3, 2,
         2, 2, 4, 1000),
    Case("bookings", ("bookings.csv",), must_refuse=True),
    Case("statement", ("statement.txt",), (eur(53), eur(50.1)), 2, 2, 0, 2, 3, 1200),
    Case("before and after", ("before-and-after-discount.csv",), plain(25.9), 3, 2, 1, 2, 6, 400),
    Case("voided lines", ("voided-lines.csv",), plain(41.3), 3, 2, 2, 2, 4, 0),
    Case("parts unnumbered", ("parts-without-a-number.csv", "orders-of-parts.csv"), eur(65), 3, 2, 2, 2, 4, 0),
    Case("free of charge", ("free-of-charge.csv",), plain(30), 3, 2, 2, 2, 4),
)  # fmt: skip


def rows() -> Iterator[Row]:
    """A row for each kind that is read wrongly, and how many there are of each verdict."""
    counts = Counter[str]()
    for case in KINDS:
        answer, detail = verdict(case, FOLDER)
        kind = "wrong" if answer.startswith("refused,") else answer
        counts[kind] += 1
        if kind == "wrong":
            yield Row(case.name, f"{answer}: {detail}", 1, at_most(0, 1), command=COMMAND)
    for kind in ("right", "refused", "wrong"):
        bar = at_most(0, counts[kind]) if kind == "wrong" else REPORTED
        yield Row(f"{len(KINDS)} kinds of order files", kind, counts[kind], bar, command=COMMAND)


if __name__ == "__main__":
    for each in KINDS:
        if not sys.argv[1:] or each.name in sys.argv[1:]:
            print(f"{each.name:<24}", *verdict(each, FOLDER), flush=True)
