"""Exports of many systems, eight variants each, with invented content: is what the import makes of them exact?

python -m benchmarks.intake_layouts [SYSTEM ...] [--keep FOLDER]

A variant changes what exports differ in: delimiter, decimal comma, language of the headers, order of the columns,
optional columns that are missing, follow-on rows, refunds, discounts of lines and orders, two currencies, orders that
were never paid. A file is right if each line with its pieces, amount and currency, and the numbers of orders, customers
and products are, and the money that came back; it may be refused; what is neither is a silent error. A currency that
the file does not name may be guessed from its countries, if that is said and right.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.export_files import System, Variant, systems, write
from benchmarks.export_orders import Truth, invented, truth
from benchmarks.row import REPORTED, Row, at_least, at_most
from passend.errors import PassendError
from passend.flow import ImportRequest, import_sources
from passend.ports import Silence
from passend.workspace import Workspace

COMMAND = "python -m benchmarks.intake_layouts"
VARIANTS = (
    Variant("plain"),
    Variant("decimal commas", delimiter=";", comma=True),
    Variant("tabs, other order", delimiter="\t", shuffled=True),
    Variant("German headers", delimiter=";", comma=True, german=True, encoding="cp1252"),
    Variant("lean", lean=True),
    Variant("follow-on rows, refunds", follow_on=True, refunds=True),
    Variant("discounts", order_discounts=True, line_discounts=True),
    Variant("two currencies, never paid", currencies=("EUR", "USD"), cancelled=True),
)
MORE = (
    Variant("thousands", thousands=True, line_discounts=True),
    Variant(
        "German thousands", delimiter=";", comma=True, thousands=True, german=True, order_discounts=True,
        encoding="utf-8-sig",
    ),
    Variant("signs of currencies, title lines", signs=True, framed=True),
    Variant("everything at once", follow_on=True, refunds=True, cancelled=True, order_discounts=True,
            line_discounts=True, currencies=("EUR", "USD"), shuffled=True),
)  # fmt: skip


def verdict(system: System, variant: Variant, seed: int, folder: Path) -> tuple[str, str]:
    """Right, refused or wrong, and the details.

    Args:
        system: whose export.
        variant: how it differs.
        seed: of the orders.
        folder: where the file is written.
    """
    wish = variant.wish(system)
    made = invented(wish, seed)
    path = folder / f"{system.name} {variant.name.replace(' ', '-').replace(',', '')}.csv"
    write(path, made, system, variant, seed)
    money = any(system.says(name, lean=variant.lean) for name in ("price", "gross", "net"))
    is_named = system.says("currency", lean=variant.lean) or (variant.signs and money)
    with tempfile.TemporaryDirectory() as temporary:
        place = Workspace(Path(temporary) / "workspace")
        try:
            summary = import_sources(place, [ImportRequest(path)], Silence())
        except PassendError as error:
            return "refused", f"{error}"
        except Exception as error:  # noqa: BLE001 - a traceback is the worst verdict, not the end of the measuring
            return "wrong", f"{type(error).__name__}: {error}"
        said = " ".join(note for source in summary.sources for note in source.notes)
        right = truth(
            made,
            buyers=system.says("buyer", lean=variant.lean),
            currencies=is_named or "amounts are taken as" in said,
            pieces=system.says("pieces", lean=variant.lean),
            money=money,
        )
        wrong = list(differences(right, found_in(place)))
    return ("wrong", "; ".join(wrong)) if wrong else ("right", "")


def found_in(place: Workspace) -> Truth:
    """What an import left in the workspace, in the form of what is right."""
    with place.engine() as engine:
        lines, returns = (engine.fetch(name).to_pylist() for name in ("orders", "returns"))
    return Truth(
        Counter((line["revenue_cents"] or 0, line["quantity"], line["currency"] or "") for line in lines),
        len({line["order_id"] for line in lines}),
        len({line["customer_id"] for line in lines} - {None}),
        len({line["product_id"] for line in lines}),
        sum(row["amount_cents"] or 0 for row in returns),
    )


def differences(right: Truth, found: Truth) -> Iterator[str]:
    """What is not as it should be, in words."""
    for name in ("money", "orders", "customers", "products", "returned"):
        if getattr(found, name) != getattr(right, name):
            yield f"{name} {getattr(found, name)} instead of {getattr(right, name)}"
    if found.lines != right.lines:
        extra, lacking = found.lines - right.lines, right.lines - found.lines
        yield (
            f"lines {found.lines.total()} instead of {right.lines.total()}: {extra.total()} others, such as "
            f"{[*extra][:2]} for {[*lacking][:2]}"
        )


def rows(names: Sequence[str] = (), keep: str = "") -> Iterator[Row]:
    """The files that are wrong or refused, and how many there are of each."""
    chosen = [system for system in systems() if not names or system.name in names]
    for variants, kind in ((VARIANTS, "variants"), (MORE, "further variants")):
        counts = Counter[str]()
        for number, system in enumerate(chosen):
            for variant in variants:
                with tempfile.TemporaryDirectory() as temporary:
                    answer, detail = verdict(system, variant, number, Path(keep or temporary))
                counts[answer] += 1
                if answer != "right":
                    yield Row(f"{system.name}: {variant.name}", f"{answer}: {detail}", 1, command=COMMAND)
        work = f"{len(chosen)} exports, {len(variants)} {kind} each"
        share = counts["right"] / max(1, counts.total())
        yield Row(work, "share exactly right", share, at_least(0.98, share), command=COMMAND)
        yield Row(work, "refused", counts["refused"], REPORTED, command=COMMAND)
        yield Row(work, "wrong without a word", counts["wrong"], at_most(0, counts["wrong"]), command=COMMAND)


if __name__ == "__main__":
    words = sys.argv[1:]
    folder = words.pop(words.index("--keep") + 1) if "--keep" in words else ""
    for row in rows([word for word in words if word != "--keep"], folder):
        print(f"{row.work:<46} {row.measure} {row.value}", flush=True)
