"""The firm's further tables (customers, contracts, events, contacts, consents, costs): keeping what was given."""

from collections.abc import Iterable

import pyarrow as pa

from passend.engines import sql
from passend.flow.persons import keep_out_erased
from passend.intake import Staged
from passend.ports import Engine, Statement
from passend.tables import Contract, contract
from passend.workspace import Change, Workspace


def keep_firm_rows(workspace: Workspace, change: Change, engine: Engine, table: str, staged: Staged) -> int:
    """Keep what is new or has changed; a row given again replaces what was known under its key.

    Rows of customers who were erased do not come back.

    Returns the number of rows that are new or changed; the others were known already.
    """
    if not staged.files:
        return 0
    engine.load("given_rows", staged.files)
    return keep_given_rows(workspace, change, engine, table)


def keep_given_rows(workspace: Workspace, change: Change, engine: Engine, table: str) -> int:
    """The same for rows that the engine holds under the name ``given_rows``."""
    made = contract(table)
    if "customer_id" in made.schema.names:
        keep_out_erased(workspace, engine, "given_rows")
    if not change.has(table):
        added = change.write(engine, table, source="given_rows")
    else:
        engine.load(table, change.files(table))
        added = engine.create("fresh_rows", _fresh(made))
        if added:
            engine.create("replaced_rows", _replaced(made))
            if engine.fetch("replaced_rows", limit=1).num_rows:
                engine.create("merged_rows", _merged(made))
                change.write(engine, table, source="merged_rows")
            else:
                change.write(engine, table, append=True, source="fresh_rows")
    if added:
        engine.load(table, change.files(table))
    return added


def keep_set_aside(change: Change, engine: Engine, source: str, kind: str, staged: Staged) -> None:
    """Keep the rows that cannot be used, with their reasons; the table ``quarantine`` shows them."""
    if staged.aside_files:
        engine.load("given_set_aside", staged.aside_files)
    elif staged.set_aside:
        engine.load("given_set_aside", _rows(staged, source, kind))
    else:
        return
    if engine.create("added_set_aside", sql("intake", "added_set_aside")):
        change.write(engine, "set_aside", append=True, source="added_set_aside")
        engine.load("set_aside", change.files("set_aside"))


def _rows(staged: Staged, source: str, kind: str) -> pa.Table:
    rows = [
        {
            "source_id": staged.source_id,
            "source": source,
            "row": item.row,
            "kind": kind,
            "reason": item.reason,
            "raw": item.raw,
        }
        for item in staged.set_aside
    ]
    return pa.Table.from_pylist(rows, schema=contract("set_aside").schema)


# The three statements are alike for all six tables, so they are made of the contract instead of standing in files.


def _fresh(made: Contract) -> Statement:
    """The given rows that are not known word for word."""
    same = " and ".join(f"k.{name} is not distinct from g.{name}" for name in made.schema.names)
    text = (
        f"select {_names(made, 'g')} from given_rows g left join {made.name} k on {same} "
        f"where k.{made.key[0]} is null"
    )
    return Statement(f"intake/fresh_{made.name}", text)


def _replaced(made: Contract) -> Statement:
    text = f"select {_names(made, 'k', made.key)} from {made.name} k join fresh_rows g on {_same_key(made)}"
    return Statement(f"intake/replaced_{made.name}", text)


def _merged(made: Contract) -> Statement:
    """The known rows that nothing replaces, and the fresh ones."""
    text = (
        f"select {_names(made, 'k')} from {made.name} k left join fresh_rows g on {_same_key(made)} "
        f"where g.{made.key[0]} is null union all select {_names(made, 'g')} from fresh_rows g"
    )
    return Statement(f"intake/merged_{made.name}", text)


def _same_key(made: Contract) -> str:
    return " and ".join(f"k.{name} = g.{name}" for name in made.key)


def _names(made: Contract, alias: str, names: Iterable[str] = ()) -> str:
    return ", ".join(f"{alias}.{name}" for name in names or made.schema.names)
