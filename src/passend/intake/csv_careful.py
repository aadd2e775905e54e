"""The careful way through lines: every record is judged on its own, and a broken one costs no other.

A quote that is never closed would swallow the rest of a file. Here it costs its own line: the lines after it
are joined to it only as long as they do not read like records of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from passend.intake.csv_dialect import Dialect, is_blank_line, text_lines
from passend.intake.csv_split import Quoting, split
from passend.intake.source import BrokenRow

RAW_LENGTH = 2_000
MOST_LINES = 500
MOST_CHARACTERS = 100_000
_NEVER_CLOSED = "a quote is opened in this line and never closed"


@dataclass
class Records:
    """Some consecutive records.

    Attributes:
        rows: their numbers.
        values: their fields.
        broken: those that could not be split.
        next_row: the number of the record after these.
        rest: the begin of a record whose end is not there yet.
    """

    next_row: int
    rows: list[int] = field(default_factory=list)
    values: list[list[str]] = field(default_factory=list)
    broken: list[BrokenRow] = field(default_factory=list)
    rest: str = ""


def read_careful(text: str, dialect: Dialect, row: int, *, final: bool, most: int) -> Iterator[Records]:
    """The records of whole lines, at most ``most`` at a time.

    Args:
        text: lines with their ends.
        dialect: their layout.
        row: the number of the first record.
        final: nothing comes after these lines.
        most: the size of each part.
    """
    lines, at = text_lines(text), 0
    found = Records(row)
    while at < len(lines):
        body = lines[at].rstrip("\r\n")
        if is_blank_line(body, dialect.delimiter, dialect.width):
            at += 1
            continue
        fields, state = split(body, dialect.delimiter, dialect.quote)
        taken, reason = 1, ""
        if state is Quoting.LOST:
            reason = _NEVER_CLOSED
        elif state is Quoting.OPEN:
            fields, taken = _over_lines(lines, at, dialect, final=final)
            if taken < 0:
                found.rest = "".join(lines[at:])
                break
            reason = "" if taken else _NEVER_CLOSED
        values = None if reason else fitted(fields, dialect)
        if values is None:
            reason = reason or f"{_count(len(fields))}, {dialect.width} expected"
            raw = "".join(lines[at : at + taken]).rstrip("\r\n") if taken > 1 else body
            found.broken.append(BrokenRow(found.next_row, reason, raw[:RAW_LENGTH]))
        else:
            found.rows.append(found.next_row)
            found.values.append(values)
        found.next_row += 1
        at += max(taken, 1)
        if len(found.rows) + len(found.broken) >= most:
            yield found
            found = Records(found.next_row)
    yield found


def fitted(fields: list[str], dialect: Dialect) -> list[str] | None:
    """The fields, one for each column; empty ones at the end may be too many or missing."""
    extra = len(fields) - dialect.width
    if extra == 0:
        return fields
    if extra > 0:
        return None if any(fields[dialect.width :]) else fields[: dialect.width]
    return [*fields, *[""] * -extra] if -extra <= dialect.optional else None


def _over_lines(lines: Sequence[str], at: int, dialect: Dialect, *, final: bool) -> tuple[list[str], int]:
    """A record whose quote is open at the end of its first line.

    Returns:
        Its fields and the number of its lines; 0 if the quote is simply never closed, -1 if that cannot be
        told before more lines are read.
    """
    delimiter, quote = dialect.delimiter, dialect.quote
    first_is_whole = len(lines[at].split(delimiter)) >= dialect.width > 1
    length = len(lines[at])
    like_records = 0
    for between, end in enumerate(range(at + 1, min(at + MOST_LINES, len(lines)))):
        line = lines[end]
        length += len(line)
        if length > MOST_CHARACTERS:
            return [], 0
        whole = dialect.width > 1 and len(split(line.rstrip("\r\n"), delimiter, quote)[0]) == dialect.width
        if whole and first_is_whole:
            return [], 0
        if quote in line:
            fields, state = split("".join(lines[at : end + 1]).rstrip("\r\n"), delimiter, quote)
            if state is not Quoting.OPEN:
                fits = fitted(fields, dialect) is not None
                most = between / 2 if fits else 0
                joined = state is Quoting.CLEAN and like_records <= most
                return (fields, end + 1 - at) if joined else ([], 0)
        like_records += whole
    return [], 0 if final or len(lines) - at >= MOST_LINES else -1


def _count(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"
