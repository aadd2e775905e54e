"""For what share of a whole file its amounts agree: counted while it is read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.intake.amounts import Amounts, LineAmounts
from passend.intake.amounts_orders import OrderSums
from passend.intake.amounts_reading import ENOUGH_AGREE, AmountReading
from passend.intake.amounts_sample import ORDER_COLUMNS
from passend.intake.doubts import Doubt


@dataclass(frozen=True)
class Agreement:
    """How many of the things that can be compared agree to the cent.

    Attributes:
        agree: how many do.
        compared: of how many.
        words: what they are, and what holds for them.
        columns: the columns that would have to be something else where it does not hold.
    """

    agree: int
    compared: int
    words: str
    columns: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether enough of them agree."""
        return self.agree >= ENOUGH_AGREE * self.compared

    def sentence(self) -> str:
        """The count in words."""
        share = f"{self.agree:,} of {self.compared:,} {self.words}"
        return f"{share}." if self.agree == self.compared else f"{share}; the others do not."

    def doubt(self) -> Doubt:
        """The question to a person where too few agree."""
        shown = ", ".join(f"'{name}'" for name in self.columns)
        return Doubt(
            f"Only {self.agree:,} of {self.compared:,} {self.words}, so one of {shown} may mean something else.",
            'name the right columns with --map MEANING="Column", or leave one out with --map MEANING=',
        )


class AmountTally:
    """Adds up lines and orders, batch by batch."""

    def __init__(self, reading: AmountReading, mapping: Mapping[str, tuple[str, ...]]) -> None:
        self._reading = reading
        self._mapping = mapping
        self._lines = self._agree = 0
        self._parts: list[tuple[pa.Array, dict[str, Amounts]]] = []
        self._named = [name for name in ORDER_COLUMNS if name in mapping] if reading.check else []

    @property
    def wants(self) -> tuple[str, ...]:
        """The meanings of columns that speak of whole orders, as far as they are to be compared."""
        return tuple(self._named)

    def add(
        self, orders: pa.Array, lines: LineAmounts, usable: NDArray[np.bool_], columns: Mapping[str, pa.Array]
    ) -> None:
        """Count the rows of a batch.

        Args:
            orders: the order of each row.
            lines: what each row costs.
            usable: the rows that are sales, also those that cannot be used: the order has them.
            columns: meaning of ``wants`` -> values.
        """
        if self._reading.checks_lines:
            known = lines.agrees[usable & ~np.isnan(lines.agrees)]
            self._lines += known.size
            self._agree += int(known.sum())
        if self._named and len(orders):
            amounts = {"net": lines.net, "off": lines.discount}
            amounts |= {name: _plain(values) for name, values in columns.items()}
            sold = {name: values[usable] for name, values in amounts.items()}
            self._parts.append(self._summed(orders.filter(pa.array(usable)), sold))

    def agreements(self) -> Iterator[Agreement]:
        """What agrees with what in the whole file."""
        if self._lines:
            priced = [self._mapping[name][0] for name in _PRICED if name in self._mapping]
            words = f"lines agree to the cent ({self._line_words()})"
            yield Agreement(self._agree, self._lines, words, tuple(priced))
        if self._parts and self._reading.check:
            check, reading = self._reading.check, self._reading.reduction
            verdicts = check.holds(self._sums(), reading)
            known = verdicts[~np.isnan(verdicts)]
            if known.size:
                named = tuple(self._mapping[name][0] for name in self._named)
                words = f"orders add up to the cent ({check.words(reading)})"
                yield Agreement(int(known.sum()), known.size, words, named)

    def _line_words(self) -> str:
        off = " - discount" if {"discount", "discount_each", "discount_share"} & set(self._mapping) else ""
        if "line_gross" in self._mapping and "line_total" not in self._mapping:
            off = ""
        priced = "unit_price" in self._mapping
        before, after = ("price x quantity", "line amount") if priced else ("line before", "line after")
        return f"{before}{off} = {after}"

    def _summed(self, orders: pa.Array, amounts: dict[str, Amounts]) -> tuple[pa.Array, dict[str, Amounts]]:
        """One value for each order; what speaks of the whole order counts once."""
        coded = pc.dictionary_encode(orders)
        if len(coded.dictionary) == len(orders):
            return orders, amounts
        places, size = np.asarray(coded.indices), len(coded.dictionary)
        found = {}
        for name, values in amounts.items():
            counts_once = name in self._named and self._mapping[name][0] in self._reading.by_order
            found[name] = (_largest if counts_once else _sum)(places, values, size)
        return coded.dictionary, found

    def _sums(self) -> OrderSums:
        orders = pa.concat_arrays([part[0] for part in self._parts])
        parts = [part[1] for part in self._parts]
        self._parts = []
        _, found = self._summed(
            orders, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        )
        nothing: Amounts = np.full(len(found["net"]), np.nan)
        by_role = {ORDER_COLUMNS[name]: found[name] for name in self._named}
        return OrderSums(
            np.nan_to_num(found["net"]),
            np.nan_to_num(found["off"]),
            *(by_role.get(role, nothing) for role in ("reduction", "subtotal", "shipping", "tax", "total")),
        )


_PRICED = (
    "unit_price", "net_price", "line_gross", "line_total", "discount", "discount_each", "discount_share", "quantity",
)  # fmt: skip


def _plain(values: pa.Array) -> Amounts:
    return np.asarray(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _sum(places: NDArray[np.int32], values: Amounts, size: int) -> Amounts:
    """The sum of the known values at each place; NaN where none is known."""
    known = ~np.isnan(values)
    found: Amounts = np.asarray(np.bincount(places[known], values[known], size), dtype=np.float64)
    found[np.bincount(places[known], minlength=size) == 0] = np.nan
    return found


def _largest(places: NDArray[np.int32], values: Amounts, size: int) -> Amounts:
    """The largest of the known values at each place; NaN where none is known."""
    found: Amounts = np.full(size, np.nan)
    np.fmax.at(found, places, values)
    return found
