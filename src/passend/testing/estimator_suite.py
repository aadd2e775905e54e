"""The suite with which an estimator proves its manners: inherit it, and say how it learns and what is true.

class TestMine(EstimatorSuite):
    ids, needed = ("customer_id",), ("customer_id", "ordered_at")
    def estimator(self): return Mine()
    def world(self, *, null=False): ...
    def answer(self, estimator, table): return estimator.predict()
    def insist_on_truth(self, answer): assert ...
    def insist_on_nothing(self, answer): assert ...
"""

# ruff: noqa: D102, S101, PLC0415 - a suite of tests asserts, its names say what it tries, its peers are loaded late

import contextlib
import math
import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from passend.errors import InvalidSetting, NotFitted, PassendError

FRAMES = ("polars", "polars categories", "pandas", "duckdb", "dictionary", "parquet")
#: What is no table at all.
NO_TABLES: dict[str, Any] = {
    "nothing": None,
    "a number": 7,
    "a fraction": 3.5,
    "a file that is not there": "no-such-file.parquet",
    "bytes": b"customer_id",
    "an object": object(),
    "a type": dict,
    "a function": len,
    "an empty list": [],
    "a list of numbers": [1, 2],
    "a list of rows": [{"customer_id": 1}],
    "a set": {1, 2},
    "an empty dictionary": {},
    "lists of different length": {"customer_id": [1], "product_id": [1, 2]},
    "a column of different things": {"customer_id": [1, "x", object()]},
    "a table without columns": pa.table({}),
    "a column": pa.array([1, 2]),
    "an array of one dimension": np.zeros(3),
    "an array of three dimensions": np.zeros((2, 2, 2)),
    "an array without rows": np.zeros((0, 3)),
    "two columns of one name": pa.table([[1], [2]], names=["customer_id", "customer_id"]),
}
#: What may be wrong with one column that is needed.
WRONG_COLUMNS = (
    "missing",
    "misspelt",
    "empty",
    "lists",
    "structures",
    "bytes",
    "words",
    "endless numbers",
    "no rows",
)


class EstimatorSuite:
    """What every public estimator can do; a subclass says what it is told and what it should find."""

    #: Columns of identifiers in the table that come back in the answer; the values are digits of one length, as text.
    ids: ClassVar[tuple[str, ...]] = ()
    #: Columns without which nothing can be learned.
    needed: ClassVar[tuple[str, ...]] = ()
    #: Columns that are used where they are there.
    useful: ClassVar[tuple[str, ...]] = ()

    def estimator(self) -> Any:
        raise NotImplementedError

    def world(self, *, null: bool = False) -> pa.Table:
        """What it learns from: a world with a planted truth, or one in which there is nothing to find."""
        raise NotImplementedError

    def few(self, table: pa.Table) -> pa.Table:
        """Fewer rows, for what is asked of manners alone."""
        return table

    def learn(self, estimator: Any, table: Any) -> None:
        estimator.fit(table)

    def answer(self, estimator: Any, table: Any) -> pa.Table:
        raise NotImplementedError

    def insist_on_truth(self, answer: pa.Table) -> None:
        raise NotImplementedError

    def insist_on_nothing(self, answer: pa.Table) -> None:
        raise NotImplementedError

    def told(self, table: Any) -> pa.Table:
        """The answer of a new estimator that has learned from the table."""
        one = self.estimator()
        self.learn(one, table)
        return self.answer(one, table)

    @pytest.fixture(scope="class")
    @classmethod
    def learned(cls) -> Any:
        """An estimator that has learned, from what, and its answer: asked once for all tests of manners."""
        suite = cls()
        one, table = suite.estimator(), suite.few(suite.world())
        suite.learn(one, table)
        return one, table, suite.answer(one, table)

    def test_it_finds_what_is_planted(self) -> None:
        self.insist_on_truth(self.told(self.world()))

    def test_it_finds_nothing_where_nothing_is(self) -> None:
        self.insist_on_nothing(self.told(self.world(null=True)))

    def test_it_says_how_it_was_made(self) -> None:
        made = self.estimator()
        assert repr(made).startswith(f"{type(made).__name__}(")
        assert type(made)(**made.get_params()).get_params() == made.get_params()
        with pytest.raises(InvalidSetting, match="no parameter 'nosuch'"):
            made.set_params(nosuch=1)

    def test_scikit_learn_clones_it_without_what_it_learned(self, learned: Any) -> None:
        from sklearn.base import clone
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted

        one, table, _ = learned
        if hasattr(one, "fit"):
            check_is_fitted(one)
        bare = clone(one)
        assert bare.get_params() == one.get_params()
        with pytest.raises(NotFitted, match="not fitted yet") as told:
            self.answer(bare, table)
        assert isinstance(told.value, NotFittedError)
        assert "What to do: Call" in str(told.value)
        assert not bare.__sklearn_is_fitted__()

    def test_pickled_it_answers_the_same(self, learned: Any) -> None:
        one, table, answer = learned
        same(self.answer(pickle.loads(pickle.dumps(one)), table), answer)  # noqa: S301 - its own

    @pytest.mark.parametrize("kind", FRAMES)
    def test_frames_of_every_kind_give_the_same_answer(self, kind: str, learned: Any, tmp_path: Path) -> None:
        _, table, answer = learned
        same(self.told(frame(table, kind, tmp_path)), answer)

    @pytest.mark.parametrize("kind", [pa.int64(), pa.dictionary(pa.int32(), pa.string())], ids=str)
    def test_identifiers_keep_their_type(self, kind: pa.DataType, learned: Any) -> None:
        _, table, answer = learned
        for name in self.ids:
            table = recast(table, name, kind)
            # A category is a text that is stored once; both come back as text.
            answer = recast(answer, name, pa.string() if pa.types.is_dictionary(kind) else kind)
        same(self.told(table), answer)

    @pytest.mark.parametrize("what", NO_TABLES)
    def test_what_is_no_table_is_refused_in_words(self, what: str) -> None:
        with pytest.raises(PassendError) as told:
            self.told(NO_TABLES[what])
        assert "What to do:" in str(told.value)

    @pytest.mark.parametrize("what", WRONG_COLUMNS)
    def test_a_wrong_column_is_refused_in_words_or_borne(self, what: str) -> None:
        for name in (*self.needed, *self.useful):
            with contextlib.suppress(PassendError):
                self.told(spoilt(self.few(self.world()), name, what))
                assert what != "missing" or name in self.useful, f"nobody missed {name}"


