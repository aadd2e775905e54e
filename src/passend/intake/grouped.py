"""Reports in groups: a row with one cell, such as ``Customer 10001 Lee Ltd``, stands above the rows that belong to it.

Accounting programs print their lists of sales so. The heading becomes a column of the rows below it.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.assign import SURE
from passend.intake.sample import Sample
from passend.intake.source import Batch, Source
from passend.intake.synonyms import key, name_scores
from passend.intake.texts import as_text, emptied

_LOOKED_AT = 2_000
#: So many headings make groups, and a row below one has at least that share of its cells filled.
_FEW, _FILLED = 2, 0.5
_SUM = re.compile(r"\s*(?:total|sum|summe|gesamt|zwischensumme|subtotal|ergebnis)", re.IGNORECASE)
_CUSTOMER = re.compile(
    r"\s*(?:kunden?|customer|client|debitor|konto)\b[\s.:\-]*(?:(?:nr|nummer|no|number|id)\b[\s.:]*)?",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    r"\s*(?:artikel|produkt|product|item|ware)\b[\s.:\-]*(?:(?:nr|nummer|no|number|id)\b[\s.:]*)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(\S*\d\S*)(?:\s+\S.*)?")


@dataclass(frozen=True)
class Groups:
    """What the headings of a report name, and one of them to show."""

    column: str
    example: str


class GroupedSource:
    """The rows of a report, each with its heading.

    Attributes:
        name: the file.
        columns: those of the file, then the heading.
        size: of the file.
        notes: how it was read.
    """

    def __init__(self, source: Source, groups: Groups) -> None:
        self._source, self._groups = source, groups
        self.name = source.name
        self.columns = (*source.columns, groups.column)
        self.size = source.size
        said = (
            f"Rows with one cell, such as '{groups.example}', are headings, to which the rows below belong."
        )
        self.notes: tuple[str, ...] = (said,)

    def fingerprint(self) -> str:
        """That of the file, read in this way."""
        return hashlib.sha256(f"grouped\n{self._source.fingerprint()}".encode()).hexdigest()

    def position(self) -> int:
        """How much of the file has been read."""
        return self._source.position()

    def batches(self) -> Iterator[Batch]:
        """The rows without the headings."""
        last: str | None = None
        for batch in self._source.batches():
            names = _headings(batch.table)
            texts = pa.array([_named(text) for text in names.to_pylist()], pa.string())
            filled = pc.fill_null_forward(pa.concat_arrays([pa.array([last], pa.string()), texts])).slice(1)
            last = filled[-1].as_py() if len(filled) else last
            rows = pc.is_null(names)
            table = pa.RecordBatch.from_arrays([*batch.table.columns, filled], names=list(self.columns))
            yield Batch(batch.rows.filter(rows), table.filter(rows), batch.broken)


def grouped(columns: Sequence[str], sample: Sample) -> Groups | None:
    """What the headings of a report in groups name: who bought, or what was bought, as the columns do not say it."""
    found = [name for name in columns if _says(name, "product_id", "product_name")]
    buyers = [name for name in columns if _says(name, "customer_id")]
    if bool(found) == bool(buyers):
        return None
    head = sample.head.slice(0, _LOOKED_AT)
    if head.num_rows < 2 * _FEW or len(columns) < 4:
        return None
    table = head.combine_chunks().to_batches()[0]
    names = _headings(table)
    if len(names) - names.null_count < _FEW:
        return None
    texts = names.to_pylist()
    counts = _filled(table).to_pylist()
    heads = [place for place, text in enumerate(texts) if text and place + 1 < len(texts)]
    below = [place for place in heads if counts[place + 1] >= _FILLED * len(columns)]
    if len(below) < max(_FEW, 0.8 * len(heads)):
        return None
    example = texts[below[0]] or ""
    wanted, other = (_CUSTOMER, _PRODUCT) if found else (_PRODUCT, _CUSTOMER)
    if other.match(example) and not wanted.match(example):
        return None
    return Groups("Customer" if found else "Product", example)


def _says(column: str, *meanings: str) -> bool:
    scores = name_scores(column)
    best = max(scores.values(), default=0.0)
    return any(scores.get(meaning, 0.0) >= 0.3 and scores[meaning] >= min(best, SURE) for meaning in meanings)


def _filled(table: pa.RecordBatch) -> pa.Array:
    """How many cells of each row are filled."""
    counts = pa.repeat(pa.scalar(0, pa.int64()), table.num_rows)
    for column in table.columns:
        counts = pc.add(counts, pc.cast(pc.is_valid(emptied(as_text(column))), pa.int64()))
    return counts


def _headings(table: pa.RecordBatch) -> pa.Array:
    """The text of each row that has one filled cell among the first two, and is no sum; else empty."""
    alone = pc.equal(_filled(table), 1)
    first = pc.coalesce(*(emptied(as_text(column)) for column in table.columns[:2]))
    return pa.array(
        [
            text if one and text and not _SUM.match(text) and key(text) else None
            for one, text in zip(alone.to_pylist(), first.to_pylist(), strict=True)
        ],
        pa.string(),
    )


def _named(text: str | None) -> str | None:
    """Whom or what a heading names: ``10001`` of ``Customer 10001 Lee Ltd``, else the whole."""
    if text is None:
        return None
    bare = _PRODUCT.sub("", _CUSTOMER.sub("", text, count=1), count=1).strip() or text.strip()
    number = _NUMBER.fullmatch(bare)
    return number[1] if number else bare
