"""A hash of the content of an Arrow stream: however it is cut into batches and whichever library made it."""

import hashlib
import io
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

BATCH_ROWS = 65_536


def content_hash(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> str:
    """SHA-256 over a canonical Arrow IPC serialisation of names, types and values.

    Args:
        schema: of the batches.
        batches: of any size.
    """
    digest = hashlib.sha256()
    plain = pa.schema([(column.name, plain_type(column.type)) for column in schema])
    digest.update(plain.serialize().to_pybytes())
    for table in equal_batches(schema, batches, BATCH_ROWS):
        sink = io.BytesIO()
        arrays = [part for column in table.columns for part in _canonical(column.combine_chunks())]
        batch = pa.RecordBatch.from_arrays(arrays, names=[str(place) for place in range(len(arrays))])
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        digest.update(sink.getbuffer())
    return digest.hexdigest()


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The common form of types that libraries write differently: large strings, categories."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    return kind


def equal_batches(schema: pa.Schema, batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The same rows in parts of exactly ``rows``, the last one shorter."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        if count < rows:
            continue
        table = pa.Table.from_batches(waiting, schema)
        whole = count - count % rows
        for start in range(0, whole, rows):
            yield table.slice(start, rows)
        waiting = table.slice(whole).to_batches()
        count -= whole
    if count:
        yield pa.Table.from_batches(waiting, schema)


def _canonical(column: pa.Array) -> list[pa.Array]:
    """Values with what lies under nulls wiped, and where the nulls are."""
    kind = plain_type(column.type)
    if pa.types.is_nested(kind) or pa.types.is_null(kind):
        return [pa.array([repr(value) for value in column.to_pylist()], pa.string())]
    # Times finer than a microsecond are cut: no shop has them.
    plain = column if column.type == kind else pc.cast(column, kind, safe=False)
    # Present values first, then the gaps: what lies in memory under a gap must not count.
    present = pc.drop_null(plain)
    return [pa.concat_arrays([present, pa.nulls(plain.null_count, kind)]), plain.is_null()]
