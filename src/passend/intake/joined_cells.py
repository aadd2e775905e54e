"""Files with all products of an order in one cell: ``butter, bread``, ``1x Mug | 2x Plate``, ``Mug x 2; Plate``."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from passend.intake.assign import column_scores
from passend.intake.laid_out import laid_out, texts_of
from passend.intake.sample import Sample
from passend.intake.source import Batch, Source
from passend.intake.synonyms import key, name_scores
from passend.intake.texts import as_text, word_set

_MARKS = ("|", ";", "\n", ",")
_COUNT_FIRST = re.compile(
    r"(\d{1,4})\s*(?:x|\u00d7|\*|stk\.?|pcs\.?)\s+(\S.*)|(\d{1,4})\s*[x\u00d7]\s*(\D.*)", re.IGNORECASE
)
#: What stands before the next product where each begins with its count: ``2x Mug, 1x Pot, 1 l``.
BEFORE_COUNT = "count"
_STARTS = re.compile(r"\d{1,4}\s*[x\u00d7]\s+\S", re.IGNORECASE)
_NEXT_START = re.compile(r"[,;|\n]\s*(?=\d{1,4}\s*[x\u00d7]\s+\S)", re.IGNORECASE)
_COUNT_LAST = re.compile(r"(\S.*?)\s*(?:\s[x\u00d7*]\s?|\(\s*[x\u00d7]?\s*)(\d{1,4})\)?", re.IGNORECASE)
_CELLS = word_set(
    """
    items products productsordered orderitems lineitems basket cart articles produkte warenkorb positionen inhalt waren
    contents itemlist itemsordered bestellteartikel productlist
    """
)
#: The column that holds the count of each product; passend's own, so it is said in the language of the firm.
COUNTED = "quantity of the product"
_SHOWN = {"\n": "line break"}


@dataclass(frozen=True)
class Cells:
    """The column with several products in a cell, what divides them, and columns divided alike."""

    column: str
    marks: tuple[str, ...]
    parallel: tuple[str, ...]
    of_order: tuple[str, ...]
    counted: bool
    shown: tuple[str, ...]


class CellsSource:
    """A row for each product of a cell.

    Attributes:
        name: the file.
        columns: those of the file, and the count where the cells hold one.
        size: of the file.
        notes: how it was read.
    """

    def __init__(self, source: Source, cells: Cells) -> None:
        self._source, self._cells = source, cells
        self.name = source.name
        kept = [column for column in source.columns if column not in cells.of_order]
        self.columns = (*kept, *([COUNTED] if cells.counted else []))
        self.size = source.size
        marks = " and ".join(_SHOWN.get(mark, f"'{mark}'") for mark in cells.shown)
        notes = [f"'{cells.column}' holds several products, divided by {marks}; each becomes a line."]
        if cells.of_order:
            notes.append(
                f"Amounts of whole orders are not divided among their products: {', '.join(cells.of_order)}."
            )
        self.notes: tuple[str, ...] = tuple(notes)

    def fingerprint(self) -> str:
        """That of the file, read in this way."""
        return hashlib.sha256(f"cells\n{self._source.fingerprint()}".encode()).hexdigest()

    def position(self) -> int:
        """How much of the file has been read."""
        return self._source.position()

    def batches(self) -> Iterator[Batch]:
        """The products in the order of the rows."""
        return laid_out(self._source, lambda table: texts_of(self._rows(table), self.columns))

    def _rows(self, table: pa.RecordBatch) -> list[tuple[str | None, ...]]:
        cells = self._cells
        names = [name for name in self.columns if name != COUNTED]
        columns = {name: as_text(table.column(name)).to_pylist() for name in names}
        made: list[tuple[str | None, ...]] = []
        for row in range(table.num_rows):
            products = divided(columns[cells.column][row] or "", cells.marks) or [""]
            beside = {name: divided(columns[name][row] or "", cells.marks) for name in cells.parallel}
            for place, text in enumerate(products):
                count, product = counted(text) if cells.counted else ("1", text)
                values = {name: columns[name][row] for name in names} | {cells.column: product}
                values |= {
                    name: parts[place] if len(parts) == len(products) else columns[name][row]
                    for name, parts in beside.items()
                }
                made.append((*(values[name] for name in names), *([count] if cells.counted else [])))
        return made


def joined_cells(columns: Sequence[str], sample: Sample) -> Cells | None:
    """The column whose cells hold several products, if there is one: its parts come back in other cells."""
    orders = [name for name in columns if "order_id" in column_scores(name, columns)]
    for column in columns:
        if key(column) not in _CELLS and not _names_products(column):
            continue
        texts = [text for text in sample.head.column(column).to_pylist() if text]
        # One product's name may hold a comma: "Mug, blue".
        listed = key(column) in _CELLS
        known = _MARKS if listed else _MARKS[:-1]
        marks = (
            (BEFORE_COUNT,)
            if listed and _start_with_counts(texts)
            else _best_marks(texts, known, listed=listed)
        )
        if not marks or not _each_order_once(orders, sample):
            continue
        pieces = [part for text in texts for part in divided(text, marks)]
        with_count = sum(counted(part)[0] != "1" or counted(part)[1] != part for part in pieces) >= 0.2 * len(
            pieces
        )
        parallel = tuple(
            name for name in columns if name != column and _goes_along(sample, column, name, marks)
        )
        amounts = {"line_total", "unit_price", "discount", "quantity"}
        of_order = tuple(
            name
            for name in columns
            if name not in {column, *parallel}
            and amounts & set(name_scores(name))
            and "order_id" not in name_scores(name)
        )
        return Cells(column, marks, parallel, of_order, with_count, _seen(texts, marks))
    return None


def divided(text: str, marks: Sequence[str]) -> list[str]:
    """The parts of a cell."""
    parts = [text]
    for mark in marks:
        parts = [
            piece
            for part in parts
            for piece in (_NEXT_START.split(part) if mark == BEFORE_COUNT else part.split(mark))
        ]
    return [part.strip() for part in parts if part.strip()]


def counted(text: str) -> tuple[str, str]:
    """The count and the product of ``2x Mug``, ``Mug x 2`` and ``Mug (2)``."""
    found = _COUNT_FIRST.fullmatch(text)
    if found:
        return (found[1], found[2]) if found[1] else (found[3], found[4])
    found = _COUNT_LAST.fullmatch(text)
    return (found[2], found[1]) if found else ("1", text)


def _seen(texts: Sequence[str], marks: tuple[str, ...]) -> tuple[str, ...]:
    """The signs between the products, as they stand in the cells: the commonest first."""
    if BEFORE_COUNT not in marks:
        return marks
    signs = Counter(found[0] for text in texts for found in _NEXT_START.findall(text))
    return tuple(sign for sign, _ in signs.most_common())


def _start_with_counts(texts: Sequence[str]) -> bool:
    return bool(texts) and sum(bool(_STARTS.match(text)) for text in texts) >= 0.95 * len(texts)


def _names_products(column: str) -> bool:
    return any(name_scores(column).get(meaning, 0.0) >= 0.5 for meaning in ("product_name", "product_id"))


def _best_marks(texts: Sequence[str], known: Sequence[str], *, listed: bool) -> tuple[str, ...]:
    """The marks after which the fewest different products explain the most parts; fewer marks win a tie.

    Where the column is called a list, the same list may come again in all cells, as with a campaign for two products.
    """
    present = [mark for mark in known if sum(mark in text for text in texts) >= max(2, 0.1 * len(texts))]
    tried = [(mark,) for mark in present] + [(one, two) for one in present for two in present if one < two]
    best: tuple[str, ...] = ()
    lowest = 0.8  # of names that only look like lists, hardly a part comes back
    for marks in tried:
        parts = [counted(part)[1].lower() for text in texts for part in divided(text, marks)]
        came_back = sum(count > 1 for count in Counter(parts).values())
        share = len(set(parts)) / max(1, len(parts))
        whole = 1.0 if listed and "," not in marks else len(set(texts)) / len(texts)
        if came_back >= 2 and len(parts) > len(texts) and share < min(lowest, whole) - 1e-9:
            best, lowest = marks, share
    return best


def _each_order_once(orders: Sequence[str], sample: Sample) -> bool:
    """Whether the file has a row for each order, as far as its numbers tell."""
    rows = sample.head.num_rows
    return (
        any(len(set(sample.head.column(name).to_pylist())) >= 0.98 * rows for name in orders)
        if orders
        else True
    )


def _goes_along(sample: Sample, column: str, name: str, marks: Sequence[str]) -> bool:
    """Whether another column has as many parts in each cell."""
    pairs = [
        (len(divided(one, marks)), len(divided(two, marks)))
        for one, two in zip(
            sample.head.column(column).to_pylist(), sample.head.column(name).to_pylist(), strict=True
        )
        if one and two
    ]
    several = [pair for pair in pairs if pair[0] > 1]
    return len(several) >= 2 and sum(one == two for one, two in several) >= 0.95 * len(several)
