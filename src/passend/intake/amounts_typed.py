"""The amounts of one batch of rows, reckoned by what its columns mean."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.intake.amounts import PRICES, REDUCTIONS, Amounts, Given, LineAmounts, line_amounts
from passend.intake.typed import TypedRows

#: What lines keep of what a file tells beside their price and discount; some write it with a minus.
_KEPT = ("order_discount", "all_discounts", "returned_quantity", "refund")


@dataclass(frozen=True)
class BatchAmounts:
    """What the lines of a batch cost, as columns of the table ``lines``.

    Attributes:
        columns: ``unit_price``, ``discount``, ``order_discount``, ``all_discounts``, ``returned_quantity``, ``refund``.
        currencies: where one stood beside an amount.
        lines: the same as plain arrays, for those who check that orders add up.
    """

    columns: dict[str, pa.Array]
    currencies: tuple[pa.Array, ...]
    lines: LineAmounts

    def of_orders(self, typed: TypedRows, meaning: str) -> pa.Array:
        """A column that speaks of whole orders."""
        return self.columns[meaning] if meaning in self.columns else typed.quiet_numbers(meaning)


def amounts_of(typed: TypedRows, quantity: pa.Array) -> BatchAmounts:
    """What the lines of a batch cost; amounts that cannot be read are noted with their rows.

    Args:
        typed: the batch.
        quantity: pieces of each row.
    """
    found = {meaning: typed.numbers(meaning) for meaning in (*PRICES, *REDUCTIONS) if typed.has(meaning)}
    arrays = {meaning: plain(numbers.values) for meaning, numbers in found.items()}
    if "discount_share" in found:
        arrays["discount_share"] = arrays["discount_share"] / np.where(
            typed.in_per_cent("discount_share") | plain_flags(found["discount_share"].percent), 100.0, 1.0
        )
    shares = plain_flags(found["discount"].percent) if "discount" in found else None
    lines = line_amounts(
        Given(plain(quantity), arrays, shares if shares is not None and shares.any() else None)
    )
    columns = {"unit_price": nulled(lines.unit_price), "discount": nulled(lines.discount)}
    for meaning in _KEPT:
        columns[meaning] = pc.abs(typed.quiet_numbers(meaning))
    return BatchAmounts(columns, tuple(numbers.currency for numbers in found.values()), lines)


def plain(values: pa.Array) -> Amounts:
    """An Arrow column as an array, with NaN where nothing is known."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def plain_flags(values: pa.Array) -> NDArray[np.bool_]:
    """An Arrow column of flags as an array."""
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def nulled(values: Amounts) -> pa.Array:
    """An array as an Arrow column, empty where nothing is known."""
    return pa.array(values, pa.float64(), from_pandas=True)
