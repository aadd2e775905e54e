"""The main job gives the same tables on a real standalone Spark cluster as on DuckDB."""

import math

import pytest

from passend.flow import ImportRequest, export_offers, import_sources, make_plan, write_report
from passend.flow.steps import STEPS
from passend.market.sample import write_sample
from passend.ports import Silence
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
        overrides = [f"engine.name={engine}", f"engine.spark_url={cluster_spark}", "products.min_together=3"]
        place = Workspace(tmp_path / engine, overrides)
        import_sources(place, [ImportRequest(file)], Silence())
        make_plan(place, Silence())
        export_offers(place, Silence())
        assert write_report(place, Silence()).exists()
        places[engine] = place
    return places


def _equal(one: object, two: object) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=RELATIVE, abs_tol=1e-12)
    return one == two


#: Tables that stay empty where the firm gives nothing but sound orders.
EMPTY = {"quarantine", "misfits", "limits", "customer_channels", "offer_effects", "learned_effects"}


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
