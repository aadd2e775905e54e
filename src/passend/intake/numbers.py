"""Amounts and quantities as people write them: separators, signs, currencies.

``1.234,56`` is a thousand euros in Munich and no number at all in London, so the decimal separator is decided
once for a whole column, from all the values at hand, and each value is then held to it.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.plain_values import plain_numbers
from passend.intake.texts import as_text, is_blank, word_set

#: Beyond this, a quantity or price is a slip of the keyboard (an article number in the wrong column).
LARGEST = 1e12

_SYMBOLS = {
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "R$": "BRL", "S$": "SGD",
    "NZ$": "NZD", "NT$": "TWD", "MX$": "MXN", "£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY", "₹": "INR", "₺": "TRY",
    "₽": "RUB", "₩": "KRW", "₫": "VND", "฿": "THB", "₱": "PHP", "₪": "ILS", "₦": "NGN", "₴": "UAH", "zł": "PLN",
    "Kč": "CZK", "Ft": "HUF", "Fr.": "CHF", "SFr.": "CHF", "EURO": "EUR", "Rs.": "INR", "Rs": "INR", "Rp": "IDR",
    "RM": "MYR", "TL": "TRY", "лв.": "BGN", "lei": "RON", "kr.": "", "kr": "",
}  # fmt: skip
_CODES = word_set(
    """
    AED ARS AUD AZN BAM BDT BGN BHD BRL CAD CHF CLP CNY COP CRC CZK DKK DOP DZD EGP EUR GBP GEL GHS GTQ HKD HUF
    IDR ILS INR IQD ISK JOD JPY KES KRW KWD KZT LBP LKR LYD MAD MDL MKD MXN MYR NGN NOK NPR NZD OMR PEN PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SEK SGD THB TND TRY TWD TZS UAH UGX USD UYU UZS VND XAF XOF ZAR ZMW
    """
)
#: The currencies that are known by their code.
CURRENCIES = frozenset(_CODES)
_FOLDED = {name.upper(): code for name, code in _SYMBOLS.items()} | {code: code for code in _CODES}
_NAMES = "|".join(re.escape(name) for name in sorted(_FOLDED, key=len, reverse=True))
_AHEAD = re.compile(rf"^({_NAMES})\s*", re.IGNORECASE)
_BEHIND = re.compile(rf"\s*({_NAMES})$", re.IGNORECASE)
#: ``19,-`` and ``19.--``: nothing behind the decimal separator, which is no minus.
_NOTHING_BEHIND = re.compile(r"(?<=\d)([.,])\s?-{1,2}(?=\D*$)", re.ASCII)
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_CORE = re.compile(r"([\d.,' ]*\d[.,]?)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}|\d*", re.ASCII)
_ODD_CHARACTERS = str.maketrans(
    {
        "\u2212": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\ufe63": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2019": "'",
    }
)


@dataclass(frozen=True)
class Number:
    """A value with what was written beside it."""

    value: float
    currency: str = ""
    percent: bool = False


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Attributes:
        values: float64; empty where nothing was written, or nothing that is a number.
        currency: ISO code where one stood beside the number.
        percent: whether a per cent sign stood behind it.
        unreadable: whether something was written that is no number.
    """

    values: pa.Array
    currency: pa.Array
    percent: pa.Array
    unreadable: pa.Array


def parse_number(text: str, decimal: str = ".") -> Number | None:
    """The number that a text stands for, or nothing.

    Args:
        text: as written, e.g. ``£1,234.50``, ``(12.50)``, ``12-`` or ``EUR 3.20``.
        decimal: the separator of its column. Empty where the column leaves it open: then a value is read in
            the only way that it can be, and ``1.234`` as a fraction.
    """
    text = _tidied(text, decimal)
    if _WHOLE.fullmatch(text) or (decimal != "," and _PLAIN.fullmatch(text)):
        return _finite(float(text))
    sign, text = _sign(text)
    currency, text = _currency(text)
    inner, text = _sign(text)
    percent = text.endswith("%")
    core = _CORE.fullmatch(text.rstrip("% ") if percent else text)
    if core is None or (sign < 0 and inner < 0):
        return None
    digits = _plain_digits(core[1], decimal or _proven(core[1]) or ".")
    if digits is None:
        return None
    return _finite(
        sign * inner * float(digits + (f"e{core[2]}" if core[2] else "")), currency, percent=percent
    )


