"""The engines: DuckDB by default, Spark for scale. The same ``.sql`` files run on both."""

from pathlib import Path

from passend.engines.checks import check_columns, check_table
from passend.engines.duckdb import DuckDBEngine
from passend.engines.sqltext import sql, sql_file, sql_files
from passend.errors import InvalidSetting
from passend.ports import Engine
from passend.settings import Settings

__all__ = ["DuckDBEngine", "check_columns", "check_table", "open_engine", "sql", "sql_file", "sql_files"]


def open_engine(settings: Settings, scratch: Path | None = None) -> Engine:
    """The engine that the settings name.

    Args:
        settings: ``engine.name`` and the settings of that engine.
        scratch: a folder for temporary files; for a Spark cluster, one that all its machines see.
    """
    if settings.text("engine.name") == "duckdb":
        return DuckDBEngine(settings.whole("engine.memory_mb"), settings.whole("engine.threads"), scratch)
    if settings.text("engine.name") == "spark":
        from passend.engines.spark import SparkEngine  # noqa: PLC0415 - an extra, loaded where wanted

        return SparkEngine(
            settings.text("engine.spark_url"), scratch, settings.whole("engine.memory_mb") or 2000
        )
    raise InvalidSetting(f"There is no engine '{settings['engine.name']}'.", remedy="Use duckdb or spark.")
