"""passend's own tables, given back: known by their columns, and read as what they are.

A workspace's ``orders`` and ``products`` have amounts in minor units, ``returns`` lacks the sign, and a plan's offers
look like orders to anybody who does not know them. Here they become columns that say so; the rest of the intake reads
them like any other file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput
from passend.intake.source import Batch, Source
from passend.intake.texts import as_text, emptied
from passend.tables.decisions import PLAN_OFFERS
from passend.tables.intake import ORDERS, PRODUCTS, RETURNS
from passend.tables.products import RELATION_EDITS
from passend.vocabulary import minor_units

Columns = dict[str, pa.Array]


class OwnSource:
    """A table of passend's own as the file that a firm would give.

    Attributes:
        name: as the file tells it.
        columns: those of the file that a firm would give.
        size: as the file tells it.
        as_table: what it is to be read as.
        note: what to say about it; may be empty.
    """

    def __init__(self, source: Source, own: "_Own") -> None:
        self._source, self._own = source, own
        self.name, self.size = source.name, source.size
        empty = _empty_at_first(source)
        self.columns = tuple(name for name in own.columns(source.columns) if name not in empty)
        self.as_table, self.note = own.as_table, own.note

    def fingerprint(self) -> str:
        """That of the file."""
        return self._source.fingerprint()

    def position(self) -> int:
        """How much of the file has been read."""
        return self._source.position()

    def batches(self) -> Iterator[Batch]:
        """The file's rows in the columns that a firm would give."""
        for batch in self._source.batches():
            given = dict(zip(self._source.columns, batch.table.columns, strict=True))
            made = self._own.made(given)
            table = pa.RecordBatch.from_arrays([made[name] for name in self.columns], list(self.columns))
            yield Batch(batch.rows, table, batch.broken)


def _empty_at_first(source: Source) -> set[str]:
    """Of the two ways in which passend's orders stand in time, the one that this firm does not have."""
    ways = {"ordered_at", "sequence"} & set(source.columns)
    table = next(iter(source.batches())).table
    empty = {
        name
        for name in ways
        if emptied(as_text(table.column(source.columns.index(name)))).null_count == len(table)
    }
    return empty if empty != ways else set()


@dataclass(frozen=True)
class _Own:
    """One of passend's tables: how it is known, what it is read as, and its columns."""

    known_by: frozenset[str]
    as_table: str
    make: Callable[[Columns], Columns]
    made_columns: tuple[str, ...]
    keeps: tuple[str, ...] = ()
    note: str = ""

    def columns(self, given: tuple[str, ...]) -> tuple[str, ...]:
        return (*self.made_columns, *(name for name in self.keeps if name in given))

    def made(self, given: Columns) -> Columns:
        return {**{name: given[name] for name in self.keeps if name in given}, **self.make(given)}


def own_table(source: Source) -> OwnSource | None:
    """The source as the file that a firm would give, where it is a table of passend's own; else nothing.

    Raises:
        InvalidInput: it is one that another command takes.
    """
    names = set(source.columns)
    if set(RELATION_EDITS.schema.names) <= names:
        raise InvalidInput(
            f"{source.name} holds people's word on products.",
            record=source.name,
            remedy="Take it with: passend products import FILE",
        )
    found = next((own for own in _TABLES if own.known_by <= names), None)
    return OwnSource(source, found) if found else None


def _orders(given: Columns) -> Columns:
    units = _units(given)
    amounts = {
        made: _divided(given[name], units)
        for made, name in (
            ("unit_price", "unit_price_cents"), ("discount", "discount_cents"), ("line_total", "revenue_cents"),
        )
    }  # fmt: skip
    return {name: given[name] for name in _ORDER_COLUMNS if name in given} | amounts


def _returns(given: Columns) -> Columns:
    """Pieces with a minus, under the number of the order that they came from."""
    pieces = _numbers(given["quantity"])
    order = emptied(as_text(given["order_id"]))
    back = pc.binary_join_element_wise(pa.scalar("C"), order, "")
    return {
        "order_id": pc.coalesce(back, as_text(given["return_id"])),
        "customer_id": given["customer_id"],
        "product_id": given["product_id"],
        "ordered_at": given["returned_at"],
        "quantity": pc.negate(pieces),
        "unit_price": pc.divide(_divided(given["amount_cents"], _units(given)), pieces),
        "discount": pa.repeat(pa.scalar(0.0), len(pieces)),
        "status": pa.repeat(pa.scalar("returned"), len(pieces)),
        "currency": given["currency"],
    }


