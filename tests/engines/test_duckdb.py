from pathlib import Path

from passend.engines import DuckDBEngine
from passend.ports import Engine
from passend.testing.engine_suite import EngineSuite


class TestDuckDB(EngineSuite):
    def open_engine(self, scratch: Path) -> Engine:
        return DuckDBEngine(scratch=scratch)
