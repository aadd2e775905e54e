"""Small worlds with known truth, as contract tables."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from passend.engines import DuckDBEngine
from passend.flow.deciding import Deciding
from passend.flow.importing import rebuild_orders
from passend.flow.steps import run_steps, statement, steps_of
from passend.ports import Engine, Silence
from passend.settings import Settings
from passend.tables import contract
from passend.workspace import OPTIONAL

START = datetime(2024, 1, 1)


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of a contract table; columns that are not named take a harmless value."""
    made = contract(name)
    defaults = {
        "text": "x",
        "whole": 1,
        "number": 1.0,
        "time": START,
        "flag": False,
    }
    full = [
        {
            column.name: row.get(column.name, defaults[column.type] if column.required else None)
            for column in made.columns
        }
        for row in rows
    ]
    return pa.Table.from_pylist(full, schema=made.schema)


def lines(rows: Iterable[Mapping[str, Any]], source_id: str = "s1") -> pa.Table:
    """Lines of one source, numbered as in a file with a header."""
    base = {
        "source_id": source_id,
        "source": "orders.csv",
        "unit_price": 5.0,
        "ordered_at": START,
        "is_cancelled": False,
    }
    return table("lines", [{**base, "row": place, **row} for place, row in enumerate(rows, start=2)])


def imports(*, counts_pieces: bool = False, source_id: str = "s1") -> pa.Table:
    """The note of one import."""
    return table("imports", [{"source_id": source_id, "counts_pieces": counts_pieces, "imported_at": START}])


def intake(rows: Iterable[Mapping[str, Any]], settings: Settings | None = None, **options: Any) -> Engine:
    """An engine that holds orders, returns, products and quarantine made of these lines."""
    engine = DuckDBEngine()
    engine.load("lines", lines(rows))
    engine.load("imports", imports(**options))
    engine.load("product_list", contract("product_list").empty())
    for name in ("compatibility", *OPTIONAL):
        engine.load(name, contract(name).empty())
    rebuild_orders(settings or Settings(), engine, Silence())
    return engine


def rows_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    """A table of the engine as dictionaries."""
    return engine.fetch(name).to_pylist()


def compute(engine: Engine, room: str, *names: str, settings: Settings | None = None) -> None:
    """Run some steps of a room."""
    for name in names:
        engine.create(name, statement(room, name, settings or Settings()))


def plan(engine: Engine, settings: Settings | None = None, how: Deciding | None = None) -> None:
    """Run all steps after the intake."""
    run_steps(engine, steps_of("products", "customers", "decisions"), settings or Settings(), Silence(), how)


def baskets(
    seed: int,
    *,
    orders: int = 2000,
    products: int = 40,
    planted: Iterable[tuple[int, int, float]] = (),
    mean_size: float = 3.0,
) -> list[dict[str, Any]]:
    """Order lines with popularity falling by rank, sizes that vary much, and planted pairs.

    Args:
        planted: (a, b, chance): an order with a gets b with this chance.
    """
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, products + 1) ** 0.7
    weights /= weights.sum()
    rows = []
    for order in range(orders):
        size = 1 + random.poisson(mean_size * random.gamma(2, 0.5))
        chosen = set(random.choice(products, size=min(size, products), replace=False, p=weights).tolist())
        for a, b, chance in planted:
            if a in chosen and random.random() < chance:
                chosen.add(b)
        when = START + timedelta(days=int(random.integers(0, 365)))
        customer = f"c{random.integers(0, orders // 4)}"
        rows.extend(
            {
                "order_id": f"o{order}",
                "customer_id": customer,
                "product_id": f"p{product:03d}",
                "product_name": f"Product {product}",
                "ordered_at": when,
                "quantity": 1.0,
            }
            for product in sorted(chosen)
        )
    return rows
