"""Segments: customers by a rule that a person can read, check and save; light to load, so that pages have it."""

import json
from dataclasses import asdict, dataclass

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput
from passend.tables.frames import as_table

#: Stands for what is empty while rules are searched: below every amount, and within a tree's 32 bits.
LOWEST = -1e30


@dataclass(frozen=True)
class Condition:
    """One line of a rule: a column, how it is compared, and with what. What is empty meets no condition."""

    column: str
    sign: str
    value: float | str

    def __str__(self) -> str:
        if isinstance(self.value, float) and self.value < LOWEST / 10:
            return (
                f"{self.column.replace('_', ' ')} is {'known' if self.sign == 'more than' else 'not known'}"
            )
        shown = f"{self.value:,.4g}" if isinstance(self.value, float) else self.value
        return f"{self.column.replace('_', ' ')} {self.sign} {shown}"

    def holds(self, table: pa.Table) -> pa.ChunkedArray:
        """Which rows meet it."""
        column = table.column(self.column)
        compare = {"at most": pc.less_equal, "more than": pc.greater, "is": pc.equal, "is not": pc.not_equal}
        value = column.cast(pa.float64()) if isinstance(self.value, float) else column.cast(pa.string())
        return pc.fill_null(compare[self.sign](value, self.value), fill_value=False)


@dataclass(frozen=True)
class Segment:
    """Customers by a rule that a person can read, check and save.

    Attributes:
        conditions: all of them hold.
        members: share of the audience in the segment.
        lift: how many times as frequent the audience is in the segment as among all customers.
    """

    conditions: tuple[Condition, ...]
    members: float
    lift: float

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))

    def of(self, table: object) -> pa.Table:
        """The customers of a table who belong to the segment."""
        rows = as_table(table)
        for condition in self.conditions:
            rows = rows.filter(condition.holds(rows))
        return rows

    def as_json(self) -> str:
        """The segment as text, to be saved."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Segment":
        """A saved segment.

        Raises:
            InvalidInput: the text holds no segment.
        """
        try:
            told = json.loads(text)
            conditions = tuple(Condition(**one) for one in told["conditions"])
            return cls(conditions, float(told["members"]), float(told["lift"]))
        except (ValueError, KeyError, TypeError) as problem:
            raise InvalidInput("The text holds no segment.", remedy="Give what as_json() wrote.") from problem
