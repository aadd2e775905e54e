"""The main job gives the same tables on a real standalone Spark cluster as on DuckDB."""

import math
from datetime import timedelta

import pyarrow as pa
import pytest

from passend.flow import ImportRequest, export_offers, import_sources, make_plan, write_report
from passend.flow.steps import STEPS
from passend.market.sample import write_sample
from passend.ports import Silence
from passend.tables import contract
from passend.workspace import Workspace

pytestmark = pytest.mark.spark

#: Sums of fractions differ by the order of adding; everything else is equal to the letter.
RELATIVE = 1e-9


@pytest.fixture
def pair(cluster_spark, tmp_path):
    file = tmp_path / "orders.csv"
    write_sample(file, customers=250, seed=6)
    places = {}
    for engine in ("duckdb", "spark"):
        overrides = [f"engine.name={engine}", f"engine.spark_url={cluster_spark}", "products.min_together=3",
                     "decisions.spread_offers=0"]  # fmt: skip
        place = Workspace(tmp_path / engine, overrides)
        import_sources(place, [ImportRequest(file)], Silence())
        _contact(place)
        make_plan(place, Silence())
        export_offers(place, Silence())
        assert write_report(place, Silence()).exists()
        assert "learned from" in place.read("learned_effects")["basis"][0].as_py()
        places[engine] = place
    return places


def _contact(place):
    """Offers by lot: some two days before what was bought, some of anything, every fourth held back."""
    keys = [("order_id", "ascending"), ("line", "ascending")]
    orders = place.read("orders").sort_by(keys).to_pylist()
    known = [row for row in orders if row["customer_id"] and row["ordered_at"]]
    rows = [
        {
            "contact_id": f"k{number}", "customer_id": row["customer_id"], "direction": "out", "purpose": "offer",
            "happened_at": row["ordered_at"] - timedelta(days=2), "channel": "email" if number % 3 else "onsite",
            "product_id": (row if number % 5 else known[-number])["product_id"], "probability": 0.5,
            "outcome": "unsubscribe" if number % 41 == 0 else "none",
        }
        for number, row in enumerate(known) if number % 2
    ]  # fmt: skip
    rows += [{**row, "contact_id": f"h{row['contact_id']}", "outcome": "held-out",
              "happened_at": row["happened_at"] - timedelta(days=9)} for row in rows[::3]]  # fmt: skip
    with place.change("contacts") as change, place.engine() as engine:
        engine.load("contacts", pa.Table.from_pylist(rows, schema=contract("contacts").schema))
        change.write(engine, "contacts")


def _equal(one: object, two: object) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=RELATIVE, abs_tol=1e-12)
    return one == two


#: Tables that stay empty where the firm gives nothing but sound orders, and contacts.
EMPTY = {"quarantine", "misfits", "limits"}


def test_the_tables_are_the_same(pair):
    kept = [step.table for step in STEPS if step.kept]
    for table in [*kept, "lines"]:
        one, two = (pair[engine].read(table) for engine in ("duckdb", "spark"))
        assert one.num_rows == two.num_rows, table
        assert one.num_rows > 0 or table in EMPTY, table
        order = [(name, "ascending") for name in one.schema.names if name != "imported_at"]
        keys = [key for key in order if str(one.schema.field(key[0]).type) != "double"]
        for row, other in zip(one.sort_by(keys).to_pylist(), two.sort_by(keys).to_pylist(), strict=True):
            for name, value in row.items():
                assert _equal(value, other[name]), (table, name, row, other)
