"""How well a reading of a file's amounts fits the file: the measures by which readings are compared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.intake.amounts import A_CENT, Amounts, LineAmounts

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Fit:
    """What speaks for a reading of the amounts of lines.

    Attributes:
        agrees: share of the lines whose amounts agree with each other; NaN where nothing can be compared.
        steady: share of the pairs of lines of a product, with other numbers of pieces or other discounts, in which a
            piece costs the same; NaN where no product has such lines.
        compared: number of lines behind ``steady``.
        possible: share of the lines whose discount is no larger than their amount.
    """

    agrees: float
    steady: float
    compared: int
    possible: float


@np.errstate(over="ignore")
def fit_of(amounts: LineAmounts, quantity: Amounts, product: Codes, reduced: Amounts) -> Fit:
    """How well a reading fits.

    Args:
        amounts: what the lines cost by this reading.
        quantity: pieces.
        product: a number for each product; -1 where none is known.
        reduced: the reduction as written (money or share), which sets lines of one product apart.
    """
    known = amounts.agrees[~np.isnan(amounts.agrees)]
    telling = (product >= 0) & np.isfinite(amounts.unit_price) & (quantity != 0) & (amounts.unit_price != 0)
    steady, compared = _steady(
        product[telling],
        amounts.unit_price[telling],
        np.abs(quantity[telling]),
        np.nan_to_num(reduced[telling]),
    )
    gross = np.abs(amounts.unit_price * quantity)
    judged = np.isfinite(gross) & np.isfinite(amounts.discount)
    too_much = amounts.discount[judged] > gross[judged] + A_CENT
    return Fit(
        float(known.mean()) if known.size else np.nan,
        steady,
        compared,
        float(1.0 - too_much.mean()) if too_much.size else 1.0,
    )


def _steady(product: Codes, price: Amounts, quantity: Amounts, reduced: Amounts) -> tuple[float, int]:
    """Of the pairs of lines of a product with other pieces or discount, the share with one price."""
    if not product.size:
        return np.nan, 0
    form = np.unique(np.stack([quantity, reduced]), axis=1, return_inverse=True)[1].ravel()
    order = np.lexsort((price, product))
    step = np.diff(price[order]) > np.maximum(A_CENT, 0.002 * np.abs(price[order][1:]))
    step |= np.diff(product[order]) != 0
    level = np.empty(len(order), np.int64)
    level[order] = np.concatenate([[0], np.cumsum(step)])
    product = np.unique(product, return_inverse=True)[1]
    comparable = _pairs(product) - _pairs(product, form)
    agreeing = _pairs(product, level) - _pairs(product, level, form)
    told = comparable > 0
    if not told.any():
        return np.nan, 0
    lines = np.bincount(product)[told]
    return float(np.average(agreeing[told] / comparable[told], weights=lines)), int(lines.sum())


def _pairs(product: Codes, *same: Codes) -> Amounts:
    """For each product the number of pairs of its lines that are the same in all of some respects."""
    groups, size = np.unique(np.stack([product, *same]), axis=1, return_counts=True)
    return np.bincount(groups[0], size * (size - 1) / 2.0, int(product.max()) + 1).astype(np.float64)
