"""Planted shops from the benchmarks' generator, computed once for several tests."""

from functools import cache

from benchmarks.planted_relations import Shop, World, make
from passend.engines import DuckDBEngine
from passend.flow.steps import run_steps, steps_until_relations
from passend.ports import Engine, Silence
from passend.settings import Settings
from passend.tables import contract
from passend.tables.firm import FIRM_TABLES


def relate(world: World, edits=None, settings: Settings | None = None) -> Engine:
    """An engine that holds the relations of a planted shop."""
    engine = DuckDBEngine()
    engine.load("orders", world.orders)
    engine.load("products", world.products)
    engine.load("relation_edits", edits or contract("relation_edits").empty())
    for made in (*FIRM_TABLES, contract("compatibility")):
        engine.load(made.name, made.empty())
    run_steps(engine, steps_until_relations(), settings or Settings(), Silence())
    return engine


@cache
def shop(seed: int = 1, **options: object) -> tuple[World, list[dict]]:
    """A planted shop and its measured relations."""
    world = make(Shop(seed, **options))
    rows = relate(world).fetch("relations").to_pylist()
    return world, [row for row in rows if row["evidence"] != "neighbours"]
