"""What a file really is, judged by its content: shops often send one thing under the name of another."""

import re
import zipfile
from enum import StrEnum
from pathlib import Path

from passend.errors import UnreadableFile

HEAD_BYTES = 4096


class Kind(StrEnum):
    """The forms in which rows can come."""

    TEXT = "text"
    GZIP = "gzip"
    PARQUET = "Parquet"
    EXCEL = "Excel"
    DUCKDB = "DuckDB"
    SQLITE = "SQLite"


AS_CSV = "export the table from its program as CSV or Excel"
UNPACK = "unpack it first and give the table inside"

_OWN = (
    (0, b"\x1f\x8b", Kind.GZIP),
    (0, b"PAR1", Kind.PARQUET),
    (0, b"SQLite format 3\0", Kind.SQLITE),
    (8, b"DUCK", Kind.DUCKDB),
)

#: First bytes, what they mean, and what the user can do.
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", AS_CSV),
    (b"PARE", "an encrypted Parquet file", "save it without encryption"),
    (b"ARROW1", "a Feather (Arrow) file", "save it as Parquet"),
    (b"ORC", "an ORC file", "save it as Parquet"),
    (b"Obj\x01", "an Avro file", "save it as Parquet"),
    (b"\x89HDF", "an HDF5 file", "save it as Parquet"),
    (b"\x89PNG", "a picture", AS_CSV),
    (b"\xff\xd8\xff", "a picture", AS_CSV),
    (b"GIF8", "a picture", AS_CSV),
    (b"RIFF", "a picture or sound", AS_CSV),
    (b"{\\rtf", "an RTF text document", AS_CSV),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ", "an xz archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"PK\x05\x06", "an empty ZIP archive", UNPACK),
    (b"\x7fELF", "a program", AS_CSV),
    (b"MZ\x90", "a program", AS_CSV),
    (b"PGDMP", "a PostgreSQL dump", "restore it and give the database's address"),
)

_MARKUP: tuple[tuple[str, str, str], ...] = (
    (r"<(!doctype html|html|head|body|table|div|script)", "an HTML page", "export it from the shop as CSV"),
    (r"<\?xml.*<(\?mso-application|workbook)", "an XML spreadsheet", "save it in Excel as .xlsx"),
    (r"<\?xml|<[a-z][\w:-]*( [^<>]*)?>\s*<", "an XML document", AS_CSV),
    (r"[\[{]\s*([\[{]|\"[^\"]*\"\s*:|[\]}]\s*\Z)", "a JSON document", "save its table as CSV or Parquet"),
    (r"--\s*(mysql|mariadb|postgresql|phpmyadmin)[^\n]* dump|insert\s+into\s|create\s+table\s",
     "an SQL dump", "load it into a database and give the database's address"),
)  # fmt: skip


#: Kinds of files without rows, in words.
FOREIGN = tuple(dict.fromkeys(what for _, what, _ in (*_FOREIGN, *_MARKUP)))


def kind_of(path: Path, head: bytes) -> Kind:
    """Which reader a file needs.

    Args:
        path: the file.
        head: its first bytes.

    Raises:
        UnreadableFile: it is empty, or certainly no table.
    """
    if not head:
        raise UnreadableFile(f"{path.name} is empty", remedy="export it again; the export wrote nothing")
    for place, magic, kind in _OWN:
        if head.startswith(magic, place):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _inside_zip(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _inside_ole(path)
    refuse_foreign(path.name, head)
    return Kind.TEXT


def refuse_foreign(name: str, head: bytes) -> None:
    """Stop at bytes that belong to a known kind of file without rows.

    Raises:
        UnreadableFile: naming the kind and the remedy.
    """
    for magic, what, remedy in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableFile(f"{name} is {what}, not a table", remedy=remedy)
    if head[257:262] == b"ustar":
        raise UnreadableFile(f"{name} is a tar archive, not a table", remedy=UNPACK)
    if is_binary(head):
        raise UnreadableFile(f"{name} holds binary data, not text", remedy=AS_CSV)


def refuse_markup(name: str, text: str) -> None:
    """Stop at text that is a document of another kind: HTML, XML, JSON, SQL.

    Raises:
        UnreadableFile: naming the kind and the remedy.
    """
    start = text[:HEAD_BYTES].lstrip("\ufeff \t\r\n").lower()
    for pattern, what, remedy in _MARKUP:
        if re.match(pattern, start, re.DOTALL):
            raise UnreadableFile(f"{name} is {what}, not a table", remedy=remedy)


def is_binary(head: bytes) -> bool:
    """Whether more than a twentieth of the bytes are control characters that no text holds.

    UTF-16 is full of NUL bytes, so pairs with one NUL count as text; a few single NULs are forgiven.
    """
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or max(even, odd) > 10 * min(even, odd) + len(head) // 8:
        return False
    # 0x01, 0x1c to 0x1f separate fields in some exports; 0x1a ends old DOS files.
    allowed = b"\x01\t\n\x0b\x0c\r\x1a\x1c\x1d\x1e\x1f"
    strange = sum(head.count(bytes([code])) for code in range(32) if code not in allowed)
    return strange * 20 > len(head)


def _inside_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            opened = archive.read("mimetype") if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnreadableFile(
            f"{path.name} is cut off or damaged: it begins like an Excel or ZIP file, but its end is missing",
            remedy="export or download it again",
        ) from error
    if any(name.lower().startswith("xl/") for name in names) or b"spreadsheet" in opened:
        return Kind.EXCEL
    if any(name.startswith("word/") for name in names) or b"opendocument" in opened:
        raise UnreadableFile(f"{path.name} is a text document, not a table", remedy=AS_CSV)
    inside = ", ".join(sorted(names)[:5])
    raise UnreadableFile(f"{path.name} is a ZIP archive, not a table (inside: {inside})", remedy=UNPACK)


def _inside_ole(path: Path) -> Kind:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnreadableFile(
            f"{path.name} is protected by a password", remedy="save it in Excel without a password"
        )
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        raise UnreadableFile(f"{path.name} is an old Office file without a workbook", remedy=AS_CSV)
    return Kind.EXCEL
