from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from passend.errors import InvalidInput
from passend.tables.frames import as_table


def test_a_pandas_index_is_a_column_only_if_it_has_a_name():
    frame = pd.DataFrame({"spend": [1.0, 2.0, 3.0]}, index=[7, 1, 4])
    assert as_table(frame).column_names == ["spend"]
    named = frame.rename_axis("customer_id")
    assert as_table(named).to_pydict() == {"spend": [1.0, 2.0, 3.0], "customer_id": [7, 1, 4]}


@pytest.mark.parametrize("kind", [dict, pa.table, pl.DataFrame, pd.DataFrame])
def test_every_kind_of_table_gives_the_same(kind):
    columns = {"visits": np.arange(3), "region": ["north", None, "south"]}
    told = as_table(kind(columns)).to_pydict()
    assert told["visits"] == [0, 1, 2]
    assert told["region"] == ["north", None, "south"]


def test_a_lazy_frame_is_collected_and_uuids_are_written():
    assert as_table(pl.LazyFrame({"a": [1, 2]}).select(pl.col("a") + 1))["a"].to_pylist() == [2, 3]
    number = UUID(int=7)
    assert as_table({"customer_id": [number, None]})["customer_id"].to_pylist() == [str(number), None]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"visits": [1, 2], "bought": [1]}, "expected length 2"),
        ({"visits": [1, "many"]}, "cannot be read as a table"),
        (7, "this is a int"),
        ("nowhere.parquet", "could not be read as Parquet"),
    ],
)
def test_what_is_no_table_is_said(source, says):
    with pytest.raises(InvalidInput, match=says):
        as_table(source)
