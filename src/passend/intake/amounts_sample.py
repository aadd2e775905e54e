"""The amounts of a file's first rows as arrays, and which of its columns speak of whole orders."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.intake.amounts import PRICES, REDUCTIONS, Amounts
from passend.intake.amounts_choice import Money, share_like
from passend.intake.assign import Choice
from passend.intake.draft import Draft
from passend.intake.numbers import parse_numbers
from passend.intake.sample import Sample

ORDER_COLUMNS = {
    "order_discount": "reduction", "all_discounts": "reduction", "order_subtotal": "subtotal",
    "order_shipping": "shipping", "order_tax": "tax", "order_total": "total",
}  # fmt: skip
#: Where a column turns out to speak of single lines, or of whole orders, it means this instead.
_OF_LINES = {
    "order_discount": ("discount",),
    "order_subtotal": ("line_gross", "line_total"),
    "order_total": ("line_total",),
}
_OF_ORDERS = {"discount": "order_discount", "line_total": "order_total", "line_gross": "order_subtotal"}


def place_amounts(
    draft: Draft, sample: Sample, order: str | None, decimals: Mapping[str, str]
) -> frozenset[str]:
    """Give columns that speak of whole orders, and of single lines, the meanings of such; returns the former."""
    of_orders = set()
    for name in (*ORDER_COLUMNS, "refund", *_OF_ORDERS):
        column = draft.only(name)
        if column is None:
            continue
        level = _level(sample, draft, order, column, decimals.get(column, "")) if order else ""
        wanted: tuple[str, ...] = ()
        if level == "line":
            wanted = _OF_LINES.get(name, ())
        elif level == "order" and name in _OF_ORDERS:
            share = name == "discount" and share_like(_numbers(sample, column, decimals)[0])
            wanted = () if share else (_OF_ORDERS[name],)
        place = next((meaning for meaning in wanted if meaning not in draft.mapping), None)
        if wanted and not draft.is_given(column):
            draft.drop(name)
            if level == "order":
                draft.notes.append(
                    f"'{column}' is the same on all lines of an order, so it is not taken as {name}; "
                    f'change with --map {name}="{column}".'
                )
            if place:
                draft.take([Choice(column, place, 0.7, f"its name and content: it is that of the {level}")])
        if level != "line" and (place or name) in (*ORDER_COLUMNS, "refund"):
            of_orders.add(column)
    return frozenset(of_orders)


def _level(sample: Sample, draft: Draft, order: str, column: str, decimal: str) -> str:
    """Whether a column speaks of the ``order`` or of each ``line``; nothing where that cannot be seen.

    An order whose lines all say 0 tells nothing: that nothing was taken off is true of the order and of each line.
    """
    head = sample.head.filter(_is_line(sample, draft))
    orders = pc.fill_null_forward(head.column(order).combine_chunks())
    values = head.column(column).combine_chunks()
    amounts = pc.fill_null(pc.not_equal(parse_numbers(values, decimal).values, 0), pc.is_valid(values))
    table = pa.table(
        {
            "order": orders,
            "value": values,
            "empty": pc.cast(pc.is_null(values), pa.int64()),
            "amount": amounts,
        }
    )
    rows = table.group_by("order").aggregate(
        [([], "count_all"), ("value", "count_distinct"), ("empty", "sum"), ("amount", "any")]
    )
    several = rows.filter(pc.greater(rows.column("count_all"), 1))
    told = several.filter(several.column("amount_any"))
    if told.num_rows == 0 or sample.facts[column].distinct < 2:
        return ""
    several_values = pc.greater(told.column("value_count_distinct"), 1)
    differs = pc.mean(pc.cast(several_values, pa.float64())).as_py()
    on_first = pc.mean(
        pc.cast(pc.equal(told.column("empty_sum"), pc.subtract(told.column("count_all"), 1)), pa.float64())
    ).as_py()
    if differs > 0.05:
        return "line"
    if on_first >= 0.95:
        return "order"
    return "order" if told.num_rows >= 3 and sample.facts[column].distinct >= 3 else ""


def first_rows(draft: Draft, sample: Sample, decimals: Mapping[str, str], by_order: frozenset[str]) -> Money:
    """The amounts of the first rows, by what their columns mean so far.

    Args:
        draft: the mapping.
        sample: the rows.
        decimals: the decimal separator of each column of amounts.
        by_order: columns that speak of the whole order.
    """
    columns: dict[str, Amounts] = {}
    per_cent = {}
    for name in (*PRICES, *REDUCTIONS):
        if column := draft.only(name):
            columns[column], per_cent[column] = _numbers(sample, column, decimals)
    orders = {
        ORDER_COLUMNS[name]: (column, _numbers(sample, column, decimals)[0])
        for name in ORDER_COLUMNS
        if (column := draft.only(name))
    }
    pieces = draft.only("quantity")
    rows = sample.head.num_rows
    quantity = _numbers(sample, pieces, decimals)[0] if pieces else np.ones(rows)
    order = _codes(sample, draft.only("order_id"), follow_on=True)
    heads = heads_of_orders(order, np.asarray(pc.invert(_is_line(sample, draft))))
    return Money(
        quantity=quantity,
        product=_codes(sample, draft.only("product_id") or draft.only("product_name")),
        order=np.where(quantity > 0, order, -1),
        columns={name: np.where(heads, np.nan, values) for name, values in columns.items()},
        per_cent=per_cent,
        orders={
            name: np.abs(values) if name == "reduction" else values for name, (_, values) in orders.items()
        },
        by_order=frozenset(name for name, (column, _) in orders.items() if column in by_order),
    )


def heads_of_orders(order: NDArray[np.int64], nameless: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows without a product above the products of an order: they sum it up, as eBay writes it.

    Args:
        order: a number for each row's order, -1 for none.
        nameless: rows that name no product.
    """
    heads = np.zeros(len(order), dtype=np.bool_)
    if nameless.any() and len(order) > 1:
        starts = np.r_[True, order[1:] != order[:-1]]
        goes_on = np.r_[(order[1:] == order[:-1]) & ~nameless[1:], False]
        heads = nameless & starts & goes_on & (order >= 0)
    return heads


