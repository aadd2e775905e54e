"""Order lines from files or tables, coded: the way from a shop's export to the counting kernels.

Only the columns that counting needs are read, batch by batch: while one batch is coded, the next is decoded.
What stays in memory is eight bytes a line and the ids themselves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from passend.errors import InvalidInput, UnreadableFile, UnrecognisedColumns
from passend.kernels.coding import Coder, NumberCoder, TextCoder, values

BATCH_LINES = 1 << 19
"""Lines decoded at a time; large enough that calls cost nothing, small enough to need little memory."""
_BATCHES_AHEAD = 4
"""Batches decoded before their turn; the kernels take a moment to load, decoding need not wait for them."""

Source: TypeAlias = pa.Table | str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class CodedLines:
    """Order lines as codes.

    Attributes:
        basket: int32 (lines), the order of each line: 0 ... len(order_ids) - 1 in the order of appearance.
        product: int32 (lines), its product: 0 ... len(product_ids) - 1 in the order of appearance.
        quantity: float64 (lines), its pieces, or None if no quantity was asked for.
        order_ids: The shop's name of each order, by code: int64 or large_string.
        product_ids: The shop's name of each product, by code: int64 or large_string.
    """

    basket: NDArray[np.int32]
    product: NDArray[np.int32]
    quantity: NDArray[np.float64] | None
    order_ids: pa.Array[Any]
    product_ids: pa.Array[Any]

    def __len__(self) -> int:
        return len(self.basket)


def read_order_lines(
    source: Source, *, order: str = "order_id", product: str = "product_id", quantity: str | None = None
) -> CodedLines:
    """Read order lines and code their orders and products.

    Ids may be whole numbers or texts. Where they are numbers in one file and texts in another they are
    compared as
    texts: 17 and "17" are one, "017" is another.

    Args:
        source: An Arrow table, a Parquet file, or several files with the same columns.
        order: The column that names the order.
        product: The column that names the product.
        quantity: The column with the pieces, negative for returns; None if there is none.
    """
    names = [order, product, *([quantity] if quantity else [])]
    schemas, n_lines, batches = _opened(source, names)
    types = {name: _common_type(name, [schema.field(name).type for schema in schemas]) for name in names}
    coders = {name: _coder(types[name]) for name in (order, product)}
    codes = {name: np.empty(n_lines, dtype=np.int32) for name in (order, product)}
    pieces = np.empty(n_lines if quantity else 0, dtype=np.float64)
    done = 0
    for batch in _decoded_ahead(batches):
        lines = slice(done, done + batch.num_rows)
        for name in (order, product):
            coders[name].code(_ids(batch.column(name), types[name], name, done), codes[name][lines])
        if quantity:
            pieces[lines] = _numbers(batch.column(quantity), quantity, done)
        done += batch.num_rows
    return CodedLines(
        codes[order], codes[product], pieces if quantity else None, coders[order].ids(), coders[product].ids()
    )


def _opened(source: Source, names: list[str]) -> tuple[list[pa.Schema], int, Iterator[pa.RecordBatch]]:
    """The schemas, the number of lines, and the batches with the named columns."""
    if isinstance(source, pa.Table):
        _need(source.schema, names, "the table")
        batches = iter(source.select(names).to_batches(max_chunksize=BATCH_LINES))
        return [source.schema], source.num_rows, batches
    paths = [Path(source)] if isinstance(source, str | Path) else [Path(path) for path in source]
    files = [_parquet(path, names) for path in paths]
    if not files:
        raise InvalidInput("No file was given.", remedy="Name at least one Parquet file.")
    lines = sum(file.metadata.num_rows for file in files)
    return [file.schema_arrow for file in files], lines, _batches(files, names)


def _parquet(path: Path, names: list[str]) -> pq.ParquetFile:
    try:
        schema = pq.read_schema(path)
        _need(schema, names, str(path))
        # Texts that repeat are stored once a row group; taking them as they lie saves most of the work.
        # Orders repeat less than products, and their texts are compared with the line before anyway.
        repeating = [name for name in names[1:2] if _is_text(schema.field(name).type)]
        return pq.ParquetFile(path, read_dictionary=repeating)
    except (OSError, pa.ArrowInvalid) as error:
        raise UnreadableFile(
            f"The file cannot be read as Parquet: {error}",
            record=str(path),
            remedy="Check the name and the file.",
        ) from error


def _need(schema: pa.Schema, names: list[str], where: str) -> None:
    missing = [name for name in names if schema.get_field_index(name) < 0]
    if missing:
        raise UnrecognisedColumns(
            f"The column {missing[0]} is not there, or there twice; there are: {', '.join(schema.names)}.",
            record=where,
            remedy="Name the columns that hold the order and the product.",
        )


def _batches(files: list[pq.ParquetFile], names: list[str]) -> Iterator[pa.RecordBatch]:
    for file in files:
        yield from file.iter_batches(batch_size=BATCH_LINES, columns=names, use_threads=True)
        file.close()


def _decoded_ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, decoded in a thread of its own while those before are worked on."""

    def advance() -> pa.RecordBatch | None:
        return next(batches, None)

    with ThreadPoolExecutor(1) as reader:
        coming = deque(reader.submit(advance) for _ in range(_BATCHES_AHEAD))
        while (batch := coming.popleft().result()) is not None:
            coming.append(reader.submit(advance))
            yield batch


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    """Also decimals and floats: databases and data frames keep whole numbers in them; each value is checked."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _common_type(name: str, kinds: list[pa.DataType]) -> pa.DataType:
    """int64 if the ids are whole numbers in every file, else text."""
    plain = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in kinds]
    for kind in plain:
        if not (_is_number(kind) or pa.types.is_null(kind) or _is_text(kind)):
            raise InvalidInput(
                f"The ids in column {name} are of type {kind}.",
                remedy="Ids must be whole numbers or texts; convert the column first.",
            )
    return pa.string() if any(_is_text(kind) for kind in plain) else pa.int64()


def _coder(kind: pa.DataType) -> Coder:
    return NumberCoder() if pa.types.is_int64(kind) else TextCoder()


def _ids(column: pa.Array[Any], kind: pa.DataType, name: str, first_line: int) -> pa.Array[Any]:
    """The ids in the common type; missing ones are refused."""
    if column.null_count:
        missing = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise InvalidInput(
            f"At least {column.null_count} lines have no {name}.",
            record=f"line {first_line + missing}",
            remedy="Leave lines without an order or a product out before counting.",
        )
    if pa.types.is_dictionary(column.type):
        if _is_text(column.type.value_type) and not pa.types.is_string_view(column.type.value_type):
            return column
        column = column.cast(column.type.value_type)
    if column.type == kind:
        return column
    try:
        whole = column.cast(pa.int64()) if not _is_text(column.type) else column
        return whole.cast(kind)
    except pa.ArrowInvalid as error:
        raise InvalidInput(
            f"The column {name} has ids that are not whole numbers: {error}.",
            remedy="Store ids as whole numbers or as text.",
        ) from error


def _numbers(column: pa.Array[Any], name: str, first_line: int) -> NDArray[np.float64]:
    """Quantities as float64; what is missing or no number is refused."""
    if column.null_count:
        missing = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise InvalidInput(
            f"At least {column.null_count} lines have no {name}.",
            record=f"line {first_line + missing}",
            remedy="Fill them (1 is a usual choice) or leave those lines out.",
        )
    try:
        return values(column.cast(pa.float64()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInput(
            f"The column {name} is not a number: {error}.", remedy="Convert it first."
        ) from error
