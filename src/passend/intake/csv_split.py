"""One line of a CSV file into its fields, with a word on how sure that is."""

import re
from enum import Enum
from functools import lru_cache


class Quoting(Enum):
    """How the quotes of a line were found."""

    CLEAN = "clean"
    ODD = "odd"  # text follows a closing quote: the field is kept as it stands
    OPEN = "open"  # a quote is opened and not closed by the end
    LOST = "lost"  # first odd, then open: more lines would not make it better


@lru_cache(maxsize=16)
def _inside(quote: str) -> re.Pattern[str]:
    q = re.escape(quote)
    return re.compile(f"(?:[^{q}]++|{q}{q})*+")


def split(text: str, delimiter: str, quote: str) -> tuple[list[str], Quoting]:
    """The fields of a record.

    A field in quotes may hold the delimiter, line breaks and doubled quotes. A quote in the middle of a field
    (a 7" saucepan) is a plain character.

    Args:
        text: the record without its line end.
        delimiter: what stands between fields.
        quote: what may enclose a field.
    """
    if quote not in text:
        return text.split(delimiter), Quoting.CLEAN
    inside, fields, state, at, length = _inside(quote), [], Quoting.CLEAN, 0, len(text)
    while True:
        end = -1
        if text.startswith(quote, at):
            close = inside.match(text, at + 1).end()  # type: ignore[union-attr]  # it matches nothing, too
            if close == length:
                fields.append(text[at + 1 :])
                return fields, Quoting.OPEN if state is Quoting.CLEAN else Quoting.LOST
            if close + 1 == length or text.startswith(delimiter, close + 1):
                end = close + 1
                fields.append(text[at + 1 : close].replace(quote + quote, quote))
        if end < 0:
            found = text.find(delimiter, at)
            end = length if found < 0 else found
            field = text[at:end]
            if field.startswith(quote):
                state = Quoting.ODD
                if len(field) > 1 and field.endswith(quote):
                    field = field[1:-1]
            fields.append(field)
        if end >= length:
            return fields, state
        at = end + len(delimiter)
