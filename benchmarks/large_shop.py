"""A shop of any size, laid out for serving: products with relations, customers with orders and next products."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from passend.flow.serving.stocking import lay_out
from passend.tables import contract
from passend.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Relations of each type that a product has, next products of a customer, and lines of one order of a customer.
COMPLEMENTS, OTHERS, NEXT, LINES = 10, 3, 5, 4
#: Products of one category.
CATEGORY = 50
SALT = "a salt of the benchmark's own"
_TYPES = {"complement": COMPLEMENTS, "substitute": OTHERS, "upgrade": OTHERS}
#: Every table is written in parts of so many rows.
_ROWS = 1_000_000
_HARMLESS = {"text": "x", "whole": 1, "number": 1.0, "flag": False, "time": datetime(2026, 1, 1)}
_PRODUCT = """
select 'P' || n as product_id, 'Product ' || n as name, 'C' || (n // {category}) as category,
    500 + n % 9000 as price_cents, 'EUR' as currency, 'good' as kind, n % 50 > 0 as is_active, 1 as orders
from range({products}) t(n)
"""
_RELATION = """
select 'P' || n as product_id, 'P' || ((n * 7 + k * k * 31 + {number}) % {products}) as other_id, '{type}' as type,
    k as rank, 2.0 as strength, 1.5 as low, 2.5 as high, 40 as support, 10.0 as expected, 100 as base, .4 as share,
    20.0 as likelihood_ratio, 'orders' as evidence, false as is_pinned, 'often bought together' as reason
from range({products}) t(n), range(1, {count} + 1) u(k)
"""
_NEXT = """
select 'K' || n as customer_id, k as rank, 'P' || ((n * 13 + k * 7919) % {products}) as product_id, 1.0 / k as score,
    'next' as type, 'P' || (n % {products}) as because_of, 'bought after it by 41 of 120' as reason
from range({customers}) t(n), range(1, {next} + 1) u(k)
"""
_ORDER = """
select 'O' || n as order_id, k as line, 'K' || n as customer_id,
    'P' || (cast(pow((hash(n * 31 + k) % 1000003) / 1000003.0, 2) * {products} as bigint) % {products}) as product_id,
    timestamp '2026-01-01' + to_seconds(n % 20000000) as ordered_at, 1.0 as quantity, 0.0 as returned_quantity,
    0 as discount_cents, false as is_gift
from range({customers}) t(n), range(1, {lines} + 1) u(k)
"""
_VERDICT = """
select 'K' || n as customer_id, case when n % 10 = 0 then 'leave alone' else 'offer' end as verdict,
    'offer' as treatment, 0.0 as returned_share, false as is_by_person, 'of the benchmark' as reason
from range({customers}) t(n)
"""


def large_shop(folder: Path, customers: int, products: int) -> Workspace:
    """The workspace, laid out; what is there already is left as it is."""
    workspace = Workspace(folder)
    if not workspace.has("products"):
        (folder / "settings.toml").write_text(
            f'[decisions]\nsalt = "{SALT}"\n[serve]\nvisitor_calls_per_minute = 1000000000\n'
            "key_calls_per_minute = 1000000000\n",
            "utf-8",
        )
        workspace = Workspace(folder)
        with workspace.change("a large shop") as change, workspace.engine() as engine:
            for name, text in _tables(customers, products):
                engine.load(name, as_contract(name, text))
                change.write(engine, name)
    lay_out(workspace)
    return workspace


def renamed(workspace: Workspace, word: str) -> None:
    """Another state of the workspace: every product has a new name."""
    products = workspace.read("products")
    names = pa.array([f"{word} {n}" for n in range(products.num_rows)])
    place = products.schema.get_field_index("name")
    with workspace.change("names") as change, workspace.engine() as engine:
        engine.load("products", products.set_column(place, products.schema.field("name"), names))
        change.write(engine, "products")


def _tables(customers: int, products: int) -> Iterator[tuple[str, str]]:
    size = {
        "customers": customers, "products": products, "category": CATEGORY, "next": NEXT, "lines": LINES
    }  # fmt: skip
    yield "products", _PRODUCT.format(**size)
    kinds = [
        _RELATION.format(**size, type=kind, count=count, number=number)
        for number, (kind, count) in enumerate(_TYPES.items(), start=1)
    ]
    yield (
        "relations",
        "select distinct on (product_id, other_id, type) * from (" + " union all ".join(kinds) + ")",
    )
    yield "recommendations", _NEXT.format(**size)
    yield "orders", _ORDER.format(**size)
    yield "verdicts", _VERDICT.format(**size)


def shop_of(folder: Path, orders: pa.Table, products: pa.Table) -> Workspace:
    """A workspace of these orders and products, not laid out; columns that they lack take a harmless value."""
    workspace = Workspace(folder)
    with workspace.change("a shop") as change, workspace.engine() as engine:
        for name, table in (("products", products), ("orders", orders)):
            engine.load(name, _completed(name, table, _HARMLESS))
            change.write(engine, name)
    return workspace


def as_contract(name: str, text: str, *, is_filled: bool = False) -> pa.Table:
    """What a query gives, with all columns of the contract; those that it does not name are missing, or harmless."""
    with duckdb.connect() as connection:
        return _completed(name, connection.sql(text).to_arrow_table(), _HARMLESS if is_filled else {})


def _completed(name: str, table: pa.Table, harmless: dict[str, Any]) -> pa.Table:
    made = contract(name)
    columns = []
    for column, one in zip(made.columns, made.schema, strict=True):
        if one.name in table.column_names:
            columns.append(table[one.name].cast(one.type))
        elif column.required and harmless:
            columns.append(pa.repeat(pa.scalar(harmless[column.type], one.type), table.num_rows))
        else:
            columns.append(pa.nulls(table.num_rows, one.type))
    return pa.table(columns, schema=made.schema)
