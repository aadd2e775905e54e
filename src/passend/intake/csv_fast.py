"""The quick way through clean lines: Arrow parses a block of them at once, or the block is left alone."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from passend.intake.csv_dialect import Dialect

_BREAKS = (10, 13)
_MARK = b"\xef\xbb\xbf"


def read_fast(
    block: bytes, dialect: Dialect, columns: Collection[str] | None = None
) -> pa.RecordBatch | None:
    """The records of a block of whole lines, all values as text, or nothing if a line is in any way unusual.

    It answers only where every line is one record, so that the careful way would give the same.

    Args:
        block: lines as valid UTF-8.
        dialect: their layout.
        columns: the columns that are wanted; all, where none are named.
    """
    if not (dialect.delimiter.isascii() and dialect.quote.isascii()) or block.startswith(_MARK):
        return None
    quote, delimiter = ord(dialect.quote), ord(dialect.delimiter)
    if dialect.quote.encode() in block and not quotes_are_plain(block, delimiter, quote):
        return None
    names = [str(place) for place in range(dialect.width)]
    all_places = range(dialect.width)
    wanted = [place for place in all_places if columns is None or dialect.columns[place] in columns] or [0]
    text = pa.string()
    try:
        table = csv.read_csv(
            pa.BufferReader(block),
            read_options=csv.ReadOptions(column_names=names, block_size=len(block) + 1),
            parse_options=csv.ParseOptions(
                delimiter=dialect.delimiter, quote_char=dialect.quote, newlines_in_values=True
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, text),
                check_utf8=False,  # the block was made valid before
                strings_can_be_null=False,
                null_values=[],
                include_columns=[names[place] for place in wanted],
            ),
        )
    except pa.ArrowInvalid:
        return None
    schema = pa.schema([(dialect.columns[place], text) for place in wanted])
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=schema)


def line_ends(block: bytes) -> NDArray[np.int64]:
    """Where each line of a block ends."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == (_BREAKS[0] if b"\n" in block else _BREAKS[1])) + 1
    return ends if ends.size and ends[-1] == data.size else np.append(ends, data.size)


def lines_at(block: bytes, ends: NDArray[np.int64], places: NDArray[np.int64]) -> bytes:
    """Some lines of a block.

    Args:
        block: whole lines.
        ends: where each ends.
        places: which are wanted.
    """
    starts = np.concatenate(([0], ends[:-1]))
    cuts = zip(starts[places].tolist(), ends[places].tolist(), strict=True)
    return b"".join(block[start:end] for start, end in cuts)


def quotes_are_plain(block: bytes, delimiter: int, quote: int) -> bool:
    """Whether all quotes enclose whole fields, inner ones are doubled, and no line break is inside.

    Taken in pairs, every first quote must follow a delimiter or line break (or be the second of a doubled
    pair), and every second one must precede such.
    """
    data = np.frombuffer(block, np.uint8)
    at = np.flatnonzero(data == quote)
    if at.size % 2:
        return False
    edge = np.zeros(256, dtype=bool)
    edge[[delimiter, quote, *_BREAKS]] = True
    opening, closing = at[0::2], at[1::2]
    if not edge[data[opening[opening > 0] - 1]].all():
        return False
    if not edge[data[closing[closing < data.size - 1] + 1]].all():
        return False
    breaks = (np.flatnonzero(data == code) for code in _BREAKS if bytes([code]) in block)
    return not any((np.searchsorted(at, places) % 2).any() for places in breaks)
