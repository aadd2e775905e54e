from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from passend.engines import DuckDBEngine
from passend.ports import Engine, Statement
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


def test_a_table_that_will_be_stored_is_made_in_its_file_and_sorted_once(tmp_path: Path) -> None:
    engine = DuckDBEngine(scratch=tmp_path / "scratch")
    engine.load("a", pa.table({"customer_id": ["K3", "K1", "K2"], "rank": [1, 2, 3]}))
    text = Statement("t", "select customer_id, rank + $more as rank -- in no order\nfrom a", {"more": 10})
    assert engine.create("b", text, ["customer_id"]) == 3
    (made,) = (tmp_path / "scratch").glob("*/b.parquet")
    (file,) = engine.write("b", tmp_path / "out", ["customer_id"])
    assert made.samefile(file)
    stored = pq.ParquetFile(file).read()
    assert stored.to_pydict() == {"customer_id": ["K1", "K2", "K3"], "rank": [12, 13, 11]}
    (other,) = engine.write("b", tmp_path / "other", ["rank"])
    assert pq.ParquetFile(other).read()["rank"].to_pylist() == [11, 12, 13]
    engine.drop("b")
    assert not made.exists()
    assert file.exists()
    engine.close()
