"""What a line of an order costs, from the amounts that its file gives: price, line amount and discount.

The meaning of a column says how it is meant: ``unit_price`` is a piece before its discount and ``net_price`` one after
it, ``line_gross`` and ``line_total`` are the line before and after it, and a discount is money off the line, money off
each piece, or a share. Plain arrays go in and come out; what is not known is NaN.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Amounts = NDArray[np.float64]

#: Two amounts agree when they differ by no more than a cent (and what arithmetic on fractions leaves).
A_CENT = 0.0105
#: What tells the price of a line, and what tells its reduction.
PRICES = ("unit_price", "net_price", "line_gross", "line_total")
REDUCTIONS = ("discount", "discount_each", "discount_share")
#: What a file tells of whole orders.
OF_ORDERS = (
    "order_discount", "all_discounts", "order_subtotal", "order_shipping", "order_tax", "order_total", "refund",
)  # fmt: skip
AMOUNTS = (*PRICES, *REDUCTIONS, *OF_ORDERS, "returned_quantity")


@dataclass(frozen=True)
class Given:
    """The amounts of some lines as their file gives them.

    Attributes:
        quantity: pieces; negative where they came back.
        columns: meaning (of ``PRICES`` and ``REDUCTIONS``) -> values. Shares are 0 to 1.
        shares: a reduction given as money that is a share in some rows, because a per cent sign stands there.
    """

    quantity: Amounts
    columns: dict[str, Amounts] = field(default_factory=dict)
    shares: NDArray[np.bool_] | None = None

    def get(self, meaning: str) -> Amounts:
        """A column, or nothing known."""
        found = self.columns.get(meaning)
        return np.full(len(self.quantity), np.nan) if found is None else found


@dataclass(frozen=True)
class LineAmounts:
    """What each line costs: ``unit_price`` x quantity - ``discount`` = ``net``.

    Attributes:
        unit_price: price of a piece before discounts.
        discount: reduction of the whole line, never negative; NaN where the file names none.
        net: amount of the line; negative where it came back.
        agrees: 1 where two ways to the amount agree to the cent, 0 where not, NaN where there is but one.
    """

    unit_price: Amounts
    discount: Amounts
    net: Amounts
    agrees: Amounts


@np.errstate(over="ignore")  # absurd amounts are set aside afterwards, each with its reason
def line_amounts(given: Given) -> LineAmounts:
    """What each line costs, by what its columns mean.

    The line's own amount counts where there is one, since it is what was charged; else price, quantity and discount.
    """
    if set(given.columns) == {"unit_price"}:
        price, unknown = given.columns["unit_price"], np.full(len(given.quantity), np.nan)
        return LineAmounts(price, unknown, price * given.quantity, unknown)
    pieces = np.abs(given.quantity)
    back = np.where(given.quantity < 0, -1.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, money = _reductions(given, pieces)
        pieced, paid = given.get("unit_price") * pieces, given.get("net_price") * pieces
        before_it, after_it = (given.get(name) * _sign(given, name) for name in ("line_gross", "line_total"))
        gross, charged = _first(pieced, before_it), _first(after_it, paid)
        off = _first(money, np.where(share <= 1, gross * share, np.nan), charged * share / (1.0 - share))
        reckoned = gross - np.nan_to_num(off)
        agrees = _all(_same(pieced, before_it), _same(paid, after_it), _same(reckoned, charged))
        net = _first(charged, reckoned)
        before = _first(gross, charged + np.nan_to_num(off))
        # A line that costs more than its pieces has another price, not a negative discount.
        dearer = before - net < -A_CENT / 2
        before = np.where(dearer, net + np.nan_to_num(off), before)
        left = before - net
        has_discount = ~np.isnan(off) | (np.abs(left) > A_CENT / 2)
        discount = np.where(has_discount, np.where(np.abs(left) <= A_CENT / 2, 0.0, left), np.nan)
        price = np.where(dearer | np.isnan(given.get("unit_price")), before / pieces, given.get("unit_price"))
    # Off by the last bits of a float, a line would not be known again in another file.
    return LineAmounts(_finite(price), np.round(_finite(discount), 6), net * back, agrees)


def _reductions(given: Given, pieces: Amounts) -> tuple[Amounts, Amounts]:
    """The reduction as a share, and as money off the line, whichever is given."""
    money = np.abs(given.get("discount"))
    share = np.abs(given.get("discount_share"))
    if given.shares is not None:
        share = np.where(given.shares, money / 100.0, share)
        money = np.where(given.shares, np.nan, money)
    return share, _first(money, np.abs(given.get("discount_each")) * pieces)


def _sign(given: Given, meaning: str) -> Amounts:
    """Amounts of lines that came back may be written with or without their minus."""
    values = given.get(meaning)
    return np.where((given.quantity < 0) & (values < 0), -1.0, 1.0)


def _first(*ways: Amounts) -> Amounts:
    """The first of several ways to a value that leads anywhere."""
    found = ways[0]
    for way in ways[1:]:
        found = np.where(np.isnan(found), way, found)
    return found


def _same(one: Amounts, other: Amounts) -> Amounts:
    """1 where two amounts agree to the cent, 0 where not, NaN where one is not known."""
    return np.where(np.isnan(one) | np.isnan(other), np.nan, np.abs(one - other) <= A_CENT)


def _all(*verdicts: Amounts) -> Amounts:
    """The worst of several verdicts, as far as there are any."""
    worst = verdicts[0]
    for verdict in verdicts[1:]:
        worst = np.fmin(worst, verdict)
    return worst


def _finite(values: Amounts) -> Amounts:
    return np.where(np.isfinite(values), values, np.nan)
