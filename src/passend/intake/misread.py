"""Rows that cannot be read because a column seems to mean something else: more than a few are asked about."""

from collections.abc import Mapping

from passend.intake.doubts import Doubt, settle_by
from passend.intake.times import DATE_UNREADABLE
from passend.intake.typed import NAMES, ORDER_MISSING, QUANTITY_MISSING, SEQUENCE_WRONG

#: Of the rows, and how many at least: fewer are slips. Where nearly all are, the file as a whole is refused.
_SHARE, _LEAST, _MOST = 0.01, 10, 0.9
_TOLD_BY = {
    DATE_UNREADABLE: ("ordered_at",),
    SEQUENCE_WRONG: ("sequence",),
    QUANTITY_MISSING: ("quantity",),
    ORDER_MISSING: ("order_id", "customer_id"),
    **{
        f"the {name} is not a number": tuple(meaning for meaning, called in NAMES.items() if called == name)
        for name in set(NAMES.values())
    },
}


def misread(problems: Mapping[str, int], rows: int, mapping: Mapping[str, tuple[str, ...]]) -> list[Doubt]:
    """What to ask about rows that another column would make readable.

    Args:
        problems: reason -> number of rows that cannot be used.
        rows: all rows of the file.
        mapping: meaning -> columns, as they were read.
    """
    found = []
    for reason, count in problems.items():
        meanings = [name for name in _TOLD_BY.get(reason, ()) if name in mapping]
        if meanings and count >= _LEAST and _SHARE * rows < count <= _MOST * rows:
            column = mapping[meanings[0]][0]
            found.append(
                Doubt(
                    f"In {count:,} of {rows:,} rows {reason}, so '{column}' may mean something else.",
                    f"name the right column with {settle_by(meanings[0], 'Column')}",
                )
            )
    return found
