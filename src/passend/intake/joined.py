"""An order table and a line table: two files, two sheets or two tables of a database, joined on the order's number."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.assign import SURE, column_scores
from passend.intake.source import Batch, Source
from passend.intake.synonyms import key
from passend.intake.texts import as_text, clean_ids

_LOOKED_AT = 200_000
_ENOUGH = 0.9


@dataclass(frozen=True)
class _Pair:
    """Two tables that belong together, and the columns that hold the order's number."""

    orders: Source
    lines: Source
    order_key: str
    line_key: str


class JoinedSource:
    """Lines with what their order says.

    Attributes:
        name: both tables.
        columns: the lines' columns, then the order's; a name that both have gets ``order`` before it.
        size: of the lines.
        notes: what was joined.
    """

    def __init__(self, pair: _Pair) -> None:
        self._pair = pair
        self.name = f"{pair.lines.name} with {pair.orders.name}"
        taken = {key(column) for column in pair.lines.columns}
        self._from_order = [column for column in pair.orders.columns if column != pair.order_key]
        renamed = [f"order {column}" if key(column) in taken else column for column in self._from_order]
        self.columns = (*pair.lines.columns, *renamed)
        self.size = pair.lines.size
        said = (
            f"{pair.lines.name} holds the lines, {pair.orders.name} the orders; they are joined on "
            f"'{pair.line_key}' = '{pair.order_key}'."
        )
        self.notes: tuple[str, ...] = (said,)
        self._orders: pa.Table | None = None

    def fingerprint(self) -> str:
        """A hash of both tables."""
        both = f"{self._pair.lines.fingerprint()}\n{self._pair.orders.fingerprint()}"
        return hashlib.sha256(both.encode()).hexdigest()

    def position(self) -> int:
        """How much of the lines has been read."""
        return self._pair.lines.position()

    def batches(self) -> Iterator[Batch]:
        """The lines in their order; a line whose order is not there has empty places."""
        orders = self._loaded()
        keys = orders.column(self._pair.order_key).combine_chunks()
        for batch in self._pair.lines.batches():
            own = clean_ids(as_text(batch.table.column(self._pair.line_key)))
            at = pc.index_in(own, value_set=keys)
            beside = [orders.column(column).combine_chunks().take(at) for column in self._from_order]
            table = pa.RecordBatch.from_arrays([*batch.table.columns, *beside], names=list(self.columns))
            yield Batch(batch.rows, table, batch.broken)

    def _loaded(self) -> pa.Table:
        if self._orders is None:
            self._orders = _as_table(self._pair.orders, self._pair.order_key)
        return self._orders


def join_pairs(sources: Sequence[Source]) -> list[tuple[Source, tuple[Source, ...]]]:
    """Sources with line tables and their order table joined; each with the sources that it is made of.

    Tables that tell of orders and products by themselves stay as they are.
    """
    if len(sources) < 2:
        return [(source, (source,)) for source in sources]
    roles = [_role(source) for source in sources]
    orders = [source for source, role in zip(sources, roles, strict=True) if role == "orders"]
    used: set[int] = set()
    made: dict[int, tuple[Source, tuple[Source, ...]]] = {}
    for place, (source, role) in enumerate(zip(sources, roles, strict=True)):
        pair = (
            next((found for order in orders if (found := _pair(order, source, whole=role != "lines"))), None)
            if role in ("lines", "complete")
            else None
        )
        if pair is not None:
            used.add(id(pair.orders))
            made[place] = (JoinedSource(pair), (source, pair.orders))
    return [
        made.get(place, (source, (source,))) for place, source in enumerate(sources) if id(source) not in used
    ]


def _role(source: Source) -> str:
    """``lines`` (orders and products), ``orders`` (no products), or nothing."""
    sure = {
        meaning
        for column in source.columns
        for meaning, score in column_scores(column, source.columns).items()
        if score >= SURE
    }
    names = {key(column) for column in source.columns}
    product = bool({"product_id", "product_name"} & sure)
    order = "order_id" in sure
    if order and product:
        return "lines" if "customer_id" not in sure else "complete"
    known = order or bool({"id", "number", "nummer", "incrementid"} & names)
    return "orders" if known and not product and {"customer_id", "ordered_at"} & sure else ""


def _pair(orders: Source, lines: Source, *, whole: bool) -> _Pair | None:
    """Which columns hold the order's number in both, if their values say so.

    Args:
        orders: the table of orders.
        lines: the table of lines.
        whole: the lines say who bought, so that a table with numbers of its own may be one of anything.
    """
    candidates = sorted(
        (
            (-score - (key(order_key) == key(line_key)), order_key, line_key)
            for line_key, line_score in _numbers(lines)
            for order_key, order_score in [*_numbers(orders), *([] if whole else _bare_ids(orders))]
            for score in [line_score + order_score]
        ),
    )
    if not candidates:
        return None
    head, beside = _head(lines), _head(orders)
    for _, order_key, line_key in candidates:
        own = pc.unique(clean_ids(as_text(head.column(line_key))).drop_null())
        keys = clean_ids(as_text(beside.column(order_key))).drop_null()
        if not len(own) or not len(keys) or pc.count_distinct(keys).as_py() < len(keys):
            continue
        met = pc.sum(pc.is_in(own, value_set=keys)).as_py() or 0
        back = pc.sum(pc.is_in(keys, value_set=own)).as_py() or 0
        # Of tables that are longer than what was looked at, the one may stop before the other.
        # Beside lines that are whole, a table of some of their orders is one of returns or of something else.
        if max(met / len(own), 0.0 if whole else back / len(keys)) >= _ENOUGH:
            return _Pair(orders, lines, order_key, line_key)
    return None


def _numbers(source: Source) -> list[tuple[str, float]]:
    scores = (
        (column, column_scores(column, source.columns).get("order_id", 0.0)) for column in source.columns
    )
    return [(column, score) for column, score in scores if score >= SURE]


def _bare_ids(source: Source) -> list[tuple[str, float]]:
    return [
        (column, 0.3)
        for column in source.columns
        if key(column) in {"id", "number", "nummer", "uuid", "entityid"}
    ]


def _head(source: Source) -> pa.RecordBatch:
    parts: list[pa.RecordBatch] = []
    for batch in source.batches():
        parts.append(batch.table)
        if sum(part.num_rows for part in parts) >= _LOOKED_AT:
            break
    if not parts:
        return pa.RecordBatch.from_pylist(
            [], schema=pa.schema([(name, pa.string()) for name in source.columns])
        )
    combined: Any = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return combined[0] if combined else parts[0]


def _as_table(source: Source, order_key: str) -> pa.Table:
    """All orders as text, the last word on each number."""
    tables = [
        pa.table({name: as_text(batch.table.column(name)) for name in source.columns})
        for batch in source.batches()
    ]
    table = pa.concat_tables(tables).combine_chunks()
    place = table.schema.get_field_index(order_key)
    keys = clean_ids(table.column(order_key).combine_chunks())
    table = table.set_column(place, order_key, keys)
    numbered = pa.table({"key": keys, "at": pa.array(range(len(keys)), pa.int64())})
    last = numbered.group_by("key").aggregate([("at", "max")])
    return table.take(last.column("at_max").combine_chunks())
