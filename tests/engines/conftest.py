"""The engines that several tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from passend.engines import DuckDBEngine
from passend.ports import Engine


@pytest.fixture(scope="session")
def spark_ends() -> Iterator[None]:
    """Ends Spark after the last test."""
    yield
    from tests.engines.sparks import SPARKS

    SPARKS.end()


@pytest.fixture
def local_spark(spark_ends: None) -> str:
    """The address of Spark on this machine, started once for all tests."""
    from tests.engines.sparks import SPARKS

    return SPARKS.local()


@pytest.fixture
def cluster_spark(spark_ends: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a standalone cluster on loopback, started once for all tests."""
    from tests.engines.sparks import SPARKS

    return SPARKS.cluster(tmp_path_factory.getbasetemp() / "cluster")


@pytest.fixture
def both(local_spark: str, tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """DuckDB and Spark side by side."""
    from passend.engines.spark import SparkEngine

    duckdb, spark = DuckDBEngine(scratch=tmp_path / "duckdb"), SparkEngine(local_spark, tmp_path / "spark")
    yield duckdb, spark
    duckdb.close()
    spark.close()
