"""A table of contacts as arrays: features, who got which treatment, what came of it.

Numbers, flags, times and texts all become columns of numbers. What is missing is filled with the median and marked.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.tables.frames import NO, YES, is_identifier

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_WORDS = 30  # texts of a column that get a column of their own
FEWEST_ROWS = 10  # rows a text needs for one
MICROSECONDS_A_DAY = 86_400_000_000.0


@dataclass(frozen=True)
class Campaign:
    """Contacts with their outcomes.

    Attributes:
        x: features, one row a customer, no missing values.
        arm: 0 for the control, 1, 2, ... for the treatments.
        y: the outcome.
        chance: chance of each arm (columns) for each customer; rows sum to 1.
    """

    x: Floats
    arm: Ints
    y: Floats
    chance: Floats

    def __len__(self) -> int:
        return len(self.y)

    @property
    def treatments(self) -> int:
        """Arms beside the control."""
        return int(self.chance.shape[1]) - 1

    def take(self, rows: NDArray[Any]) -> "Campaign":
        """Some of the customers."""
        return Campaign(self.x[rows], self.arm[rows], self.y[rows], self.chance[rows])


@dataclass(frozen=True)
class _Column:
    name: str
    words: tuple[str, ...] | None  # texts with a column of their own; None for a number
    median: float
    gaps: bool  # whether a column tells that the value was missing


@dataclass(frozen=True)
class Encoder:
    """How the columns of a table become features, learned once and used ever after."""

    columns: tuple[_Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names."""
        out: list[str] = []
        for column in self.columns:
            out += (
                [column.name] if column.words is None else [f"{column.name}={word}" for word in column.words]
            )
            out += [f"{column.name} missing"] if column.gaps else []
        return tuple(out)

    def encode(self, table: pa.Table) -> Floats:
        """The features of each row.

        Raises:
            InvalidInput: a column that was there at the fit is missing.
        """
        missing = [column.name for column in self.columns if column.name not in table.column_names]
        if missing:
            raise InvalidInput(
                f"The table has no column {', '.join(missing)}, which the effect depends on.",
                remedy="give the columns that were there at the fit",
            )
        parts: list[Floats] = []
        for column in self.columns:
            if column.words is not None:
                text = table[column.name].cast(pa.string())
                parts += [_flags(pc.equal(text, word)) for word in column.words]
                if column.gaps:
                    parts.append(_flags(pc.is_null(text)))
                continue
            values = numbers(table[column.name])
            gaps = ~np.isfinite(values)
            parts.append(np.where(gaps, column.median, values))
            if column.gaps:
                parts.append(gaps.astype(np.float64))
        return np.column_stack(parts) if parts else np.zeros((table.num_rows, 0))


def learn_encoder(table: pa.Table, features: tuple[str, ...]) -> Encoder:
    """Learn medians and words of the feature columns; columns that never vary are left out."""
    found: list[_Column] = []
    for name in features:
        column = table[name]
        if pa.types.is_string(column.type):
            counts = pc.value_counts(column.combine_chunks())
            ranked = sorted(
                ((one["counts"], one["values"]) for one in counts.to_pylist() if one["values"] is not None),
                key=lambda one: (-one[0], one[1]),
            )
            words = tuple(word for count, word in ranked[:MOST_WORDS] if count >= FEWEST_ROWS)
            if len(ranked) == 2 and len(words) == 2 and not column.null_count:
                words = words[1:]
            if words and (len(ranked) > 1 or column.null_count):
                found.append(_Column(name, words, 0.0, bool(column.null_count)))
            continue
        values = numbers(column)
        gaps = ~np.isfinite(values)
        if gaps.all():
            continue
        known = values[~gaps]
        if float(np.ptp(known)) > 0 or (gaps.any() and not gaps.all()):
            found.append(_Column(name, None, float(np.median(known)), bool(gaps.any())))
    return Encoder(tuple(found))


def numbers(column: pa.ChunkedArray) -> Floats:
    """A column of numbers, flags or times as numbers; NaN where there is none.

    Raises:
        InvalidInput: it holds something else.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_string(kind) and (said := _yes_or_no(column)) is not None:
        return said
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    scale = 1.0
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        column, scale = column.cast(pa.timestamp("us")).cast(pa.int64()), MICROSECONDS_A_DAY
    try:
        values = column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise InvalidInput(
            f"A column holds {kind}, which is neither number, flag, time nor text.",
            remedy="leave it out of the features",
        ) from problem
    return np.asarray(values.to_numpy() / scale, np.float64)


def feature_columns(table: pa.Table, given: tuple[str, ...] | None, not_those: set[str]) -> tuple[str, ...]:
    """The feature columns: those given, or all that are neither identifiers nor named otherwise.

    Raises:
        InvalidInput: a given column is missing.
    """
    if given is not None:
        missing = [name for name in given if name not in table.column_names]
        if missing:
            raise InvalidInput(f"The table has no column {', '.join(missing)}.", remedy="check `features`")
        return given
    return tuple(name for name in table.column_names if name not in not_those and not is_identifier(name))


def _yes_or_no(column: pa.ChunkedArray) -> Floats | None:
    """Text that says yes or no, as 1 and 0; None where it says anything else."""
    words = {word: word.strip().lower() for word in column.unique().to_pylist() if word is not None}
    if not words or not set(words.values()) <= YES | NO:
        return None
    number = {word: float(bare in YES) for word, bare in words.items()}
    return np.array([number.get(word, np.nan) for word in column.to_pylist()], np.float64)


def _flags(column: pa.ChunkedArray) -> Floats:
    return np.asarray(pc.fill_null(column, False).cast(pa.int8()).to_numpy(), np.float64)
