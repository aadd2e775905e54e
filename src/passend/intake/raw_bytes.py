"""The bytes of a file, plain or gzip, with the progress through it; damage becomes a clear error."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Self

from passend.errors import UnreadableFile

READ_BYTES = 1 << 20


class RawBytes:
    """A file being read: its content after unpacking, and how many of its own bytes that took."""

    def __init__(self, path: Path, *, packed: bool) -> None:
        self._path = path
        # One large buffer: gzip alone would ask the disk for 8 KB at a time.
        self._file = path.open("rb", buffering=0)
        self._stream: io.RawIOBase | gzip.GzipFile = self._file
        if packed:
            buffered = io.BufferedReader(self._file, READ_BYTES)
            self._stream = gzip.GzipFile(fileobj=buffered, mode="rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._file.close()

    @property
    def position(self) -> int:
        """Bytes of the file itself that were consumed."""
        return self._file.tell()

    def read(self, size: int, *, row: int = 0) -> bytes:
        """The next bytes of content; empty at the end.

        Args:
            size: at most so many.
            row: the last record known, for the message.

        Raises:
            UnreadableFile: the archive is cut off or damaged, or the disk fails.
        """
        place = f"after record {row}" if row else ""
        try:
            return self._stream.read(size) or b""
        except EOFError as error:
            raise UnreadableFile(
                f"{self._path.name} is cut off: the gzip archive has no end",
                record=place,
                remedy="download or copy it again; it was not transferred completely",
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableFile(
                f"{self._path.name} is a damaged gzip archive ({error})",
                record=place,
                remedy="download or copy it again",
            ) from error
        except OSError as error:
            raise cannot_read(self._path, error, place) from error


@contextmanager
def disk_errors_named(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a file into our own error."""
    try:
        yield
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError, place: str = "") -> UnreadableFile:
    """The error for a file that the operating system does not hand over."""
    if isinstance(error, PermissionError):
        remedy = "give your user the right to read it, or copy it to a folder of yours"
        return UnreadableFile(f"There is no permission to read {path.name}", record=place, remedy=remedy)
    what = f"{path.name} cannot be read ({error.strerror or error})"
    return UnreadableFile(what, record=place, remedy="check the disk or network drive, then try again")


def file_fingerprint(path: Path) -> str:
    """SHA-256 of the bytes of a file, read in pieces; once, as long as its time and size stay the same."""
    with disk_errors_named(path):
        state = path.stat()
    return _fingerprint(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _fingerprint(path: Path, changed_at: int, size: int) -> str:  # noqa: ARG001 - they tell when to read again
    digest = hashlib.sha256()
    with disk_errors_named(path), path.open("rb", buffering=0) as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
