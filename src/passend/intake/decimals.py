"""The decimal separator of each column of numbers: ``1.250`` is a thousand in Munich and hardly more than 1 elsewhere.

What a column's own values leave open is told by the other columns, then by the language of the header, and else asked.
"""

import re
from collections.abc import Iterable, Mapping

from passend.intake.doubts import Doubt
from passend.intake.numbers import decimal_separator
from passend.intake.sample import Sample, distinct_texts
from passend.intake.source import Source
from passend.intake.synonyms import key
from passend.vocabulary import minor_units

_GERMAN = re.compile(
    "datum|menge|preis|kunde|artikel|bestell|rechnung|nummer|betrag|anzahl|umsatz|waehrung|stueck|summe|beleg|rabatt"
)
_THREE_BEHIND = re.compile(r"\D*\d{1,3}\.\d{3}\D*", re.ASCII)
_THOUSANDTHS = 1000


def decimals_of(source: Source, sample: Sample, columns: Iterable[str]) -> dict[str, str]:
    """The decimal separator of each column; where one leaves it open, that of the others, else of the language."""
    columns = list(columns)
    found = {name: decimal_separator(sample.values[name]) for name in columns}
    puzzling = [
        name
        for name in columns
        if not found[name] and any(set(",.") & set(text) for text in sample.values[name])
    ]
    if puzzling and not any(found.values()):
        found |= {name: decimal_separator(texts) for name, texts in distinct_texts(source, puzzling).items()}
    proven = [mark for mark in found.values() if mark]
    usual = max(sorted(set(proven)), key=proven.count, default="," if _is_german(source.columns) else "")
    return {name: mark or usual for name, mark in found.items()}


def open_decimals(
    sample: Sample, decimals: Mapping[str, str], named: Mapping[str, str], currencies: Iterable[str]
) -> list[Doubt]:
    """Columns of which nothing tells whether ``1.250`` is a thousand.

    Args:
        sample: the first rows.
        decimals: the separator of each column; empty where it is open.
        named: column -> what it means, in words.
        currencies: those that the file names; some have thousandths.
    """
    if any(minor_units(code) == _THOUSANDTHS for code in currencies):
        return []
    return [
        Doubt(
            f"'{shown}' in '{column}' may be a thousand and more, or a little more than a unit ({meaning}).",
            "--set intake.decimals=comma (a thousand) or --set intake.decimals=point",
            "intake.decimals",
        )
        for column, meaning in named.items()
        if not decimals.get(column)
        and (shown := next((text for text in sample.values[column] if _THREE_BEHIND.fullmatch(text)), ""))
    ]


def _is_german(headers: Iterable[str]) -> bool:
    headers = list(headers)
    return sum(bool(_GERMAN.search(key(header))) for header in headers) >= max(2, len(headers) / 3)
