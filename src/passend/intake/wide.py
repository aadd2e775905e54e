"""Files with several products in a row: Product 1, Qty 1, Price 1, Product 2, ...; or a column for each product."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import UnrecognisedColumns
from passend.intake.assign import SURE, column_scores
from passend.intake.laid_out import laid_out
from passend.intake.source import Batch, Source
from passend.intake.synonyms import key, name_scores
from passend.intake.texts import as_text, emptied

#: More columns than any list of orders has.
MOST_COLUMNS = 1_000
_NUMBERED = re.compile(
    r"(?P<stem>.*?[^\W\d])[\s_.\-(\[]*(?P<number>\d{1,3})(?:[\])]|[\s_.\-]+(?P<rest>[^\W\d].*?))?\s*"
)
_FEW = 3
_UNPIVOT = (
    "Write one row for each product of an order, with the columns order, date, customer, product and quantity; "
    "in Excel: Data > From Table > mark the products' columns > Unpivot Columns."
)


@dataclass(frozen=True)
class Groups:
    """Columns that repeat with a number: for each number, family -> column."""

    families: tuple[str, ...]
    product: str
    places: tuple[Mapping[str, str], ...]
    fixed: tuple[str, ...]


class WideSource:
    """A row for each product that a row of the file names.

    Attributes:
        name: the file.
        columns: those that do not repeat, then one for each family.
        size: of the file.
        notes: how it was read.
    """

    def __init__(self, source: Source, groups: Groups) -> None:
        self._source, self._groups = source, groups
        self.name = source.name
        self.columns = (*groups.fixed, *groups.families)
        self.size = source.size
        shown = ", ".join(f"'{name}'" for name in groups.places[0].values())
        self.notes: tuple[str, ...] = (
            f"Each row holds up to {len(groups.places)} products ({shown} and so on); each becomes a line.",
        )

    def fingerprint(self) -> str:
        """That of the file, read in this way."""
        return hashlib.sha256(f"wide\n{self._source.fingerprint()}".encode()).hexdigest()

    def position(self) -> int:
        """How much of the file has been read."""
        return self._source.position()

    def batches(self) -> Iterator[Batch]:
        """The products in the order of the rows."""
        return laid_out(self._source, self._rows)

    def _rows(self, table: pa.RecordBatch) -> pa.RecordBatch:
        parts = [self._part(table, place) for place in self._groups.places]
        rows = pa.concat_tables(parts).sort_by("\x00row").drop_columns(["\x00row"]).combine_chunks()
        return next(iter(rows.to_batches()), pa.RecordBatch.from_pylist([], schema=rows.schema))

    def _part(self, table: pa.RecordBatch, place: Mapping[str, str]) -> pa.Table:
        size = table.num_rows
        columns = {name: as_text(table.column(name)) for name in self._groups.fixed}
        for family in self._groups.families:
            column = place.get(family)
            columns[family] = as_text(table.column(column)) if column else pa.nulls(size, pa.string())
        number = self._groups.places.index(place)
        columns["\x00row"] = pa.array(
            [row * len(self._groups.places) + number for row in range(size)], pa.int64()
        )
        made = pa.table(columns)
        return made.filter(pc.is_valid(emptied(made.column(self._groups.product).combine_chunks())))


def numbered_groups(columns: Sequence[str]) -> Groups | None:
    """Columns that repeat with a number and name a product, where no other column does."""
    families: dict[str, dict[int, str]] = {}
    for column in columns:
        found = _NUMBERED.fullmatch(column)
        if found:
            stem = " ".join(part for part in (found["stem"], found["rest"]) if part)
            families.setdefault(stem.strip(), {})[int(found["number"])] = column
    repeated = {stem: places for stem, places in families.items() if len(places) > 1 and _counts(places)}
    products = [stem for stem in repeated if _is_product(stem)]
    if not products:
        return None
    used = {column for places in repeated.values() for column in places.values()}
    fixed = tuple(column for column in columns if column not in used)
    if any(_is_sure_product(column, columns) for column in fixed):
        return None
    product = max(
        products, key=lambda stem: (max(name_scores(stem).values(), default=0.0), len(repeated[stem]))
    )
    numbers = sorted(repeated[product])
    kept = {stem: places for stem, places in repeated.items() if set(places) <= set(numbers)}
    places = tuple({stem: at[number] for stem, at in kept.items() if number in at} for number in numbers)
    others = tuple(c for c in columns if c not in {column for at in kept.values() for column in at.values()})
    return Groups(tuple(kept), product, places, others)


def refuse_column_for_each_product(source: Source, flags: Sequence[str]) -> None:
    """Stop at a file in which each product has a column of its own.

    Raises:
        UnrecognisedColumns: with what to do.
    """
    if len(flags) >= _FEW and not any(_is_product(column) for column in source.columns):
        shown = ", ".join(flags[:4]) + (", ..." if len(flags) > 4 else "")
        raise UnrecognisedColumns(
            f"The file seems to have a column for each product ({shown}).",
            record=source.name,
            remedy=_UNPIVOT,
        )


def refuse_too_many_columns(name: str, columns: Sequence[str]) -> None:
    """Stop at a file with more columns than any list of orders has.

    Raises:
        UnrecognisedColumns: with what to do.
    """
    if len(columns) > MOST_COLUMNS:
        said = f"The file has {len(columns):,} columns; it seems to have one for each product."
        raise UnrecognisedColumns(said, record=name, remedy=_UNPIVOT)


def _counts(places: Mapping[int, str]) -> bool:
    numbers = sorted(places)
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _is_product(stem: str) -> bool:
    found = name_scores(stem)
    words = {"product", "item", "article", "artikel", "produkt", "sku", "lineitem", "position", "ware"}
    best = max(found.values(), default=0.0)
    of_product = max(found.get("product_id", 0.0), found.get("product_name", 0.0))
    return key(stem) in words or (of_product > 0 and of_product >= best)


def _is_sure_product(column: str, columns: Sequence[str]) -> bool:
    scores = column_scores(column, columns)
    return max(scores.get("product_id", 0.0), scores.get("product_name", 0.0)) >= SURE
