"""How a text file is laid out: delimiter, quotes, header, title lines. Decided from its first lines."""

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from passend.intake.csv_split import Quoting, split
from passend.intake.headers import header_at, looks_like_header, unique_names, usual_width

SAMPLE_RECORDS = 400
_LONGEST_SAMPLE_RECORD = 60

#: In the order in which they win a tie: "1,5;2,0" is two numbers with decimal commas.
COMMON = ("\t", ";", "|", ",")
RARE = ("\x01", "\x1f", "^", "~", "¦", "§", "!", "#", "*", ":", "&")
NONE = "\x1d"  # of a single column: a character that no text holds
_SEP_LINE = re.compile(r"\"?sep=(\\t|.)\"?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """The layout of a text file.

    Attributes:
        delimiter: what stands between fields.
        quote: what may enclose a field.
        columns: names, made unique.
        header: whether the file names its columns itself.
        skip_lines: lines before the first data record, the header among them.
        preamble: title and comment lines above the header.
        optional: so many fields at the end of a record may be missing, because others have them empty.
    """

    delimiter: str
    quote: str
    columns: tuple[str, ...]
    header: bool
    skip_lines: int
    preamble: tuple[str, ...] = ()
    optional: int = 0

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.columns)


@dataclass(frozen=True)
class _Record:
    line: int
    lines: int
    fields: list[str]


def sniff(text: str) -> Dialect:
    """The layout of a file that begins with this text of whole lines.

    Args:
        text: the first lines, decoded.
    """
    lines = text_lines(text)
    skipped, named = _sep_line(lines)
    quote = _quote(lines[skipped : skipped + SAMPLE_RECORDS])
    delimiter = named or _delimiter(lines[skipped:], quote)
    records = _records(lines, skipped, delimiter, quote)
    rows = [record.fields for record in records]
    place = header_at(rows)
    if place is None:
        width = usual_width(rows)
        optional = _optional(rows, width)
        return Dialect(delimiter, quote, unique_names([""] * width), False, skipped, optional=optional)
    head, data = records[place], rows[place + 1 :]
    names = _trimmed(head.fields, data)
    return Dialect(
        delimiter,
        quote,
        unique_names(names),
        header=True,
        skip_lines=head.line + head.lines,
        preamble=tuple(line.rstrip("\r\n") for line in lines[skipped : head.line] if line.strip()),
        optional=_optional(data, len(names)),
    )


def text_lines(text: str) -> list[str]:
    r"""Lines with their ends, which are ``\n``, ``\r\n`` or ``\r`` and nothing else."""
    return list(io.StringIO(text, newline=""))


def is_blank_line(body: str, delimiter: str, width: int) -> bool:
    """Whether a line is no record at all: nothing, or only spaces where several columns are due."""
    return not body or (width > 1 and delimiter not in body and not body.strip(" \t\x0b\x0c\x1a\xa0\ufeff"))


def _sep_line(lines: Sequence[str]) -> tuple[int, str]:
    """Excel's own hint ``sep=;`` in the first line."""
    found = _SEP_LINE.fullmatch(lines[0].rstrip("\r\n")) if lines else None
    return (1, "\t" if found[1] == "\\t" else found[1]) if found else (0, "")


def _quote(lines: Sequence[str]) -> str:
    """Single quotes only where they enclose fields on most lines and double quotes do not occur."""
    single = sum(1 for line in lines if re.search(r"(?:^|[,;|\t])'[^']*'(?:[,;|\t]|\s*$)", line))
    double = sum(1 for line in lines if '"' in line)
    return "'" if single > max(1, len(lines) / 2) and not double else '"'


def _delimiter(lines: Sequence[str], quote: str) -> str:
    common = {each: _fit(lines, each, quote) - 0.01 * place for place, each in enumerate(COMMON)}
    best = max(common, key=lambda each: common[each])
    if common[best] > 1.1:
        return best
    # A rare one must explain nearly all lines and give a header.
    rare = {each: fit for each in RARE if (fit := _fit(lines, each, quote)) >= 1.2}
    if rare:
        return max(rare, key=lambda each: rare[each])
    return best if common[best] > 0 else NONE


def _fit(lines: Sequence[str], delimiter: str, quote: str) -> float:
    """How well a delimiter explains the lines: share with the usual width, more if a header of it leads."""
    records = _records(lines, 0, delimiter, quote)
    rows = [record.fields for record in records]
    widths = Counter(len(row) for row in rows)
    width = usual_width([row for row in rows if len(row) > 1])
    if width < 2 or (widths[width] < 2 and len(rows) > 2) or widths[1] > 0.8 * len(rows):
        return 0
    first = next(place for place, row in enumerate(rows) if len(row) == width)
    # A mark that the first line lacks may be one inside cells, as in a,b / 1,x;y, or the first line a title.
    return widths[width] / len(rows) + 0.3 * looks_like_header(rows[first]) - 0.05 * (first > 0)


def _records(lines: Sequence[str], start: int, delimiter: str, quote: str) -> list[_Record]:
    """The first records, those over several lines joined; an unclosed quote counts as plain text."""
    records: list[_Record] = []
    at = start
    while at < len(lines) and len(records) < SAMPLE_RECORDS:
        fields, state, taken = *split(lines[at].rstrip("\r\n"), delimiter, quote), 1
        if state in (Quoting.OPEN, Quoting.LOST):
            fields, taken = _joined(lines, at, delimiter, quote)
        body = lines[at].rstrip("\r\n")
        if taken > 1 or not is_blank_line(body, delimiter, 2):
            records.append(_Record(at, taken, fields))
        at += taken
    return records


def _joined(lines: Sequence[str], at: int, delimiter: str, quote: str) -> tuple[list[str], int]:
    for end in range(at + 2, min(at + _LONGEST_SAMPLE_RECORD, len(lines)) + 1):
        if quote in lines[end - 1]:
            fields, state = split("".join(lines[at:end]).rstrip("\r\n"), delimiter, quote)
            if state is Quoting.CLEAN:
                return fields, end - at
            if state is not Quoting.OPEN:
                break
    return lines[at].rstrip("\r\n").split(delimiter), 1


def _trimmed(names: list[str], data: Sequence[Sequence[str]]) -> list[str]:
    """Without nameless columns at the end that no record of the sample fills."""
    if len(names) == usual_width(data):
        return names
    filled = max((_end(row) for row in data), default=0)
    return names[: max(_end(names), min(filled, len(names)))]


def _optional(data: Sequence[Sequence[str]], width: int) -> int:
    """Fields at the end that a record may lack: some full record has them empty, or many lack them."""
    empty = max((width - _end(row) for row in data if len(row) == width), default=0)
    short = Counter(width - len(row) for row in data if 1 < len(row) < width)
    lacking = max((lack for lack, n in short.items() if n >= 2 and n * 20 >= len(data)), default=0)
    return min(max(empty, lacking), max(width - 1, 0))


def _end(row: Sequence[str]) -> int:
    return max((place for place, field in enumerate(row, start=1) if field.strip()), default=0)
