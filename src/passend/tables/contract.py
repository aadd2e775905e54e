"""What a contract is, and how a table is held to it."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import ContractBroken

#: The types that a contract may name, and what they are in Arrow.
TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "whole": pa.int64(),
    "number": pa.float64(),
    "time": pa.timestamp("us"),
    "flag": pa.bool_(),
}

#: What people look up a few rows of a table by; the first that a table has counts.
_ABOUT = ("customer_id", "product_id")


@dataclass(frozen=True)
class Column:
    """One column of a contract table."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    required: bool = True
    personal: bool = False


@dataclass(frozen=True)
class Contract:
    """A table as its readers may rely on it.

    Attributes:
        name: the table's name everywhere: file, SQL, API.
        origin: ``input`` (the firm gives it) or ``derived`` (passend computes it).
        grain: what one row stands for.
        key: the columns that together tell one row from every other; empty where rows have no identity.
        columns: in their order.
    """

    name: str
    origin: str
    grain: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The contract as an Arrow schema."""
        return pa.schema([pa.field(column.name, TYPES[column.type]) for column in self.columns])

    @property
    def personal(self) -> tuple[str, ...]:
        """The columns that are personal data."""
        return tuple(column.name for column in self.columns if column.personal)

    @property
    def order(self) -> tuple[str, ...]:
        """The columns by which rows lie in their files: what a table is about comes first.

        So the rows of one customer, or one product, lie together and are read without the others. Rows of files
        stay in the order of the file.
        """
        names = [column.name for column in self.columns]
        about = next((name for name in _ABOUT if name in names), None)
        if about is None or "source_id" in self.key:
            return ()
        return (about, *(name for name in self.key if name != about))

    def empty(self) -> pa.Table:
        """The table without rows."""
        # Not `empty_table`, which loads pandas wherever it is installed.
        nothing = [pa.nulls(0, field.type) for field in self.schema]
        return pa.Table.from_arrays(nothing, schema=self.schema)

    def check(self, table: pa.Table) -> pa.Table:
        """The table in the contract's column order and types, or an error that names what is wrong.

        Raises:
            ContractBroken: a column is missing or unknown, a type does not fit, a required value is missing,
                or two rows have the same key.
        """
        self.check_names(table.schema.names)
        try:
            table = table.select(self.schema.names).cast(self.schema)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            raise self._broken(f"a column has the wrong type: {problem}") from problem
        for column in self.columns:
            if column.required and table.column(column.name).null_count:
                row = pc.index(pc.is_null(table.column(column.name)), value=True).as_py()
                raise self._broken(f"column '{column.name}' must not be empty", record=f"row {row + 1}")
        if self.key and table.num_rows > 1:
            self._check_key(table)
        return table

    def check_names(self, names: list[str]) -> None:
        """Raise unless these are exactly the contract's columns, in any order."""
        expected = set(self.schema.names)
        missing, unknown = sorted(expected - set(names)), sorted(set(names) - expected)
        if missing:
            raise self._broken(f"columns are missing: {', '.join(missing)}")
        if unknown:
            raise self._broken(f"columns are unknown: {', '.join(unknown)}")

    def _check_key(self, table: pa.Table) -> None:
        groups = table.group_by(list(self.key), use_threads=False).aggregate([([], "count_all")])
        if groups.num_rows == table.num_rows:
            return
        twice = groups.filter(pc.greater(groups["count_all"], 1)).slice(0, 1).to_pylist()[0]
        key = ", ".join(f"{name}={twice[name]}" for name in self.key)
        raise self._broken("two rows have the same key", record=key)

    def _broken(self, what: str, record: str = "") -> ContractBroken:
        return ContractBroken(
            f"The table '{self.name}' breaks its contract: {what}.",
            record=record,
            remedy="The page 'Tables' of the documentation lists what the table must look like.",
        )
