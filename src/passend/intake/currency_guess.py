"""Which currency a file's amounts are in, where it names none: that of the country to which nearly all orders go."""

from collections import Counter
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
from babel import Locale
from babel.numbers import get_territory_currencies

from passend.intake.amounts import PRICES
from passend.intake.draft import Draft
from passend.intake.numbers import parse_numbers
from passend.intake.sample import Sample
from passend.intake.synonyms import key
from passend.intake.texts import as_text

#: Share of the rows that must go to countries of one currency.
_NEARLY_ALL = 0.9
#: Languages in which files write the names of countries.
_LANGUAGES = ("en", "de", "fr", "it", "es", "nl")
_GROSS = ("brutto", "gross", "inkl", "incl", "ttc", "including tax", "mit mwst")


def guessed_currency(draft: Draft, sample: Sample) -> str | None:
    """The currency of the countries in a file; empty where they do not tell, none where the file names one itself."""
    prices = [column for meaning in PRICES for column in draft.mapping.get(meaning, ())]
    if not prices or draft.mapping.get("currency") or any(_names_one(sample, one) for one in prices):
        return None
    country = draft.only("country")
    if country is None:
        return ""
    found = Counter(_currency_of(text) for text in as_text(sample.head[country]).to_pylist() if text)
    code, rows = found.most_common(1)[0] if found else ("", 0)
    return code if rows >= _NEARLY_ALL * found.total() else ""


def gross_columns(draft: Draft) -> list[str]:
    """The columns of amounts that hold value-added tax, by their names."""
    prices = [column for meaning in PRICES for column in draft.mapping.get(meaning, ())]
    return [column for column in prices if any(word in f" {key(column)} " for word in _GROSS)]


def _names_one(sample: Sample, column: str) -> bool:
    marks = parse_numbers(pa.array(sample.values[column], pa.string()), "").currency
    return bool(pc.any(pc.is_valid(marks)).as_py())


def _currency_of(country: str) -> str:
    """The currency of a country by its code or name; empty where it is not known."""
    return _countries().get(country.strip().casefold(), "")


@cache
def _countries() -> dict[str, str]:
    codes = [code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()]
    money = {code: (get_territory_currencies(code) or [""])[0] for code in codes}
    names = {code.casefold(): value for code, value in money.items()}
    for language in _LANGUAGES:
        known = Locale(language).territories
        names |= {str(known[code]).casefold(): value for code, value in money.items() if code in known}
    return names | {"uk": "GBP", "usa": "USD", "d": "EUR", "a": "EUR"}
