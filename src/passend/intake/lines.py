"""Reading an order file into ``lines``: every record becomes one row, usable or with the reason why not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.intake.amounts import LineAmounts
from passend.intake.amounts_sample import heads_of_orders
from passend.intake.amounts_tally import AmountTally
from passend.intake.amounts_typed import BatchAmounts, amounts_of, plain_flags
from passend.intake.cancellations import PrefixWatch
from passend.intake.columns import Recognition
from passend.intake.fill_down import FillDown
from passend.intake.numbers import LARGEST
from passend.intake.options import options_of
from passend.intake.parts import SAME_PIECE, Parts
from passend.intake.read_ahead import ahead
from passend.intake.source import Batch, BrokenRow, Source, batches_of
from passend.intake.staging import PartWriter, Staged, raw_texts, source_identity
from passend.intake.states import State
from passend.intake.typed import (
    AMOUNT_ABSURD,
    NEVER_SOLD,
    NO_GOODS,
    NOT_BOUGHT,
    ORDER_MISSING,
    PRODUCT_MISSING,
    QUANTITY_MISSING,
    QUANTITY_ZERO,
    TOTALS,
    Reading,
    TypedRows,
    local_days,
)
from passend.ports import Progress
from passend.settings import Settings
from passend.tables.intake import LINES


def stage_lines(
    source: Source, recognition: Recognition, settings: Settings, folder: Path, progress: Progress
) -> Staged:
    """Read every record of an order file into Parquet files of the table ``lines``.

    Args:
        source: the file.
        recognition: what its columns mean.
        settings: time zone, currency and order of day and month where the file names none.
        folder: where the files go.
        progress: is told how far the reading is.
    """
    reading = Reading.of(recognition, settings)
    source_id = source_identity(source, recognition)
    writer = PartWriter(folder, LINES.schema)
    memory = _Memory(PrefixWatch(recognition.order_prefix), Parts(), tuple(source.columns))
    tally = AmountTally(recognition.amounts, recognition.mapping)
    problems: Counter[str] = Counter()
    rows = position = 0
    as_of: datetime | None = None
    wanted = {name for names in recognition.mapping.values() for name in names}
    filled = ahead(_filled(batches_of(source, wanted), FillDown(recognition)))
    for typed in ahead(_lines(batch, table, reading, memory, tally.wants) for batch, table in filled):
        table = _stamped(typed.table, source_id, source.name)
        tally.add(*typed.to_tally)
        if table.num_rows:
            memory.watch.wait(writer.write(table), typed.waiting)
        as_of = _latest(table, as_of)
        rows += table.num_rows
        problems.update(_tally(table.column("problem")))
        progress.advance(source.position() - position)
        position = source.position()
    writer.close()
    memory.watch.mend(writer.files)
    return Staged(
        tuple(writer.files),
        source_id,
        rows,
        dict(problems.most_common()),
        agreements=tuple(tally.agreements()),
        notes=reading.notes,
        as_of=as_of if "order_id" in recognition.mapping else None,
    )


@dataclass(frozen=True)
class _Memory:
    """What is known of the file beyond the present batch."""

    watch: PrefixWatch
    parts: Parts
    columns: tuple[str, ...]


@dataclass(frozen=True)
class _Typed:
    """A batch as rows of ``lines``.

    Attributes:
        table: the rows.
        waiting: letters before the order's number that may turn out to mean a cancellation.
        to_tally: what the tally of amounts adds up.
    """

    table: pa.Table
    waiting: set[str]
    to_tally: tuple[pa.Array, LineAmounts, NDArray[np.bool_], dict[str, pa.Array]]


def _filled(batches: Iterator[Batch], fill_down: FillDown) -> Iterator[tuple[Batch, pa.RecordBatch]]:
    return ((batch, fill_down.filled(batch.table)) for batch in batches)


def _latest(table: pa.Table, before: datetime | None) -> datetime | None:
    """The latest moment that the rows tell of."""
    found = [pc.max(table.column(name)).as_py() for name in ("ordered_at", "updated_at")]
    return max((moment for moment in (*found, before) if moment is not None), default=None)


def _lines(
    batch: Batch, table: pa.RecordBatch, reading: Reading, memory: _Memory, tallied: tuple[str, ...]
) -> _Typed:
    typed = TypedRows(table, reading)
    typed.note(typed.looked_at(), NOT_BOUGHT)
    typed.note(typed.no_goods(), NO_GOODS)
    states = typed.states()
    # A row without a number is still known by its name, as with articles made up at the till.
    product = pc.coalesce(typed.ids("product_id"), typed.names("product_name"))
    typed.note(typed.totals(product), TOTALS)
    typed.note(pc.is_null(product), PRODUCT_MISSING)
    ordered_at, sequence = typed.times(), typed.sequence()
    customer = typed.customers(guests=typed.has("order_id"))
    order = _order_ids(typed, customer, (ordered_at, sequence), reading)
    typed.note(pc.is_null(order), ORDER_MISSING)
    quantity = _quantity(typed, states)
    amounts = amounts_of(typed, quantity)
    unit_price = amounts.columns["unit_price"]
    typed.note(_is_absurd(amounts), AMOUNT_ABSURD)
    if typed.has("parent_id"):
        same, paid = memory.parts.look(typed.ids("line_id"), typed.ids("parent_id"), product, unit_price)
        typed.note(same, SAME_PIECE)
        unit_price = pc.if_else(paid, 0.0, unit_price)
    positive = pc.greater(pc.fill_null(quantity, 0.0), 0.0)
    typed.note(pc.and_(_are(states, State.NEVER), positive), NEVER_SOLD)
    usable = pc.is_null(typed.problem)
    sold = plain_flags(pc.and_(pc.is_valid(order), pc.fill_null(pc.greater(quantity, 0.0), False)))
    to_tally = (
        order,
        _without_heads(amounts.lines, order, product),
        sold,
        {name: amounts.of_orders(typed, name) for name in tallied},
    )
    back = pc.or_(pc.less(quantity, 0.0), pc.less(pc.fill_null(unit_price, 0.0), 0.0))
    by_prefix, waiting = memory.watch.look(order, pc.and_(usable, pc.fill_null(back, False)))
    columns = {
        "row": batch.rows,
        "order_id": order,
        "customer_id": customer,
        "product_id": product,
        "product_name": typed.names("product_name"),
        "category": typed.names("category"),
        "ordered_at": ordered_at,
        "sequence": sequence,
        "quantity": pc.fill_null(quantity, 0.0),
        **amounts.columns,
        "currency": typed.currency(*amounts.currencies),
        "channel": typed.names("channel"),
        "country": typed.names("country"),
        "is_cancelled": by_prefix,
        "unit_price": unit_price,
        "returned_quantity": _came_back(states, quantity, amounts.columns["returned_quantity"]),
        "is_pending": _are(states, State.PENDING),
        "option": options_of(batch, memory.columns, reading.recognition, (order, product)),
        "updated_at": typed.moment("updated_at"),
        "problem": typed.problem,
        "raw": _raw(batch, usable),
    }
    return _Typed(_with_broken(pa.table(columns), batch.broken), waiting, to_tally)


def _without_heads(lines: LineAmounts, order: pa.Array, product: pa.Array) -> LineAmounts:
    """The amounts without those of rows that sum up the order whose products follow."""
    if not product.null_count:
        return lines
    codes = np.asarray(pc.fill_null(pc.dictionary_encode(order).indices, -1), dtype=np.int64)
    heads = heads_of_orders(codes, np.asarray(pc.is_null(product)))
    if not heads.any():
        return lines
    net, off, agrees = (np.where(heads, np.nan, each) for each in (lines.net, lines.discount, lines.agrees))
    return replace(lines, net=net, discount=off, agrees=agrees)


def _order_ids(
    typed: TypedRows, customer: pa.Array, when: tuple[pa.Array, pa.Array], reading: Reading
) -> pa.Array:
    """The order's number; where there is none, the customer's purchases of one day or visit are one order."""
    order = typed.ids("order_id")
    if typed.has("order_id") and order.null_count == 0:
        return order
    ordered_at, sequence = when
    if typed.has("sequence"):
        built = pc.binary_join_element_wise(customer, pc.cast(sequence, pa.string()), "/")
    elif typed.has("ordered_at"):
        built = pc.binary_join_element_wise(customer, local_days(ordered_at, reading.zone), "/")
    else:
        built = customer
    # Where the date could not be read, the customer tells whose row it is; the row has its problem already.
    return pc.coalesce(
        order, built, pc.if_else(pc.is_valid(typed.problem), customer, pa.scalar(None, pa.string()))
    )


def _is_absurd(amounts: BatchAmounts) -> pa.Array:
    """Where numbers that are sane alone make an amount that nothing costs."""
    lines = amounts.lines
    largest = np.fmax(np.abs(lines.unit_price), np.fmax(np.abs(lines.net), np.abs(lines.discount)))
    return pa.array(largest > LARGEST)


def _quantity(typed: TypedRows, states: pa.Array) -> pa.Array:
    """The pieces, negative on rows that take something back."""
    found = typed.quantity()
    if typed.has("quantity"):
        typed.note(pc.is_null(found), QUANTITY_MISSING)
        typed.note(pc.fill_null(pc.equal(found, 0.0), False), QUANTITY_ZERO)
    return pc.if_else(_are(states, State.DOCUMENT), pc.negate(pc.abs(found)), found)


def _came_back(states: pa.Array, quantity: pa.Array, told: pa.Array) -> pa.Array:
    """The pieces of a sale that came back later, as its own row says."""
    back = pc.if_else(_are(states, State.BACK), quantity, told)
    return pc.if_else(pc.fill_null(pc.greater(back, 0.0), False), back, pa.scalar(None, pa.float64()))


def _are(states: pa.Array, state: State) -> pa.Array:
    return pc.fill_null(pc.equal(states, state.value), False)


def _raw(batch: Batch, usable: pa.Array) -> pa.Array:
    """The rows as they stood in the file, for those that cannot be used."""
    at = np.flatnonzero(~np.asarray(usable))
    if not at.size:
        return pa.nulls(len(usable), pa.string())
    places = np.full(len(usable), -1, dtype=np.int64)
    places[at] = np.arange(at.size)
    return pa.array(raw_texts(batch.taken(at)), pa.string()).take(pa.array(places, mask=places < 0))


def _with_broken(table: pa.Table, broken: tuple[BrokenRow, ...]) -> pa.Table:
    """The records that could not be split take their places among the others."""
    if not broken:
        return table
    rows = [
        {"row": item.row, "quantity": 0.0, "is_cancelled": False, "problem": item.reason, "raw": item.raw}
        for item in broken
    ]
    both = pa.concat_tables([table, pa.Table.from_pylist(rows, schema=table.schema)])
    return both.take(pc.sort_indices(both, sort_keys=[("row", "ascending")]))


def _stamped(table: pa.Table, source_id: str, name: str) -> pa.Table:
    size = table.num_rows
    table = table.append_column("source_id", pa.repeat(pa.scalar(source_id), size))
    return (
        table.append_column("source", pa.repeat(pa.scalar(name), size))
        .select(LINES.schema.names)
        .cast(LINES.schema)
    )


def _tally(problem: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(problem.drop_null()).to_pylist()
    return {pair["values"]: pair["counts"] for pair in counts}
