"""A Parquet file as a source of rows, in its own types."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet as pq

from passend.errors import EmptyTable, UnreadableFile
from passend.intake.frame import BATCH_ROWS, numbered
from passend.intake.headers import unique_names
from passend.intake.raw_bytes import disk_errors_named, file_fingerprint
from passend.intake.source import Batch


class ParquetSource:
    """A Parquet file.

    Attributes:
        name: the file's name.
        columns: names, made unique.
        size: rows.
    """

    def __init__(self, path: Path) -> None:
        """Read the description at the end of the file.

        Args:
            path: the file.

        Raises:
            UnreadableFile: it is cut off, damaged or without rows.
        """
        self.name = path.name
        self._path = path
        self._position = 0
        self.size: int | None = None
        try:
            with disk_errors_named(path), path.open("rb") as handle, pq.ParquetFile(handle) as file:
                names, self.size = file.schema_arrow.names, int(file.metadata.num_rows)
        except (pa.ArrowException, ValueError) as error:
            raise self._damaged(error, 0) from error
        self.columns = unique_names(names)
        if not names or not self.size:
            raise EmptyTable(
                f"{self.name} has no rows", table=self.name, columns=self.columns, remedy="export it again"
            )

    def fingerprint(self) -> str:
        """SHA-256 of the bytes of the file."""
        return file_fingerprint(self._path)

    def position(self) -> int:
        """Rows read so far."""
        return self._position

    def batches(self) -> Iterator[Batch]:
        """The rows in their order.

        Raises:
            UnreadableFile: a part of the file is damaged.
        """
        self._position = 0
        try:
            with self._path.open("rb") as handle, pq.ParquetFile(handle) as file:
                for part in file.iter_batches(BATCH_ROWS):
                    first = self._position + 1
                    self._position += part.num_rows
                    yield Batch(numbered(first, part.num_rows), part.rename_columns(list(self.columns)))
        except (pa.ArrowException, ValueError, OSError) as error:
            raise self._damaged(error, self._position) from error
        if self._position != self.size:
            raise self._damaged(
                ValueError(f"{self.size} rows announced, {self._position} found"), self._position
            )

    def _damaged(self, error: Exception, row: int) -> UnreadableFile:
        return UnreadableFile(
            f"{self.name} is a Parquet file that is cut off or damaged ({str(error).splitlines()[0]})",
            record=f"after row {row}" if row else "",
            remedy="copy or export it again; it was not written completely",
        )
