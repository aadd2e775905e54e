"""What belongs together is put together before it is recognised: sheets, tables, wide rows, joined cells."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from passend.intake.excel import ExcelSource
from passend.intake.grouped import GroupedSource, grouped
from passend.intake.headerless import has_no_header
from passend.intake.joined import join_pairs
from passend.intake.joined_cells import CellsSource, joined_cells
from passend.intake.known import known_layout
from passend.intake.labelled_cells import LabelledSource, labelled_cells
from passend.intake.sample import Sample, take_sample
from passend.intake.source import Source
from passend.intake.stacked import StackedSource, stacks
from passend.intake.synonyms import name_scores
from passend.intake.wide import (
    WideSource,
    numbered_groups,
    refuse_column_for_each_product,
    refuse_too_many_columns,
)
from passend.intake.wrong_exports import refuse_wrong_export

_MOST_PIECES = 99


def whole_workbook(source: Source, path: Path) -> tuple[Source, tuple[str, ...]]:
    """A workbook as one source: sheets of one form together, an order sheet joined with a line sheet, else the longest.

    Args:
        source: the sheet that was opened, where nobody named one.
        path: the file.

    Returns:
        The source, and what a person should know: which sheets were put together, and which were not read.
    """
    if not isinstance(source, ExcelSource) or len(source.sheets) < 2:
        return source, ()
    sheets = source.with_its_neighbours()
    stacked = stacks(sheets, path.name)
    pairs = join_pairs(stacked)
    joined = [(made, parts) for made, parts in pairs if len(parts) > 1]
    chosen, parts = joined[0] if joined else max(pairs, key=lambda pair: pair[0].size or 0)
    read = {part.name for part in parts}
    read |= {sheet.name for part in parts if isinstance(part, StackedSource) for sheet in part.parts}
    left = [sheet.sheet for sheet in sheets if sheet.name not in read]
    notes = [f"These sheets were not read: {', '.join(left)}; name one with --sheet."] if left else []
    return chosen, tuple(notes)


def shaped(source: Source, overrides: Mapping[str, str], layouts: str = "") -> Source:
    """The source with one row for each product, where its rows hold several.

    Args:
        source: the source.
        overrides: a person's word on columns; what it names is taken as it is.
        layouts: folder of the firm's own layouts.

    Raises:
        UnrecognisedColumns: each product has a column of its own.
    """
    refuse_too_many_columns(source.name, source.columns)
    if has_no_header(source.columns) or {"product_id", "product_name"} & set(overrides):
        return source
    refuse_wrong_export(source.columns, source.name)
    sample = take_sample(source)
    labelled = labelled_cells(source.columns, sample)
    if labelled is not None:
        return LabelledSource(source, labelled)
    known = known_layout(source.columns, layouts)
    groups = None if known else numbered_groups(source.columns)
    if groups is not None:
        return WideSource(source, groups)
    cells = joined_cells(source.columns, sample)
    if cells is not None:
        return CellsSource(source, cells)
    groups_of = grouped(source.columns, sample)
    if groups_of is not None:
        return GroupedSource(source, groups_of)
    if known is None:
        refuse_column_for_each_product(source, _flags(source.columns, sample))
    return source


def _flags(columns: Sequence[str], sample: Sample) -> list[str]:
    """Columns without a known name that hold a count for each row, mostly none."""
    unknown = [name for name in columns if not name_scores(name)]
    return [
        name
        for name in unknown
        if sample.facts[name].distinct and all(_is_count(v) for v in sample.values[name])
    ]


def _is_count(text: str) -> bool:
    bare = text.strip().lower()
    return bare in {"true", "false", "x", "t", "f", "yes", "no"} or (
        bare.isdigit() and int(bare) <= _MOST_PIECES
    )
