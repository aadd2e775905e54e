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

_SUMMED = ("net", "off")


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
        self._parts: list[pa.Table] = []
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
            table = pa.table(
                {"order": orders, "net": _nulled(lines.net), "off": _nulled(lines.discount), **columns}
            ).filter(pa.array(usable))
            self._parts.append(self._summed(table))

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

    def _summed(self, table: pa.Table) -> pa.Table:
        """One row for each order; what speaks of the whole order counts once."""
        ways = dict.fromkeys(_SUMMED, "sum")
        for name in self._named:
            ways[name] = "max" if self._mapping[name][0] in self._reading.by_order else "sum"
        summed = table.group_by("order").aggregate(list(ways.items()))
        return summed.rename_columns([_plain(name) for name in summed.column_names])

    def _sums(self) -> OrderSums:
        table = self._summed(pa.concat_tables(self._parts))
        nothing: Amounts = np.full(table.num_rows, np.nan)
        found = {ORDER_COLUMNS[name]: _values(table, name) for name in self._named}
        return OrderSums(
            np.nan_to_num(_values(table, "net")),
            np.nan_to_num(_values(table, "off")),
            *(found.get(name, nothing) for name in ("reduction", "subtotal", "shipping", "tax", "total")),
        )


_PRICED = (
    "unit_price", "net_price", "line_gross", "line_total", "discount", "discount_each", "discount_share", "quantity",
)  # fmt: skip


def _plain(name: str) -> str:
    return name.removesuffix("_sum").removesuffix("_max")


def _nulled(values: Amounts) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=True)


def _values(table: pa.Table, name: str) -> Amounts:
    column = pc.cast(table.column(name), pa.float64())
    return np.asarray(column.to_numpy(), dtype=np.float64)
