"""Cells that hold the products of an order with their fields by name: ``name:Mug|sku:M-1|quantity:2|total:24.00``.

WooCommerce and BigCommerce write orders so. Each product becomes a row, each field a column.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from passend.intake.laid_out import laid_out, texts_of
from passend.intake.sample import Sample
from passend.intake.source import Batch, Source
from passend.intake.synonyms import key, name_scores, words
from passend.intake.texts import as_text

_LABEL = re.compile(r"(?:^|[|;,\n])\s*([A-Za-z][A-Za-z_ ]{0,30}?)\s*:")
#: A cell of that many fields, in that share of the cells, is no text with a colon.
_FIELDS, _MOSTLY, _LOOKED_AT = 3, 0.9, 500
_OF_LINE = ("product", "item", "line", "artikel", "produkt")


@dataclass(frozen=True)
class Labelled:
    """The columns with such cells, and their labels as they stand there."""

    columns: tuple[str, ...]
    labels: tuple[str, ...]


class LabelledSource:
    """A row for each product of a cell.

    Attributes:
        name: the file.
        columns: those of the file without the cells, then one for each field.
        size: of the file.
        notes: how it was read.
    """

    def __init__(self, source: Source, cells: Labelled) -> None:
        self._source, self._cells = source, cells
        self.name = source.name
        self._kept = [column for column in source.columns if column not in cells.columns]
        self._fields = {label: _header(label, self._kept) for label in cells.labels}
        self.columns = (*self._kept, *self._fields.values())
        self.size = source.size
        shown = ", ".join(f"'{label}'" for label in cells.labels)
        said = f"'{cells.columns[0]}' holds products with the fields {shown}; each becomes a line."
        self.notes: tuple[str, ...] = (said,)
        self._split = _splitter(cells.labels)

    def fingerprint(self) -> str:
        """That of the file, read in this way."""
        return hashlib.sha256(f"labelled\n{self._source.fingerprint()}".encode()).hexdigest()

    def position(self) -> int:
        """How much of the file has been read."""
        return self._source.position()

    def batches(self) -> Iterator[Batch]:
        """The products in the order of the rows."""
        return laid_out(self._source, lambda table: texts_of(self._rows(table), self.columns))

    def _rows(self, table: pa.RecordBatch) -> Iterator[tuple[str | None, ...]]:
        kept = [as_text(table.column(name)).to_pylist() for name in self._kept]
        cells = [as_text(table.column(name)).to_pylist() for name in self._cells.columns]
        for row in range(table.num_rows):
            own = tuple(column[row] for column in kept)
            records = [record for cell in cells for record in _records(cell[row] or "", self._split)]
            # An order without readable products keeps its row, and is told as one without.
            for record in records or [{}]:
                yield (*own, *(record.get(label) for label in self._fields))


def labelled_cells(columns: Sequence[str], sample: Sample) -> Labelled | None:
    """The columns whose cells hold products with named fields, if there are some."""
    found: dict[str, tuple[str, ...]] = {}
    for column in columns:
        texts = [text for text in sample.head.column(column).slice(0, _LOOKED_AT).to_pylist() if text]
        if texts and ":" in texts[0] and (labels := _labels(texts)):
            found[column] = labels
    if not found:
        return None
    labels = tuple(dict.fromkeys(label for each in found.values() for label in each))
    of_product = ("product_id", "product_name")
    if not any(name_scores(_header(label, ())).get(name, 0.0) for label in labels for name in of_product):
        return None
    return Labelled(tuple(found), labels)


def _labels(texts: Sequence[str]) -> tuple[str, ...]:
    """The labels that nearly all cells have, in their order; nothing where the cells are of another form."""
    counts = Counter(label for text in texts for label in dict.fromkeys(_LABEL.findall(text)))
    labels = tuple(label for label, count in counts.items() if count >= _MOSTLY * len(texts))
    return labels if len(labels) >= _FIELDS else ()


def _splitter(labels: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(labels, key=len, reverse=True)
    return re.compile(rf"(?:^|[|;,\n])\s*({'|'.join(re.escape(label) for label in longest_first)})\s*:\s*")


def _records(text: str, split: re.Pattern[str]) -> list[dict[str, str]]:
    """The products of a cell: a label that comes again begins the next."""
    records: list[dict[str, str]] = []
    parts = list(split.finditer(text))
    for part, following in zip(parts, [*parts[1:], None], strict=False):
        label = part[1]
        if not records or label in records[-1]:
            records.append({})
        records[-1][label] = text[part.end() : following.start() if following else len(text)].strip(" |;,\n")
    return records


def _header(label: str, beside: Sequence[str]) -> str:
    """A label as the header of a column: of the line, where the file's own columns are of the order."""
    header = label if words(label).startswith(_OF_LINE) else f"item {label}"
    return f"line {header}" if key(header) in {key(name) for name in beside} else header
