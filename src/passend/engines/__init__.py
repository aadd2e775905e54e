"""The engines: DuckDB by default, Spark for scale. The same ``.sql`` files run on both."""

from pathlib import Path
from typing import TYPE_CHECKING

from passend.engines.checks import check_columns, check_table
from passend.engines.sqltext import sql, sql_file, sql_files
from passend.errors import InvalidSetting
from passend.ports import Engine
from passend.settings import Settings

if TYPE_CHECKING:
    from passend.engines.duckdb import DuckDBEngine

__all__ = ["DuckDBEngine", "check_columns", "check_table", "open_engine", "sql", "sql_file", "sql_files"]


def open_engine(settings: Settings, scratch: Path | None = None) -> Engine:
    """The engine that the settings name.

    Args:
        settings: ``engine.name`` and the settings of that engine.
        scratch: a folder for temporary files; for a Spark cluster, one that all its machines see.
    """
    if settings.text("engine.name") == "duckdb":
        from passend.engines.duckdb import DuckDBEngine  # noqa: PLC0415 - a mistake in a call is told without it

        return DuckDBEngine(settings.whole("engine.memory_mb"), settings.whole("engine.threads"), scratch)
    if settings.text("engine.name") == "spark":
        from passend.engines.spark import SparkEngine  # noqa: PLC0415 - an extra, loaded where wanted

        return SparkEngine(
            settings.text("engine.spark_url"), scratch, settings.whole("engine.memory_mb") or 2000
        )
    raise InvalidSetting(f"There is no engine '{settings['engine.name']}'.", remedy="Use duckdb or spark.")


def __getattr__(name: str) -> object:
    """The engine of one machine, loaded where it is wanted."""
    if name != "DuckDBEngine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from passend.engines.duckdb import DuckDBEngine  # noqa: PLC0415 - as above

    return DuckDBEngine