def _is_line(sample: Sample, draft: Draft) -> pa.ChunkedArray:
    """The rows that name a product, and so are no remarks below the table."""
    columns = [name for meaning in ("product_id", "product_name") for name in draft.mapping.get(meaning, ())]
    if not columns:
        return pa.chunked_array([[True] * sample.head.num_rows])
    named = pc.is_valid(sample.head.column(columns[0]))
    for column in columns[1:]:
        named = pc.or_(named, pc.is_valid(sample.head.column(column)))
    return named


def _numbers(sample: Sample, column: str, decimals: Mapping[str, str]) -> tuple[Amounts, NDArray[np.bool_]]:
    found = parse_numbers(sample.head.column(column).combine_chunks(), decimals.get(column, ""))
    return (
        np.asarray(found.values.to_numpy(zero_copy_only=False), dtype=np.float64),
        np.asarray(found.percent.to_numpy(zero_copy_only=False), dtype=np.bool_),
    )


def numbers_of(sample: Sample, column: str, decimals: Mapping[str, str]) -> Amounts:
    """The numbers of a column that means nothing yet."""
    return _numbers(sample, column, decimals)[0]


def _codes(sample: Sample, column: str | None, *, follow_on: bool = False) -> NDArray[np.int64]:
    """A number for each value of a column; -1 where there is none."""
    if column is None:
        return np.full(sample.head.num_rows, -1, dtype=np.int64)
    texts = sample.head.column(column).combine_chunks()
    coded = pc.dictionary_encode(pc.fill_null_forward(texts) if follow_on else texts)
    return np.asarray(pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
