"""The suite with which an engine proves itself: inherit it and say how the engine is opened.

class TestMyEngine(EngineSuite):
    def open_engine(self, scratch: Path) -> Engine:
        return MyEngine(scratch)
"""

# ruff: noqa: D102, S101 - a suite of tests asserts, and its names say what it tries

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from passend.errors import EngineError
from passend.ports import Engine, Statement

ROWS: list[dict[str, Any]] = [
    {
        "text": "Ärger & 'Söhne'",
        "whole": 1,
        "number": 0.1,
        "time": datetime(2024, 3, 31, 2, 30),
        "flag": True,
    },
    {
        "text": '😀 \\ " \n\t',
        "whole": -(2**63),
        "number": -1e300,
        "time": datetime(1900, 1, 1),
        "flag": False,
    },
    {
        "text": "",
        "whole": 2**63 - 1,
        "number": 5e-324,
        "time": datetime(2100, 1, 1, 0, 0, 0, 1),
        "flag": True,
    },
    {"text": None, "whole": None, "number": None, "time": None, "flag": None},
]
SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("whole", pa.int64()),
        ("number", pa.float64()),
        ("time", pa.timestamp("us")),
        ("flag", pa.bool_()),
    ]
)


def given() -> pa.Table:
    """A small table with every type of the contracts and their extreme values."""
    return pa.Table.from_pylist(ROWS, schema=SCHEMA)


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows in an order of their own: engines keep none."""
    return sorted(table.to_pylist(), key=lambda row: [(value is None, value) for value in row.values()])


class EngineSuite:
    """What every engine must do. Rows have no order; types and values are exactly those of the contracts."""

    def open_engine(self, scratch: Path) -> Engine:
        """The engine on trial, its temporary files in a folder."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        """The engine, closed afterwards. Its folder has a name that trips the careless."""
        engine = self.open_engine(tmp_path / "scratch [ü] {1} 'x' %20")
        yield engine
        engine.close()

    def test_it_has_a_name(self, engine: Engine) -> None:
        assert engine.name

    def test_what_is_loaded_is_fetched(self, engine: Engine) -> None:
        engine.load("a", given())
        assert engine.fetch("a").schema == SCHEMA
        assert rows(engine.fetch("a")) == rows(given())

    def test_a_second_load_replaces_the_first(self, engine: Engine) -> None:
        engine.load("a", given())
        engine.load("a", pa.table({"x": [1]}))
        assert engine.fetch("a").to_pylist() == [{"x": 1}]

    def test_parquet_files_are_loaded_together_and_left_alone(self, engine: Engine, tmp_path: Path) -> None:
        files = [tmp_path / f"part {number} [ä].parquet" for number in range(2)]
        for file in files:
            pq.write_table(given(), file)
        engine.load("a", files)
        assert engine.create("b", Statement("test/b", "select * from a")) == 2 * len(ROWS)
        engine.drop("a")
        assert [pq.read_table(file).num_rows for file in files] == [len(ROWS)] * 2

    def test_encoded_text_is_text(self, engine: Engine) -> None:
        texts = pa.array(["a", None, "a"])
        engine.load("a", pa.table({"x": texts.dictionary_encode(), "y": texts.cast(pa.large_string())}))
        engine.create("b", Statement("test/b", "select x, y || '!' as y from a where x = 'a'"))
        assert engine.fetch("b").to_pylist() == [{"x": "a", "y": "a!"}] * 2

    def test_create_counts_and_keeps(self, engine: Engine) -> None:
        engine.load("a", given())
        assert engine.create("b", Statement("test/b", "select * from a where flag")) == 2
        assert engine.create("c", Statement("test/c", "select whole from b")) == 2
        assert rows(engine.fetch("c")) == [{"whole": 1}, {"whole": 2**63 - 1}]

    def test_types_and_values_survive_a_step(self, engine: Engine) -> None:
        engine.load("a", given())
        engine.create("b", Statement("test/b", "select * from a"))
        assert engine.fetch("b").schema == SCHEMA
        assert rows(engine.fetch("b")) == rows(given())

    def test_create_replaces_and_later_steps_see_it(self, engine: Engine) -> None:
        engine.load("a", pa.table({"x": [1, 2, 3]}))
        engine.create("b", Statement("test/b", "select x from a"))
        engine.load("a", pa.table({"x": [4]}))
        assert rows(engine.fetch("b")) == [{"x": 1}, {"x": 2}, {"x": 3}]
        engine.create("b", Statement("test/b", "select x from a"))
        assert engine.fetch("b").to_pylist() == [{"x": 4}]

    @pytest.mark.parametrize(
        "value", ["O'Brien \\n $x :y 😀", "", 0, -5, 2**53 + 1, 0.1, 1e300, True, False, None], ids=repr
    )
    def test_parameters_arrive_as_they_are(self, engine: Engine, value: str | float | bool | None) -> None:
        text = "select $given as came, $given is null as is_empty"
        engine.create("a", Statement("test/a", text, {"given": value}))
        came = engine.fetch("a").to_pylist()[0]
        assert (came["came"], type(came["came"])) == (value, type(value))
        assert came["is_empty"] is (value is None)

    def test_a_parameter_that_is_missing_is_an_error(self, engine: Engine) -> None:
        with pytest.raises(EngineError, match="test/a"):
            engine.create("a", Statement("test/a", "select $nothing as x"))

    def test_special_numbers(self, engine: Engine) -> None:
        engine.load("a", pa.table({"x": [math.inf, -math.inf, math.nan]}))
        engine.create("b", Statement("test/b", "select x from a"))
        found = engine.fetch("b")["x"].to_pylist()
        assert sorted(map(str, found)) == ["-inf", "inf", "nan"]

    def test_times_are_naive_and_exact(self, engine: Engine) -> None:
        engine.load("a", given())
        text = "select time + interval 1 day as later, time < timestamp '1950-01-01' as is_old from a"
        engine.create("b", Statement("test/b", text))
        assert engine.fetch("b").schema.field("later").type == pa.timestamp("us")
        assert {"later": datetime(2024, 4, 1, 2, 30), "is_old": False} in engine.fetch("b").to_pylist()
        assert {"later": datetime(1900, 1, 2), "is_old": True} in engine.fetch("b").to_pylist()

    def test_empty_tables_keep_their_columns(self, engine: Engine, tmp_path: Path) -> None:
        engine.load("a", SCHEMA.empty_table())
        assert engine.create("b", Statement("test/b", "select * from a")) == 0
        assert engine.fetch("b").schema == SCHEMA
        files = engine.write("b", tmp_path / "out")
        assert pq.ParquetDataset(files).read().schema.names == SCHEMA.names

    def test_fetch_stops_at_the_limit(self, engine: Engine) -> None:
        engine.load("a", pa.table({"x": list(range(1000))}))
        assert [engine.fetch("a", limit).num_rows for limit in (0, 7, 5000)] == [0, 7, 1000]
        assert engine.fetch("a", 0).schema.names == ["x"]

    def test_written_files_hold_the_rows(self, engine: Engine, tmp_path: Path) -> None:
        engine.load("a", given())
        engine.create("b", Statement("test/b", "select * from a"))
        for name in ("b", "a"):
            files = engine.write(name, tmp_path / "new" / f"{name} [x]")
            assert sorted(files) == sorted((tmp_path / "new" / f"{name} [x]").iterdir())
            found = pa.concat_tables(pq.ParquetFile(file).read() for file in files)
            assert found.schema.equals(SCHEMA)
            assert rows(found) == rows(given())

    def test_an_order_loses_no_row(self, engine: Engine, tmp_path: Path) -> None:
        engine.load("a", given())
        files = engine.write("a", tmp_path / "out", SCHEMA.names[:2])
        found = pa.concat_tables(pq.ParquetFile(file).read() for file in files)
        assert found.schema.equals(SCHEMA)
        assert rows(found) == rows(given())

    def test_written_files_can_be_loaded(self, engine: Engine, tmp_path: Path) -> None:
        engine.load("a", given())
        engine.load("b", engine.write("a", tmp_path / "out"))
        assert rows(engine.fetch("b")) == rows(given())

    def test_drop_forgets(self, engine: Engine) -> None:
        engine.drop("never there")
        engine.load("a", given())
        engine.drop("a")
        with pytest.raises(EngineError):
            engine.fetch("a")

    @pytest.mark.parametrize(
        "text",
        [
            "select nothing from a",
            "select x from nowhere",
            "select x from",
            "select cast(s as bigint) as y from a",
            "select x + 9223372036854775807 as y from a",
        ],
    )
    def test_errors_name_the_step_in_one_line(self, engine: Engine, text: str) -> None:
        engine.load("a", pa.table({"x": [1], "s": ["one"]}))
        with pytest.raises(EngineError) as caught:
            engine.create("b", Statement("test/b", text))
        assert "test/b" in str(caught.value)
        assert "\n" not in caught.value.what
        assert "\tat " not in str(caught.value)
        assert engine.create("b", Statement("test/b", "select x from a")) == 1

    def test_unknown_tables_are_errors(self, engine: Engine, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="nowhere"):
            engine.fetch("nowhere")
        with pytest.raises(EngineError, match="nowhere"):
            engine.write("nowhere", tmp_path / "out")
        with pytest.raises(EngineError, match="lost"):
            engine.load("lost", [tmp_path / "no such file.parquet"])

    def test_engines_do_not_see_each_other(self, engine: Engine, tmp_path: Path) -> None:
        other = self.open_engine(tmp_path / "other")
        engine.load("a", given())
        with pytest.raises(EngineError):
            other.fetch("a")
        other.close()
        assert engine.fetch("a").num_rows == len(ROWS)

    def test_close_leaves_nothing(self, tmp_path: Path) -> None:
        engine = self.open_engine(tmp_path / "scratch")
        engine.load("a", given())
        engine.create("b", Statement("test/b", "select * from a"))
        engine.close()
        assert list((tmp_path / "scratch").iterdir()) == []
