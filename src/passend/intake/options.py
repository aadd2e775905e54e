"""What makes equal lines of one order different pieces: another name engraved, another size, a line of its own."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.intake.columns import Recognition
from passend.intake.source import Batch
from passend.intake.texts import as_text


def options_of(
    batch: Batch, columns: Sequence[str], recognition: Recognition, lines: tuple[pa.Array, pa.Array]
) -> pa.Array:
    """For lines of one order and product: what the columns without a meaning here say of each; else empty.

    Rows that are equal in every column get equal texts: they are one row twice.

    Args:
        batch: the rows.
        columns: all columns of the source.
        recognition: what they mean.
        lines: order and product of each row.
    """
    size = batch.table.num_rows
    rest = _rest(recognition, columns)
    at = _repeated(*lines) if rest and size else np.zeros(0, dtype=np.int64)
    if not at.size:
        return pa.nulls(size, pa.string())
    rows = batch.taken(at)
    joined = pc.binary_join_element_wise(
        *(as_text(rows.column(name)) for name in rest), "\x1f", null_handling="replace", null_replacement=""
    )
    # Other columns may hold personal data: their fingerprint is enough to tell two lines apart.
    said = pa.array([_fingerprint(text) for text in joined.to_pylist()], pa.string())
    places = np.full(size, -1, dtype=np.int64)
    places[at] = np.arange(at.size)
    return said.take(pa.array(places, mask=places < 0))


def _repeated(order: pa.Array, product: pa.Array) -> NDArray[np.int64]:
    """The places of rows whose order has their product more than once."""
    codes = [pc.dictionary_encode(column).indices for column in (order, product)]
    at = np.flatnonzero(np.logical_and(*(np.asarray(pc.is_valid(code)) for code in codes)))
    first, second = (np.asarray(pc.fill_null(code, 0), dtype=np.int64)[at] for code in codes)
    _, place, counts = np.unique(first * (len(order) + 1) + second, return_inverse=True, return_counts=True)
    found: NDArray[np.int64] = at[counts[place] > 1]
    return found


def _fingerprint(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:12]


def _rest(recognition: Recognition, names: Sequence[str]) -> list[str]:
    """The columns that are compared nowhere else."""
    told = {"option", "line_id"}
    used = {
        name for meaning, columns in recognition.mapping.items() if meaning not in told for name in columns
    }
    return [name for name in names if name not in used]
