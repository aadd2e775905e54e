"""Orders whose first line alone names customer, date and state, as shop exports write them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.columns import Recognition
from passend.intake.evidence import ORDER_LEVEL, is_product
from passend.intake.texts import as_text, emptied


class FillDown:
    """Gives the follow-on lines of an order what its first line says, across batches."""

    def __init__(self, recognition: Recognition) -> None:
        mapping = recognition.mapping
        self._active = recognition.filled_down
        self._order = mapping["order_id"][0] if self._active else ""
        self._product = next(
            (name for meaning in ("product_id", "product_name") for name in mapping.get(meaning, ())), ""
        )
        self._blank_orders = recognition.blank_orders
        self._columns = [name for meaning in ORDER_LEVEL for name in mapping.get(meaning, ())]
        self._last: dict[str, str | None] = {}

    def filled(self, table: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with the empty places of follow-on lines filled, if the file is of that kind."""
        if not self._active or table.num_rows == 0:
            return table
        if self._blank_orders:
            table = self._numbered(table)
        orders = _ahead(self._last.get(self._order), emptied(as_text(table.column(self._order))))
        places = np.arange(len(orders))
        same = pc.fill_null(pc.equal(orders.slice(1), orders.slice(0, len(orders) - 1)), False)
        begins = np.maximum.accumulate(np.where(np.append(False, np.asarray(same)), 0, places))
        last: dict[str, str | None] = {self._order: orders[-1].as_py()}
        for name in self._columns:
            values = _ahead(self._last.get(name), emptied(as_text(table.column(name))))
            if values.null_count:
                told = np.maximum.accumulate(np.where(np.asarray(pc.is_valid(values)), places, -1))
                values = values.take(pa.array(told, mask=told < begins))
            last[name] = values[-1].as_py()
            place = table.schema.get_field_index(name)
            table = table.set_column(place, pa.field(name, pa.string()), values.slice(1))
        self._last = last
        return table

    def _numbered(self, table: pa.RecordBatch) -> pa.RecordBatch:
        """With the order's number also on the rows that leave it empty and name a product."""
        own = _ahead(self._last.get(self._order), emptied(as_text(table.column(self._order))))
        carried = pc.fill_null_forward(own).slice(1)
        own = own.slice(1)
        follow_on = pc.and_(pc.is_null(own), is_product(emptied(as_text(table.column(self._product)))))
        place = table.schema.get_field_index(self._order)
        numbered = pc.if_else(follow_on, carried, own)
        return table.set_column(place, pa.field(self._order, pa.string()), numbered)


def _ahead(value: str | None, column: pa.Array) -> pa.Array:
    return pa.concat_arrays([pa.array([value], pa.string()), column])
