"""Which reading of a file's amounts is right: the one under which they agree with each other.

Names say which columns hold prices, line amounts and discounts; whether a price is that of a piece or of the line, a
line amount before or after its discount, and a discount money or a share, is decided by arithmetic on the first rows:
price x quantity - discount = line; lines - discount of the order = subtotal; a piece costs the same in other numbers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from passend.intake.amounts import REDUCTIONS, Amounts, Given, LineAmounts, line_amounts
from passend.intake.amounts_evidence import Codes, Fit, fit_of
from passend.intake.amounts_orders import READINGS, Adding, add_up, sums_of
from passend.intake.synonyms import words

#: Shares that fall behind the best by no more than this part of it are taken as equal: to the cent, and of what
#: pieces cost, which has other causes, too.
_EQUAL, _NEAR = 0.005, 0.2
#: Shares below these decide nothing: of lines, of orders, of pairs of lines with one price.
_LINES, _ORDERS, _PAIRS = 0.5, 0.8, 0.05
#: A discount whose name says so is money.
_SAYS_MONEY = ("amount", "value", "money", "betrag", "wert", "eur", "usd")
_OPTIONS = {
    "unit_price": ("unit_price", "line_total", "line_gross", "net_price"),
    "net_price": ("net_price", "unit_price"),
    "line_total": ("line_total", "line_gross", "unit_price"),
    "line_gross": ("line_gross", "line_total"),
    **dict.fromkeys(REDUCTIONS, REDUCTIONS),
}


@dataclass(frozen=True)
class Money:
    """The amounts of a file's first rows.

    Attributes:
        quantity: pieces, 1 where the file states none.
        product: a number for each product, -1 where unknown; order likewise, from 0.
        columns: column -> values, for prices, line amounts and discounts.
        per_cent: column -> where a per cent sign stands behind the value.
        orders: ``reduction``, ``subtotal``, ``shipping``, ``tax``, ``total`` -> values.
        by_order: which of these speak of the whole order on each row.
    """

    quantity: Amounts
    product: Codes
    order: Codes
    columns: Mapping[str, Amounts]
    per_cent: Mapping[str, NDArray[np.bool_]]
    orders: Mapping[str, Amounts]
    by_order: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """One way to understand the columns: meaning -> column, with what it makes of the rows and what speaks for it."""

    meanings: Mapping[str, str]
    amounts: LineAmounts
    fit: Fit
    adding: Adding


@dataclass(frozen=True)
class Verdict:
    """The reading that was chosen.

    Attributes:
        chosen: the reading.
        how: what decided: ``amounts``, ``orders``, ``pieces`` (what they cost), or ``names``.
        rivals: readings that make something else of the same rows and that nothing rules out, the likeliest first.
        named: column -> what its name says.
    """

    chosen: Reading
    how: str
    rivals: tuple[Reading, ...]
    named: Mapping[str, str]


_MEASURES: tuple[tuple[str, Callable[[Reading], float], float, float], ...] = (
    ("", lambda each: each.fit.possible, 0.0, _EQUAL),
    ("amounts", lambda each: each.fit.agrees, _LINES, _EQUAL),
    ("orders", lambda each: each.adding.share, _ORDERS, _EQUAL),
    ("pieces", lambda each: each.fit.steady, _PAIRS, _NEAR),
)


def choose(money: Money, named: Mapping[str, str], fixed: frozenset[str], reduction: str) -> Verdict:
    """The reading under which most amounts agree.

    Args:
        money: the first rows.
        named: meaning -> column, as the names of the columns have it.
        fixed: columns whose meaning a person or a known layout has given.
        reduction: what the discount of the whole order is known to be; empty where that is open.
    """
    candidates = list(_candidates(money, named, fixed))
    # What a person or a layout has said stands, even where nothing was reduced that it could be before or after.
    candidates = [meanings for meanings in candidates if _is_one_line(meanings)] or candidates
    readings = [_judged(money, meanings, reduction) for meanings in candidates]
    left = readings
    how = "names"
    for by, values, least, margin in _MEASURES:
        best = max((values(each) for each in left if not np.isnan(values(each))), default=np.nan)
        if np.isnan(best) or best < least:
            continue
        kept = [each for each in left if not values(each) < best * (1 - margin)]
        if by and len(kept) < len(left) and not _alike(left):
            how = by
        left = kept
    chosen = left[0]
    rivals = tuple(each for each in left[1:] if not _alike([chosen, each]))
    return Verdict(chosen, how, rivals, {column: meaning for meaning, column in named.items()})


def _candidates(money: Money, named: Mapping[str, str], fixed: frozenset[str]) -> Iterator[Mapping[str, str]]:
    """The ways to understand the named columns, the likeliest first."""
    columns = {column: meaning for meaning, column in named.items()}
    options = [
        (meaning,) if column in fixed else _ordered(money, column, meaning)
        for column, meaning in columns.items()
    ]
    for meanings in product(*options):
        if len(set(meanings)) == len(meanings):
            yield dict(zip(meanings, columns, strict=True))


def _is_one_line(meanings: Mapping[str, str]) -> bool:
    """Whether the meanings can stand together: without a discount nothing is before or after one."""
    reduced = bool(set(REDUCTIONS) & set(meanings))
    if sum(name in meanings for name in REDUCTIONS) > 1:
        return False
    if not reduced and "net_price" in meanings and "unit_price" not in meanings:
        return False
    return reduced or "line_gross" not in meanings or "line_total" in meanings


def _ordered(money: Money, column: str, meaning: str) -> tuple[str, ...]:
    """What a column may mean, the likeliest first."""
    options = _OPTIONS[meaning]
    if meaning not in REDUCTIONS:
        return options
    if not share_like(money.columns[column]) or words(column).endswith(_SAYS_MONEY):
        return tuple(option for option in options if option != "discount_share")
    is_fraction = not is_per_cent(money.columns[column])
    likely = meaning if meaning != "discount" else "discount_share" if is_fraction else "discount"
    return (likely, *(option for option in options if option != likely))


def share_like(values: Amounts) -> bool:
    """Whether numbers may be shares (0 to 1) or per cents (0 to 100, mostly in halves); money often is neither."""
    known = values[np.isfinite(values) & (values != 0)]
    if not known.size:
        return False
    if known.min() < 0 or known.max() > 100 or (known == 1).all():
        return False
    return bool(known.max() <= 1 or np.mean(np.isclose(known * 2, np.round(known * 2))) >= 0.95)


def given_of(money: Money, meanings: Mapping[str, str]) -> Given:
    """The amounts of the rows under one reading."""
    columns = {meaning: money.columns[column] for meaning, column in meanings.items()}
    if "discount_share" in columns:
        column = meanings["discount_share"]
        in_hundreds = is_per_cent(columns["discount_share"])
        columns["discount_share"] = columns["discount_share"] / np.where(
            money.per_cent[column] | in_hundreds, 100.0, 1.0
        )
    shares = money.per_cent[meanings["discount"]] if "discount" in meanings else None
    return Given(money.quantity, columns, shares)


def is_per_cent(values: Amounts) -> bool:
    """Whether shares are written as per cents."""
    return bool(np.nanmax(np.abs(values), initial=0.0) > 1)


def _judged(money: Money, meanings: Mapping[str, str], reduction: str) -> Reading:
    amounts = line_amounts(given_of(money, meanings))
    off = next((money.columns[column] for meaning, column in meanings.items() if meaning in REDUCTIONS), None)
    fit = fit_of(
        amounts, money.quantity, money.product, np.zeros(len(money.quantity)) if off is None else off
    )
    sold = money.order >= 0
    columns = {name: values[sold] for name, values in money.orders.items()}
    lines = (amounts.net[sold], np.nan_to_num(amounts.discount[sold]))
    sums = sums_of(money.order[sold], lines, columns, money.by_order)
    readings = (reduction,) if reduction or "reduction" not in money.orders else READINGS
    return Reading(meanings, amounts, fit, add_up(sums, readings))


def _alike(readings: list[Reading]) -> bool:
    """Whether the readings make the same of the rows."""
    first = readings[0].amounts
    return all(
        np.allclose(np.nan_to_num(first.net), np.nan_to_num(each.amounts.net), atol=0.011)
        and np.allclose(np.nan_to_num(first.discount), np.nan_to_num(each.amounts.discount), atol=0.011)
        for each in readings[1:]
    )
