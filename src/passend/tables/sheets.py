"""Tables that people open in a spreadsheet: as a workbook, or as CSV the way the spreadsheet of their country reads it.

A German spreadsheet parts columns at semicolons and writes decimal commas; each writes its days in its own order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from passend.tables.spreadsheets import guarded

#: Language -> what parts columns, what parts decimals, how a day is written here and in a workbook.
_STYLES = {"en": (",", ".", "%Y-%m-%d", "yyyy-mm-dd"), "de": (";", ",", "%d.%m.%Y", "dd.mm.yyyy")}
_DIGITS = 2
#: Tells Excel that the file is UTF-8.
_MARK = b"\xef\xbb\xbf"


class Kind(Enum):
    """What the cells of a column hold: a text of others, a word of ours, a number, an amount, a share of 1, a day."""

    TEXT = auto()
    WORD = auto()
    NUMBER = auto()
    MONEY = auto()
    SHARE = auto()
    DAY = auto()


@dataclass(frozen=True)
class Sheet:
    """A table for people.

    Attributes:
        name: of the sheet.
        table: its columns under the heads that people read.
        kinds: head -> what the cells hold.
    """

    name: str
    table: pa.Table
    kinds: Mapping[str, Kind]


def sheet_as_csv(sheet: Sheet, language: str) -> bytes:
    """A sheet as CSV that opens with a double click in the spreadsheet of a language."""
    apart, point, day, _ = _STYLES[language]
    told = {}
    for head, kind in sheet.kinds.items():
        column = sheet.table[head]
        if kind is Kind.TEXT:
            told[head] = guarded(pc.cast(column, pa.string()))
        elif kind is Kind.DAY:
            told[head] = pc.strftime(column, day)
        elif kind in (Kind.MONEY, Kind.SHARE):
            told[head] = _written(column, kind, point, language)
        else:
            told[head] = pc.cast(column, pa.string())
    out = pa.BufferOutputStream()
    out.write(_MARK)
    pcsv.write_csv(pa.table(told), out, pcsv.WriteOptions(delimiter=apart))
    content: bytes = out.getvalue().to_pybytes()
    return content


def formats(sheet: Sheet, language: str) -> dict[str, str]:
    """Head -> how a workbook shows the numbers and days under it."""
    shown = {Kind.MONEY: "#,##0.00", Kind.SHARE: "0.0%", Kind.DAY: _STYLES[language][3]}
    return {head: shown[kind] for head, kind in sheet.kinds.items() if kind in shown}


def _written(column: pa.ChunkedArray, kind: Kind, point: str, language: str) -> pa.ChunkedArray:
    """Amounts and shares with two decimals; a share in per cent, with its sign."""
    values = pc.multiply(column, 100.0) if kind is Kind.SHARE else column
    rounded = pc.cast(
        pc.round(pc.cast(values, pa.float64()), _DIGITS), pa.decimal128(30, _DIGITS), safe=False
    )
    texts = pc.replace_substring(pc.cast(rounded, pa.string()), ".", point)
    if kind is not Kind.SHARE:
        return texts
    sign = " %" if language == "de" else "%"
    return pc.binary_join_element_wise(texts, sign, "")
