"""A source is opened by what it is: names lie, and a wrong path gets a hint."""

import gzip
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from passend.errors import InvalidInput, UnreadableFile
from passend.intake.csv_source import CsvSource
from passend.intake.opening import open_frame, open_source
from passend.intake.parquet import ParquetSource
from tests.intake.reading import read_all, written

TEXT = "order,product,price\nA1,mug,2\nA2,cup,3\n"
TABLE = pa.table({"order": ["A1", "A2"], "product": ["mug", None], "price": [2.5, 3.0]})
ROWS = [("A1", "mug", 2.5), ("A2", None, 3.0)]


@pytest.mark.parametrize(
    "name", ["orders.csv", "orders.txt", "orders", "orders.xls", "orders.parquet", "orders.gz"]
)
def test_text_under_any_name(tmp_path, name):
    source = open_source(str(written(tmp_path, TEXT, name)))
    assert isinstance(source, CsvSource)
    assert source.name == name
    assert read_all(source).rows == [2, 3]


def test_gzip_under_any_name(tmp_path):
    content = gzip.compress(TEXT.encode("utf-16"))
    assert read_all(open_source(written(tmp_path, content, "orders.csv"))).columns == (
        "order",
        "product",
        "price",
    )


def test_parquet_under_any_name(tmp_path):
    pq.write_table(TABLE, tmp_path / "orders.csv", row_group_size=1)
    source = open_source(tmp_path / "orders.csv")
    assert isinstance(source, ParquetSource)
    found = read_all(source)
    assert (found.rows, found.records) == ([1, 2], ROWS)
    assert source.position() == source.size == 2


def test_parquet_without_rows(tmp_path):
    pq.write_table(TABLE.slice(0, 0), tmp_path / "orders.parquet")
    with pytest.raises(UnreadableFile, match="no rows"):
        open_source(tmp_path / "orders.parquet")


def test_same_bytes_same_fingerprint(tmp_path):
    first, second = written(tmp_path, TEXT, "a.csv"), written(tmp_path, TEXT, "b.csv")
    third = written(tmp_path, TEXT + "A3,x,1\n", "c.csv")
    prints = [open_source(path).fingerprint() for path in (first, second, third)]
    assert prints[0] == prints[1] != prints[2]


def test_a_missing_file_gets_near_names(tmp_path):
    written(tmp_path, TEXT, "Orders_2024.csv")
    with pytest.raises(UnreadableFile) as caught:
        open_source(tmp_path / "order_2024.csv")
    assert "Orders_2024.csv" in caught.value.remedy


def test_a_missing_folder(tmp_path):
    with pytest.raises(UnreadableFile, match="no folder"):
        open_source(tmp_path / "nowhere" / "orders.csv")


def test_a_folder_lists_its_tables(tmp_path):
    written(tmp_path, TEXT)
    with pytest.raises(UnreadableFile, match="folder") as caught:
        open_source(tmp_path)
    assert "orders.csv" in caught.value.remedy


@pytest.mark.parametrize("spec", ["", "\0", "x" * 5000, "orders\n.csv"])
def test_impossible_paths(tmp_path, monkeypatch, spec):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableFile):
        open_source(spec)


def test_no_regular_file():
    if not Path("/dev/null").exists():
        pytest.skip("this system has no device files")
    with pytest.raises(UnreadableFile, match="regular"):
        open_source("/dev/null")


def test_no_permission(tmp_path, monkeypatch):
    path = written(tmp_path, TEXT)
    real = Path.open

    def refuse(self, *args, **kwargs):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFile, match="permission") as caught:
        open_source(path)
    assert caught.value.remedy


def test_a_file_that_goes_away_while_reading(tmp_path):
    source = open_source(written(tmp_path, TEXT))
    (tmp_path / "orders.csv").unlink()
    for use in (source.fingerprint, lambda: read_all(source)):
        with pytest.raises(UnreadableFile):
            use()


def test_options_that_do_not_apply(tmp_path):
    path = written(tmp_path, TEXT)
    for options in (
        {"table": "t"},
        {"query": "SELECT 1"},
        {"sheet": "s"},
        {"table": "t", "query": "SELECT 1"},
    ):
        with pytest.raises(InvalidInput):
            open_source(path, **options)


def test_addresses_in_the_net_are_refused():
    with pytest.raises(InvalidInput, match="net"):
        open_source("https://example.com/orders.csv")


def relation() -> duckdb.DuckDBPyRelation:
    values = "(VALUES ('A1', 'mug', 2.5::DOUBLE), ('A2', NULL, 3))"
    return duckdb.connect().sql(f'SELECT * FROM {values} t("order", product, price)')


FRAMES = {
    "pyarrow": lambda: TABLE,
    "reader": TABLE.to_reader,
    "batch": lambda: TABLE.to_batches()[0],
    "chunks": lambda: pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]),
    "large": lambda: TABLE.set_column(0, "order", TABLE["order"].cast(pa.large_string())),
    "categories": lambda: TABLE.set_column(0, "order", TABLE["order"].dictionary_encode()),
    "polars": lambda: pl.from_arrow(TABLE),
    "pandas": TABLE.to_pandas,
    "pandas, indexed": lambda: TABLE.to_pandas().set_index(pd.Index(["x", "y"])),
    "duckdb": relation,
    "dictionary": TABLE.to_pydict,
}  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
def test_frames_of_all_libraries_are_the_same(name):
    source = open_frame(FRAMES[name](), name)
    found = read_all(source)
    assert source.columns == ("order", "product", "price")
    assert found.records == ROWS
    assert read_all(source) == found
    assert source.fingerprint() == open_frame(TABLE).fingerprint()
    assert source.position() == source.size == 2


def test_other_content_has_another_fingerprint():
    swapped = pa.table({"order": ["A1", "A2"], "product": [None, "mug"], "price": [2.5, 3.0]})
    assert open_frame(swapped).fingerprint() != open_frame(TABLE).fingerprint()
    renamed = TABLE.rename_columns(["order", "product", "cost"])
    assert open_frame(renamed).fingerprint() != open_frame(TABLE).fingerprint()


@pytest.mark.parametrize(
    "data", [7, None, [1, 2], "orders", pa.table({}), TABLE.slice(0, 0), {"a": [1], "b": [1, 2]}]
)
def test_what_is_no_frame(data):
    with pytest.raises(InvalidInput) as caught:
        open_frame(data)
    assert caught.value.remedy


def test_mixed_pandas_columns():
    with pytest.raises(InvalidInput, match="one type"):
        open_frame(pd.DataFrame({"a": [1, "x", object()]}))


@pytest.mark.data("online-retail-ii")
def test_a_real_shop(data_folder, tmp_path):
    packed = data_folder / "online-retail-ii" / "online_retail_ii.csv.gz"
    source = open_source(packed)
    assert sum(batch.table.num_rows for batch in source.batches()) == 1_044_912
    with gzip.open(packed) as content, (tmp_path / "o.csv").open("wb") as plain:
        shutil.copyfileobj(content, plain)
    assert open_source(tmp_path / "o.csv").columns == source.columns
