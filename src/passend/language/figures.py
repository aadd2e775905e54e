"""Numbers, money and dates as people of a language write them."""

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from passend.language.tongue import LANGUAGES, chosen
from passend.vocabulary import minor_units

if TYPE_CHECKING:
    from babel import Locale

#: Amounts in English name the currency's code: a dollar sign would leave open whose dollar it is. Spaces in German do
#: not break, so that number and sign stay on one line.
_MONEY = {"en": "{number} {code}", "de": "{number}\N{NO-BREAK SPACE}{sign}"}
_SHARE = {"en": "{number}%", "de": "{number}\N{NO-BREAK SPACE}%"}


def count(value: float | None) -> str:
    """A whole number: ``1,234`` or ``1.234``; an empty string where there is none."""
    return decimal(value, 0)


def decimal(value: float | None, digits: int) -> str:
    """A number with so many digits after its decimal sign; an empty string where there is none."""
    return "" if value is None else _number(f"{value:,.{digits}f}", chosen())


def restyled(number: str) -> str:
    """A number that is written already, with the digits that it has, in the signs of the language."""
    return _number(number, chosen())


def share(value: float | None, digits: int | None = None) -> str:
    """A share of 1 in per cent: ``12%`` or ``12 %``, one digit more where it is small; empty where there is none."""
    if value is None:
        return ""
    if digits is None:
        digits = 0 if abs(value) >= 0.1 or value == 0 else 1
    language = chosen()
    return _SHARE[language].format(number=_number(f"{100 * value:,.{digits}f}", language))


def money(minor: float | None, currency: str | None, *, is_round: bool = False) -> str:
    """An amount in minor units (cents): ``1,234.50 EUR`` or ``1.234,50 €``; an empty string where there is none.

    Args:
        minor: the amount.
        currency: ISO 4217 code, or none where the firm's file names none.
        is_round: leave the cents out, as with large amounts.
    """
    if minor is None:
        return ""
    units = minor_units(currency)
    digits = 0 if is_round else {1: 0, 100: 2, 1000: 3}[units]
    language = chosen()
    amount = round(minor / units, digits) or 0.0  # no "-0"
    number = _number(f"{amount:,.{digits}f}", language)
    if not currency:
        return number
    sign = _sign(currency, language)
    return _MONEY[language].format(number=number, code=currency, sign=sign)


def limited(value: float | None, unit: str, currency: str | None) -> str:
    """How much of a limit there is or is used: money where it is counted in minor units, else a whole number."""
    return money(value, currency) if unit == "minor units" else decimal(value, 0)


def money_sign(currency: str) -> str:
    """How a language names a currency: ``EUR`` in English, ``€`` in German."""
    return currency if chosen() == "en" else _sign(currency, chosen())


def day(value: date | None) -> str:
    """A date: ``2026-05-03``, which reads alike on both sides of the Atlantic, or ``03.05.2026``; empty where none."""
    if value is None:
        return ""
    language = chosen()
    style = "yyyy-MM-dd" if language == "en" else "medium"
    return _day(value.date() if isinstance(value, datetime) else value, style, language)


def month(value: date) -> str:
    """A month: ``May 2026`` or ``Mai 2026``."""
    return _day(value.date() if isinstance(value, datetime) else value, "MMM y", chosen())


def _number(plain: str, language: str) -> str:
    """Python's own writing of a number with the signs of a language."""
    group, point, minus = _signs(language)
    return plain.translate({ord(","): group, ord("."): point, ord("-"): minus})


@lru_cache
def _signs(language: str) -> tuple[str, str, str]:
    symbols = _locale(language).number_symbols["latn"]
    # In German the minus is as long as a plus; a hyphen would stand beside it in tables.
    minus = "\N{MINUS SIGN}" if language == "de" else symbols["minusSign"]
    return symbols["group"], symbols["decimal"], minus


@lru_cache
def _locale(language: str) -> "Locale":
    from babel import Locale  # noqa: PLC0415 - heavy, and help needs no figures

    return Locale.parse(LANGUAGES[language])


@lru_cache
def _sign(currency: str, language: str) -> str:
    from babel.numbers import get_currency_symbol  # noqa: PLC0415 - heavy, see above

    return str(get_currency_symbol(currency, _locale(language)))


@lru_cache(maxsize=4096)
def _day(value: date, style: str, language: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - heavy, see above

    return format_date(value, style, _locale(language))