def _products(given: Columns) -> Columns:
    units = _units(given)
    return {
        "product_id": given["product_id"],
        "product_name": given["name"],
        "unit_price": _divided(given["price_cents"], units),
        "unit_cost": _divided(given["unit_cost_cents"], units),
    }


def _offers(given: Columns) -> Columns:
    """A plan that was carried out: each offer a contact, those kept without offers held out."""
    plan = pc.binary_join_element_wise(pa.scalar("plan"), as_text(given["plan"]), " ")
    parts = (plan, as_text(given["customer_id"]), as_text(given["rank"]))
    count = len(given["customer_id"])
    chosen = pc.is_in(pc.utf8_lower(_texts(given["chosen"])), pa.array(["true", "1", "yes"]))
    told = emptied(as_text(given["outcome"])) if "outcome" in given else pa.nulls(count, pa.string())
    made = {
        "contact_id": pc.binary_join_element_wise(*parts, "/"),
        "customer_id": given["customer_id"],
        "happened_at": given["send_at"],
        "direction": pa.repeat(pa.scalar("out"), count),
        "channel": given["channel"],
        "purpose": pa.repeat(pa.scalar("offer"), count),
        "product_id": given["product_id"],
        "campaign": plan,
        "discount_share": given.get("discount_share", pa.nulls(count, pa.float64())),
        "probability": given["probability"],
        "outcome": pc.if_else(chosen, pc.fill_null(told, "sent"), "held-out"),
    }
    cost = (
        pc.round(_numbers(given["contact_cents"]))
        if "contact_cents" in given
        else pa.nulls(count, pa.float64())
    )
    return made | {"cost_cents": pc.if_else(chosen, cost, pa.scalar(None, pa.float64()))}


def _texts(column: pa.Array) -> pa.Array:
    return pc.cast(column, pa.string()) if pa.types.is_boolean(column.type) else as_text(column)


def _numbers(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        column = emptied(column)
    return pc.cast(column, pa.float64())


def _units(given: Columns) -> pa.Array:
    """Minor units of each row's currency."""
    coded = pc.dictionary_encode(emptied(as_text(given["currency"])))
    factors = pa.array([float(minor_units(code)) for code in coded.dictionary.to_pylist()], pa.float64())
    return pc.fill_null(factors.take(coded.indices), 100.0)


def _divided(cents: pa.Array, units: pa.Array) -> pa.Array:
    return pc.divide(_numbers(cents), units)


_ORDER_COLUMNS = (
    "order_id", "customer_id", "product_id", "ordered_at", "sequence", "quantity", "currency", "channel",
)  # fmt: skip
_RETURN_COLUMNS = (
    "order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price", "discount", "status", "currency",
)  # fmt: skip
_PRODUCT_COLUMNS = ("product_id", "product_name", "unit_price", "unit_cost")
_OFFER_COLUMNS = (
    "contact_id", "customer_id", "happened_at", "direction", "channel", "purpose", "product_id", "campaign",
    "discount_share", "probability", "outcome", "cost_cents",
)  # fmt: skip
_TABLES = (
    _Own(
        frozenset(ORDERS.schema.names), "orders", _orders, (*_ORDER_COLUMNS, "unit_price", "discount", "line_total"),
        note="these are passend's own orders; those that other files gave stay as they are. What came back stands in "
        "its table of returns: give that, too.",
    ),
    _Own(frozenset(RETURNS.schema.names) - {"is_on_sale_row"}, "orders", _returns, _RETURN_COLUMNS),
    _Own(
        frozenset(PRODUCTS.schema.names), "products", _products, _PRODUCT_COLUMNS,
        keeps=("category", "currency", "kind", "is_active", "attributes", "stock"),
    ),
    _Own(
        frozenset(PLAN_OFFERS.schema.names) - {"value_cents"}, "contacts", _offers, _OFFER_COLUMNS,
        note="a plan's offers are taken as contacts that were made; say what came of them in a column 'outcome'.",
    ),
)  # fmt: skip
