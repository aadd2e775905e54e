"""Holds an engine's table to its contract before it is stored."""

import pyarrow as pa

from passend.errors import ContractBroken
from passend.ports import Engine, Statement
from passend.tables import Contract

_FITS = {pa.large_string(): pa.string(), pa.string_view(): pa.string()}


def check_table(engine: Engine, contract: Contract, table: str) -> int:
    """The number of rows of a table that keeps its contract.

    Raises:
        ContractBroken: a column or type is wrong, a required value is missing, or two rows have the same key.
    """
    rows = check_columns(engine, contract, table)
    if contract.key:
        _check_key(engine, contract, table)
    return rows


def check_columns(engine: Engine, contract: Contract, table: str) -> int:
    """The number of rows of a table whose columns keep its contract; its key is not looked at.

    Raises:
        ContractBroken: a column or type is wrong, or a required value is missing.
    """
    schema = engine.fetch(table, limit=0).schema
    contract.check_names(schema.names)
    for field in contract.schema:
        found = schema.field(field.name).type
        if _FITS.get(found, found) != field.type:
            raise _broken(contract, f"column '{field.name}' is {found}, not {field.type}")
    required = [column.name for column in contract.columns if column.required]
    counts = ", ".join(f'count(*) - count("{name}") as "{name}"' for name in required)
    engine.create(
        "missing_values", Statement(f"check/{table}", f'select count(*) as n, {counts} from "{table}"')
    )
    missing = engine.fetch("missing_values").to_pylist()[0]
    for name in required:
        if missing[name]:
            raise _broken(contract, f"column '{name}' is empty in {missing[name]} rows")
    return int(missing["n"])


def _check_key(engine: Engine, contract: Contract, table: str) -> None:
    key = ", ".join(f'"{name}"' for name in contract.key)
    twice = Statement(
        f"check/{table}",
        f'select {key}, count(*) as n from "{table}" group by {key} having count(*) > 1 order by {key} limit 1',
    )
    if engine.create("repeated_keys", twice):
        row = engine.fetch("repeated_keys").to_pylist()[0]
        found = ", ".join(f"{name}={row[name]}" for name in contract.key)
        raise _broken(contract, f"{row['n']} rows have the same key", found)


def _broken(contract: Contract, what: str, record: str = "") -> ContractBroken:
    return ContractBroken(
        f"The table '{contract.name}' breaks its contract: {what}.",
        record=record,
        remedy="This is a fault of passend; please report it with the lines above.",
    )
