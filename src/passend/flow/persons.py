"""One person's data: handed out whole, or erased from every table, every kept older state and every file beside them.

What is left of an erased customer is a fingerprint under a salt of the workspace's own, so that no later file brings
the person back: rows of erased customers are left out of every import, and the import says how many.
"""

import hmac
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput
from passend.ports import Engine, Statement
from passend.tables import CONTRACTS, contract
from passend.workspace import Workspace

ERASED = "erased_customers"
_SALT = "erasure.salt"
#: Files for people and other systems that name customers; they are written anew by the next plan.
_FILES = ("report.html", "offers.csv", "offers.parquet")


def tables_with_persons(workspace: Workspace) -> Iterator[str]:
    """The stored tables that have a row for, or of, a customer."""
    for name in workspace.manifest.tables:
        if name in CONTRACTS and "customer_id" in contract(name).schema.names:
            yield name


def export_person(workspace: Workspace, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that belongs to a customer.

    Raises:
        InvalidInput: nothing is stored of such a customer.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    with workspace.engine() as engine:
        for name in tables_with_persons(workspace):
            engine.create(
                "of_person",
                Statement(
                    f"person/{name}",
                    f'select * from "{name}" where customer_id = $customer',
                    {"customer": customer_id},
                ),
            )
            rows = engine.fetch("of_person").to_pylist()
            if rows:
                found[name] = rows
    if not found:
        raise InvalidInput(f"Nothing is stored of a customer '{customer_id}'.", remedy="Check the number.")
    return found


def erase_person(workspace: Workspace, customer_id: str) -> dict[str, int]:
    """Erase a customer everywhere, for good; returns the number of rows erased from each table.

    Raises:
        InvalidInput: nothing is stored of such a customer.
    """
    erased = {name: len(rows) for name, rows in export_person(workspace, customer_id).items()}
    with workspace.change("erase a customer") as change, workspace.engine() as engine:
        if workspace.has("quarantine") and workspace.has("lines"):
            _clean_quarantine(engine, customer_id)
            change.write(engine, "quarantine", source="quarantine_kept")
        if workspace.has("set_aside"):
            _clean_set_aside(engine, customer_id)
            change.write(engine, "set_aside", source="set_aside_kept")
        for name in erased:
            _keep_others(engine, name, customer_id)
            change.write(engine, name, source=f"{name}_kept")
        mark = {
            "fingerprint": _fingerprint(workspace, customer_id),
            "erased_at": datetime.now(UTC).replace(tzinfo=None),
        }
        known = _erased(workspace)
        if mark["fingerprint"] not in known["fingerprint"].to_pylist():
            row = pa.Table.from_pylist([mark], schema=contract(ERASED).schema)
            engine.load(ERASED, pa.concat_tables([known, row]))
            change.write(engine, ERASED)
    workspace.forget_past()
    for name in _FILES:
        (workspace.folder / name).unlink(missing_ok=True)
    return erased


def keep_out_erased(workspace: Workspace, engine: Engine, table: str) -> int:
    """Leave rows of erased customers out of a table that is being imported; returns how many there were."""
    known = set(_erased(workspace)["fingerprint"].to_pylist())
    if not known:
        return 0
    engine.create(
        "persons_coming",
        Statement(
            "person/coming", f'select distinct customer_id from "{table}" where customer_id is not null'
        ),
    )
    coming = engine.fetch("persons_coming")["customer_id"].to_pylist()
    back = [number for number in coming if _fingerprint(workspace, number) in known]
    if not back:
        return 0
    engine.load("persons_erased", pa.table({"customer_id": pa.array(back, pa.string())}))
    kept = (
        "from {0} t left join persons_erased e on e.customer_id = t.customer_id where e.customer_id is null"
    )
    engine.create("persons_kept", Statement("person/kept", "select t.* " + kept.format(f'"{table}"')))
    before = _count(engine, table)
    rows = engine.fetch("persons_kept")
    engine.load(table, rows)
    engine.drop("persons_kept")
    left_out: int = before - rows.num_rows
    return left_out


def _count(engine: Engine, table: str) -> int:
    return engine.create("rows_counted", Statement("person/count", f'select customer_id from "{table}"'))


def _keep_others(engine: Engine, name: str, customer_id: str) -> None:
    text = f'select * from "{name}" where customer_id is null or customer_id <> $customer'
    engine.create(f"{name}_kept", Statement(f"person/{name}", text, {"customer": customer_id}))


def _clean_quarantine(engine: Engine, customer_id: str) -> None:
    """Rows set aside keep the text of their row; those of the customer go."""
    text = """
        select q.* from quarantine q
        left join lines l on l.source_id = q.source_id and l.row = q.row and l.customer_id = $customer
        where l.row is null and not coalesce(contains(q.raw, $customer), false)
    """
    engine.create("quarantine_kept", Statement("person/quarantine", text, {"customer": customer_id}))


def _clean_set_aside(engine: Engine, customer_id: str) -> None:
    """The same for rows of the firm's further tables, which have no customer but in their text."""
    text = "select * from set_aside where not coalesce(contains(raw, $customer), false)"
    engine.create("set_aside_kept", Statement("person/set_aside", text, {"customer": customer_id}))


def _erased(workspace: Workspace) -> pa.Table:
    return workspace.read(ERASED) if workspace.has(ERASED) else contract(ERASED).empty()


def _fingerprint(workspace: Workspace, customer_id: str) -> str:
    file = workspace.folder / _SALT
    if not file.exists():
        file.write_text(secrets.token_hex(32), "ascii")
        file.chmod(0o600)
    return hmac.new(bytes.fromhex(file.read_text("ascii")), customer_id.encode(), "sha256").hexdigest()


def is_erased(workspace: Workspace, customer_id: str) -> bool:
    """Whether a customer of this number was erased."""
    marks = _erased(workspace)["fingerprint"]
    return bool(len(marks)) and bool(pc.any(pc.equal(marks, _fingerprint(workspace, customer_id))).as_py())