def frame(table: pa.Table, kind: str, folder: Path) -> Any:
    """An Arrow table as another kind of frame."""
    if kind == "dictionary":
        return table.to_pydict()
    if kind == "parquet":
        pq.write_table(table, folder / "table.parquet")
        return str(folder / "table.parquet")
    if kind == "pandas":
        return table.to_pandas()
    if kind == "duckdb":
        import duckdb

        return duckdb.from_arrow(table)
    import polars as pl

    found = pl.from_arrow(table)
    assert isinstance(found, pl.DataFrame)
    return found.with_columns(pl.selectors.string().cast(pl.Categorical)) if "categories" in kind else found


def recast(table: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    """The table with one column in another type."""
    column = table.column(name)
    changed = column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)
    return table.set_column(table.column_names.index(name), name, changed)


def spoilt(table: pa.Table, name: str, what: str) -> pa.Table:
    """The table with one column as it should not be."""
    place, rows = table.column_names.index(name), table.num_rows
    if what == "missing":
        return table.drop_columns([name])
    if what == "misspelt":
        return table.rename_columns({name: name.replace("_", " ").title()})
    if what == "no rows":
        return table.slice(0, 0)
    worse: dict[str, pa.Array] = {
        "empty": pa.nulls(rows, table.schema.field(name).type),
        "lists": pa.array([[1, 2]] * rows),
        "structures": pa.array([{"a": 1}] * rows),
        "bytes": pa.array([b"\xff\x00"] * rows),
        "words": pa.array([f"word {row}" for row in range(rows)]),
        "endless numbers": pa.array([math.inf, math.nan] * (rows // 2) + [0.0] * (rows % 2)),
    }
    return table.set_column(place, name, worse[what])


def same(one: pa.Table, other: pa.Table) -> None:
    """Whether two answers are the same, types included; sums of floats may differ in their last digits."""
    assert one.schema.names == other.schema.names
    assert one.num_rows == other.num_rows
    for name in one.schema.names:
        left, right = one.column(name), other.column(name)
        assert left.type == right.type, name
        if pa.types.is_floating(left.type):
            np.testing.assert_allclose(left.to_numpy(), right.to_numpy(), rtol=1e-6, atol=1e-9, err_msg=name)
        else:
            assert left.to_pylist() == right.to_pylist(), name