def decimal_separator(texts: Iterable[str]) -> str:
    """The separator that a column's values prove (``.`` or ``,``), or nothing where they leave it open."""
    votes = {".": 0, ",": 0, "": 0}
    for text in texts:
        if text.isdigit():
            continue
        _, text = _sign(_tidied(text))  # noqa: PLW2901 - peeled step by step
        _, text = _currency(text)  # noqa: PLW2901
        core = _CORE.fullmatch(_sign(text)[1].rstrip("% "))
        if core is not None:
            votes[_proven(core[1])] += 1
    if votes["."] == votes[","]:
        return ""
    return "." if votes["."] > votes[","] else ","


def currency_code(text: str) -> str:
    """The ISO code of a currency's sign, name or code; unknown ones stay, in capitals."""
    name = text.strip().upper()
    return _FOLDED.get(name, name)


def parse_numbers(column: pa.Array, decimal: str) -> Numbers:
    """A whole column: plain numbers at once, else each distinct value once."""
    if (
        pa.types.is_integer(column.type)
        or pa.types.is_floating(column.type)
        or pa.types.is_decimal(column.type)
    ):
        return _native(column)
    texts = as_text(column)
    plain = plain_numbers(texts, decimal)
    if plain is not None:
        no = pa.repeat(pa.scalar(False), len(texts))
        return Numbers(plain, pa.nulls(len(texts), pa.string()), no, no)
    coded = pc.dictionary_encode(texts)
    values, currencies, percents, unreadable = [], [], [], []
    for text in coded.dictionary.to_pylist():
        number = None if is_blank(text) else parse_number(text, decimal)
        values.append(number.value if number else None)
        currencies.append(number.currency or None if number else None)
        percents.append(number.percent if number else False)
        unreadable.append(number is None and not is_blank(text))
    spread = coded.indices
    return Numbers(
        pa.array(values, pa.float64()).take(spread),
        pa.array(currencies, pa.string()).take(spread),
        pa.array(percents, pa.bool_()).take(spread).fill_null(False),
        pa.array(unreadable, pa.bool_()).take(spread).fill_null(False),
    )


def _native(column: pa.Array) -> Numbers:
    values = pc.cast(column, pa.float64(), safe=False)
    unreadable = pc.fill_null(pc.is_inf(values), False)
    nothing = pc.or_(unreadable, pc.fill_null(pc.is_nan(values), False))
    size = len(column)
    return Numbers(
        pc.if_else(nothing, pa.scalar(None, pa.float64()), values),
        pa.nulls(size, pa.string()),
        pa.repeat(pa.scalar(False), size),
        unreadable,
    )


def _finite(value: float, currency: str = "", *, percent: bool = False) -> Number | None:
    return Number(value, currency, percent) if math.isfinite(value) else None


def _tidied(text: str, decimal: str = "") -> str:
    """With plain characters, and ``19,-`` or ``19.-`` written as ``19,00``, whichever separator the column has."""
    text = text.translate(_ODD_CHARACTERS).strip()
    return _NOTHING_BEHIND.sub(f"{decimal}00" if decimal else r"\g<1>00", text)


def _sign(text: str) -> tuple[int, str]:
    """Minus before or behind, or an accountant's brackets."""
    if len(text) > 2 and text[0] == "(" and text[-1] == ")":
        return -1, text[1:-1].strip()
    if text[:1] in {"-", "+"}:
        return (-1 if text[0] == "-" else 1), text[1:].lstrip()
    if len(text) > 1 and text[-1] == "-":
        return -1, text[:-1].rstrip()
    return 1, text


def _currency(text: str) -> tuple[str, str]:
    if text[:1].isdigit() and text[-1:].isdigit():  # most are plain, and no currency's name ends in a digit
        return "", text
    for pattern in (_AHEAD, _BEHIND):
        found = pattern.search(text)
        if found:
            rest = text[: found.start()] + text[found.end() :]
            if any(letter.isdigit() for letter in rest):
                return _FOLDED[found[1].upper()], rest.strip()
    return "", text


def _plain_digits(text: str, decimal: str) -> str | None:
    """Digits with a point, or nothing where the groups are not groups of three."""
    whole, _, fraction = text.strip().partition(decimal)
    if not _GROUPED.fullmatch(whole) or decimal in fraction:
        return None
    if fraction and not fraction.isdigit():
        return None
    digits = re.sub(r"[.,' ]", "", whole)
    return f"{digits or '0'}.{fraction or '0'}" if digits or fraction else None


def _proven(text: str) -> str:
    """The decimal separator that one value proves by its shape."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        last = "." if text.rindex(".") > text.rindex(",") else ","
        return last if text.count(last) == 1 else ""
    if points + commas == 0:
        return ""
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return other
    before, _, behind = text.partition(mark)
    if len(behind) == 3 and 1 <= len(before) <= 3 and before.strip() not in {"", "0"}:
        return ""
    return mark
