"""Currencies: how many minor units each has, and into what amounts in it are converted, where the firm gives rates.

Amounts in several currencies are never added up: without rates they are kept apart.
"""

import math

import pyarrow as pa

from passend.errors import InvalidSetting
from passend.ports import Engine
from passend.settings import Settings
from passend.vocabulary import MINOR_UNITS, minor_units


def load_currencies(engine: Engine, settings: Settings) -> None:
    """Give the engine the table ``currencies``: the minor units that one of a currency makes, and of which currency.

    Raises:
        InvalidSetting: ``intake.rates`` cannot be read, or names no currency to convert into.
    """
    rates = _rates(settings)
    into = settings.text("intake.currency").strip().upper()
    rows = [
        {"currency": code, "minor_units": float(units), "into_currency": code}
        for code, units in MINOR_UNITS.items()
        if code not in rates
    ]
    rows += [
        {"currency": code, "minor_units": rate * minor_units(into), "into_currency": into}
        for code, rate in rates.items()
    ]
    kinds = [("currency", pa.string()), ("minor_units", pa.float64()), ("into_currency", pa.string())]
    engine.load("currencies", pa.Table.from_pylist(rows, schema=pa.schema(kinds)))


def _rates(settings: Settings) -> dict[str, float]:
    """The rates that the firm gives: what one unit of a currency is worth in its own."""
    said = settings.text("intake.rates").split()
    if said and not settings.text("intake.currency").strip():
        raise InvalidSetting(
            "intake.rates says what currencies are worth, but not in which currency.",
            remedy="Name your own, e.g. --set intake.currency=EUR",
        )
    rates: dict[str, float] = {}
    for pair in said:
        code, _, text = pair.partition("=")
        try:
            rate = float(text)
        except ValueError:
            rate = math.nan
        if not code.isalpha() or not math.isfinite(rate) or rate <= 0:
            raise InvalidSetting(
                f"'{pair}' in intake.rates is no rate.",
                remedy='Write e.g. --set intake.rates="USD=0.92 JPY=0.0061"',
            )
        rates[code.upper()] = rate
    return rates
