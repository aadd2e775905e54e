"""What makes equal lines of one order different pieces: another name engraved, another size, a line of its own."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.columns import Recognition
from passend.intake.texts import as_text


def options_of(
    table: pa.RecordBatch, recognition: Recognition, order: pa.Array, product: pa.Array
) -> pa.Array:
    """For lines of one order and product: what the columns without a meaning here say of each; else empty.

    Rows that are equal in every column get equal texts: they are one row twice.
    """
    size = table.num_rows
    nothing = pa.nulls(size, pa.string())
    rest = _rest(recognition, table.schema.names)
    if not rest or not size:
        return nothing
    keyed = pa.table({"order": order, "product": product, "at": pa.array(range(size), pa.int64())})
    counts = keyed.group_by(["order", "product"]).aggregate([("at", "count")])
    if counts.num_rows == size:
        return nothing
    several = counts.filter(pc.greater(counts.column("at_count"), 1))
    at = (
        keyed.join(several, ["order", "product"], join_type="inner")
        .sort_by("at")
        .column("at")
        .combine_chunks()
    )
    rows = table.take(at)
    texts = [pc.fill_null(as_text(rows.column(name)), "").to_pylist() for name in rest]
    # Other columns may hold personal data: their fingerprint is enough to tell two lines apart.
    said = [
        hashlib.md5("\x1f".join(row).encode(), usedforsecurity=False).hexdigest()[:12]
        for row in zip(*texts, strict=True)
    ]
    found: list[str | None] = [None] * size
    for place, text in zip(at.to_pylist(), said, strict=True):
        found[place] = text
    return pa.array(found, pa.string())


def _fingerprint(texts: tuple[str, ...]) -> str:
    return hashlib.md5("\x1f".join(texts).encode(), usedforsecurity=False).hexdigest()[:12]


def _rest(recognition: Recognition, names: list[str]) -> list[str]:
    """The columns that are compared nowhere else."""
    told = {"option", "line_id"}
    used = {
        name for meaning, columns in recognition.mapping.items() if meaning not in told for name in columns
    }
    return [name for name in names if name not in used]
