from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from passend.engines import DuckDBEngine
from passend.ports import Engine
from passend.testing.engine_suite import EngineSuite


class TestDuckDB(EngineSuite):
    def open_engine(self, scratch: Path) -> Engine:
        return DuckDBEngine(scratch=scratch)


def test_rows_lie_in_order_and_a_value_is_in_one_part_of_the_file(tmp_path: Path) -> None:
    numbers = [f"K{(n * 7919) % 100_000:05d}" for n in range(100_000)]
    engine = DuckDBEngine(scratch=tmp_path)
    engine.load("a", pa.table({"customer_id": numbers, "rank": range(100_000)}))
    (file,) = engine.write("a", tmp_path / "out", ["customer_id"])
    engine.close()
    stored = pq.ParquetFile(file)
    assert stored.read()["customer_id"].to_pylist() == sorted(numbers)
    reach = [stored.metadata.row_group(n).column(0).statistics for n in range(stored.num_row_groups)]
    assert len(reach) > 1
    assert sum(one.min <= "K54321" <= one.max for one in reach) == 1
