"""The engine on a real standalone cluster: a master and a worker on loopback."""

import pyarrow as pa
import pytest

from passend.engines.spark import SparkEngine
from passend.ports import Statement

pytestmark = pytest.mark.spark


@pytest.fixture
def engine(cluster_spark, tmp_path):
    opened = SparkEngine(cluster_spark, tmp_path)
    yield opened
    opened.close()


def test_a_step_runs_on_the_cluster(engine, tmp_path):
    engine.load("lines", pa.table({"order_id": ["1", "1", "2"], "quantity": [1.0, 2.0, 4.0]}))
    text = "select order_id, sum(quantity) as pieces from lines where quantity >= $least group by order_id"
    assert engine.create("orders", Statement("test/orders", text, {"least": 1})) == 2
    found = sorted(engine.fetch("orders").to_pylist(), key=lambda row: row["order_id"])
    assert found == [{"order_id": "1", "pieces": 3.0}, {"order_id": "2", "pieces": 4.0}]
    assert engine.write("orders", tmp_path / "out")


def test_the_work_is_done_by_the_worker(engine):
    executors = engine._session.sparkContext._jsc.sc().getExecutorMemoryStatus().size()
    assert executors == 2, "the driver and one executor"
