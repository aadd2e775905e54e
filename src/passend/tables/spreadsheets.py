"""Tables as files for people: a spreadsheet runs a cell that begins like a formula, so such texts are guarded.

Names and numbers come from customers and suppliers; ``=HYPERLINK(...)`` in a product's name would run on the desk of
whoever opens the export. The guard is the apostrophe that spreadsheets take for 'this is text' (OWASP, CSV injection).
Reading takes it off again, so that what was exported can be imported and is the same. Parquet needs no guard.
"""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

_RISKY = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_GUARDED = f"^'(['\\s]*[{_RISKY}])"
_BARE = f"^(['\\s]*[{_RISKY}])"


def guarded(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Texts with an apostrophe before what a spreadsheet may take for a formula."""
    return pc.replace_substring_regex(texts, _BARE, r"'\1")


def unguarded(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The texts as they were before :func:`guarded`."""
    return pc.replace_substring_regex(texts, _GUARDED, r"\1")


def guarded_text(text: str) -> str:
    """One text with the guard where it needs one."""
    found: str = guarded(pa.array([text], pa.string()))[0].as_py()
    return found


def unguarded_text(text: str) -> str:
    """One text without the guard."""
    found: str = unguarded(pa.array([text], pa.string()))[0].as_py()
    return found


def as_csv(table: pa.Table) -> bytes:
    """A table as CSV in UTF-8, safe to open in a spreadsheet: every text is guarded, identifiers included."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            table = table.set_column(place, field.name, guarded(table.column(place)))
    out = pa.BufferOutputStream()
    pcsv.write_csv(table, out)
    content: bytes = out.getvalue().to_pybytes()
    return content
