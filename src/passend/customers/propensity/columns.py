"""Any customer table as numbers: which columns are amounts, which are classes, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput, UnrecognisedColumns
from passend.tables.frames import NO, YES, insist_on_values

Numbers = npt.NDArray[np.float64]

#: More classes than this are kept by their frequency alone; a class seen less often than RARE joins the others.
MOST_CLASSES = 60
RARE = 5


@dataclass(frozen=True)
class Feature:
    """One column as the models see it.

    Attributes:
        name: the column's name in the table.
        classes: the classes by falling frequency for a column of classes; none for amounts.
        usual: the usual value: the median, or the most frequent class.
    """

    name: str
    classes: tuple[str, ...] | None
    usual: Any

    @property
    def is_class(self) -> bool:
        """Whether the column holds classes, not amounts."""
        return self.classes is not None


def learn_features(table: pa.Table, leave_out: Sequence[str]) -> tuple[Feature, ...]:
    """The columns that can say something: neither constant, nor different in every row of text."""
    features = []
    for field in table.schema:
        if field.name in leave_out:
            continue
        feature = _feature(table, field)
        if feature is not None:
            features.append(feature)
    return tuple(features)


def read_numbers(table: pa.Table, features: Sequence[Feature]) -> Numbers:
    """A row of numbers for each row: amounts as they are, classes as their place; what is missing is NaN.

    Raises:
        UnrecognisedColumns: the table lacks a column that the model was fitted with.
    """
    missing = [feature.name for feature in features if feature.name not in table.schema.names]
    if missing:
        raise UnrecognisedColumns(
            f"The table lacks columns that the model was fitted with: {', '.join(missing)}.",
            remedy="Give a table with the same columns as in fit().",
        )
    if not features:
        return np.zeros((table.num_rows, 0))
    return np.column_stack([_numbers(feature, table.column(feature.name)) for feature in features])


def read_target(table: pa.Table, target: str) -> Numbers:
    """The target as 0 and 1.

    Raises:
        UnrecognisedColumns: there is no such column.
        InvalidInput: the target is missing in some row, or has other values than two.
    """
    if target not in table.schema.names:
        raise UnrecognisedColumns(
            f"There is no column '{target}'.", remedy=f"The columns are: {', '.join(table.schema.names)}."
        )
    insist_on_values(table, [target])
    column = table.column(target)
    values = _amounts(column) if _is_amount(column.type) else None
    empty = np.isnan(values) if values is not None else pc.is_null(column).to_numpy(zero_copy_only=False)
    if empty.any():
        raise InvalidInput(
            f"The target '{target}' is empty in {int(empty.sum())} rows.",
            record=f"row {int(np.argmax(empty)) + 1}",
            remedy="Leave these rows out, or say whether they bought.",
        )
    if values is None:
        words = {str(word).strip().lower() for word in pc.unique(column).to_pylist()}
        if not words <= YES | NO:
            raise _not_two(target, sorted(words))
        values = np.array([read_word(word) for word in column.to_pylist()], float)
    found = np.unique(values)
    if not np.isin(found, (0.0, 1.0)).all():
        raise _not_two(target, found[:5].tolist())
    return values


def labels_of(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """The two things that a target says, as it says them, sorted; where it says one only, its counterpart is 0 or 1."""
    found = sorted(pc.unique(column).to_pylist())
    if len(found) == 1:
        found = [found[0], "no" if read_word(found[0]) else "yes"] if isinstance(found[0], str) else [0, 1]
    return np.array(sorted(found))


def read_word(word: object) -> bool:
    """Whether a value of a target says yes."""
    return str(word).strip().lower() in YES if not isinstance(word, float | int) else bool(word)


def _not_two(target: str, found: Sequence[object]) -> InvalidInput:
    return InvalidInput(
        f"The target '{target}' must say yes or no for each row.",
        record=f"it holds {', '.join(map(str, found[:5]))}",
        remedy="Use 1 for bought and 0 for not bought (or true and false, yes and no).",
    )


def _is_amount(kind: pa.DataType) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(bool(is_kind(kind)) for is_kind in kinds)


def _amounts(column: pa.ChunkedArray) -> Numbers:
    numbers: Numbers = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string())


def _feature(table: pa.Table, field: pa.Field) -> Feature | None:
    column = table.column(field.name)
    if _is_amount(field.type) or _is_time(field.type):
        numbers = _time_numbers(column) if _is_time(field.type) else _amounts(column)
        known = numbers[~np.isnan(numbers)]
        varies = known.size > 0 and (known.min() < known.max() or known.size < numbers.size)
        return Feature(field.name, None, float(np.median(known))) if varies else None
    insist_on_values(table, [field.name])  # a list cannot be weighed as one value, and is not passed over
    if pa.types.is_null(field.type):
        return None
    counts = pc.value_counts(_texts(column).combine_chunks()).to_pylist()
    pairs = sorted(
        ((row["counts"], row["values"]) for row in counts if row["values"] is not None),
        key=lambda pair: (-pair[0], pair[1]),
    )
    often = [word for count, word in pairs if count >= RARE][:MOST_CLASSES]
    if len(counts) < 2 or not often:
        return None  # constant, or a name or number of its own in each row
    return Feature(field.name, tuple(often), often[0])


def _time_numbers(column: pa.ChunkedArray) -> Numbers:
    """Times as days."""
    micro = column.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64(), safe=False)
    days: Numbers = np.asarray(micro.to_numpy(zero_copy_only=False), dtype=np.float64) / 86_400e6
    return days


def _numbers(feature: Feature, column: pa.ChunkedArray) -> Numbers:
    if not feature.is_class:
        if _is_time(column.type):
            return _time_numbers(column)
        if not _is_amount(column.type):
            if pa.types.is_null(column.type):
                return np.full(len(column), np.nan)
            raise UnrecognisedColumns(
                f"The column '{feature.name}' held amounts in fit() and holds {column.type} now.",
                remedy="Give it the same type as in fit().",
            )
        return _amounts(column)
    places = pc.index_in(_texts(column), pa.array(feature.classes, pa.string()))
    # What was rare or never seen is a class of its own, after all others; what is missing stays missing.
    known = pc.fill_null(places, len(feature.classes or ()))
    numbers = np.asarray(known.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    empty = pc.is_null(column).to_numpy(zero_copy_only=False)
    return np.where(empty, np.nan, numbers)
