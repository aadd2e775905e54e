"""One person's data: handed out whole, or erased from every table, every kept older state and every file beside them.

What is left of an erased customer is a fingerprint under a salt of the workspace's own, so that no later file brings
the person back: rows of erased customers are left out of every import, and the import says how many.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from passend.engines import sql
from passend.errors import NoSuchCustomer
from passend.flow.identity import MERGES, customer_number
from passend.intake.identity import keys_of, written_alike
from passend.ports import Engine, Statement
from passend.tables import CONTRACTS, contract
from passend.workspace import Change, Workspace

if TYPE_CHECKING:
    from passend.store import Store

Rows = dict[str, list[dict[str, Any]]]
ERASED = "erased_customers"
_SALT = "erasure.salt"
_NAMED = "persons_named"
#: Files for people and other systems that name customers; they are written anew by the next plan.
_FILES = ("report.html", "offers.csv", "offers.parquet")


def tables_with_persons(workspace: Workspace) -> Iterator[str]:
    """The stored tables that have a row for, or of, a customer."""
    for name in workspace.manifest.tables:
        if name in CONTRACTS and "customer_id" in contract(name).schema.names:
            yield name


def export_person(workspace: Workspace, customer_id: str) -> Rows:
    """Every row that belongs to a customer, of tables and of the store, under whatever number or address it stands.

    It is what :func:`erase_person` would erase, row by row.

    Raises:
        NoSuchCustomer: nothing is stored of such a customer.
    """
    with workspace.engine(as_written=True) as engine:
        rows = _rows_of(workspace, engine, customer_id)
        names = set(engine.fetch(_NAMED)["customer_id"].to_pylist())
    store = _store_of(workspace)
    if store is None:
        return rows
    from passend.flow.forgetting import Person, known_of  # noqa: PLC0415 - databases are slow to import

    with store:
        return rows | known_of(store, Person.of(names, map(written_alike, _addresses(rows))))


def _rows_of(workspace: Workspace, engine: Engine, customer_id: str) -> Rows:
    """The rows of the workspace's tables."""
    found: Rows = {}
    names = pa.array(numbers_of(workspace, customer_id), pa.string())
    engine.load(_NAMED, pa.table({"customer_id": names}))
    for name in tables_with_persons(workspace):
        _part(engine, name, theirs=True)
        if rows := engine.fetch(f"{name}_theirs").to_pylist():
            found[name] = rows
    if not found:
        raise NoSuchCustomer(f"Nothing is stored of a customer '{customer_id}'.", remedy="Check the number.")
    words = set(engine.fetch(_NAMED)["customer_id"].to_pylist()) | _addresses(found)
    for name in _raw_tables(workspace):
        _part_raw(engine, name, words, theirs=True)
        if rows := engine.fetch(f"{name}_theirs").to_pylist():
            found[name] = rows
    return found


def _addresses(rows: Rows) -> set[str]:
    """The e-mail addresses of a customer, as they were written."""
    return {row["email"] for row in rows.get("customers", ()) if row["email"]}


def _raw_tables(workspace: Workspace) -> Iterator[str]:
    """Tables that keep the text of rows which were set aside, whoever it names."""
    if workspace.has("quarantine") and workspace.has("lines"):
        yield "quarantine"
    if workspace.has("set_aside"):
        yield "set_aside"


def numbers_of(workspace: Workspace, said: str) -> list[str]:
    """All numbers and addresses under which a customer is written."""
    one = customer_number(workspace, said)
    names = {one, said, written_alike(said)} - {""}
    known = workspace.aliases().get("customer_id")
    if known is not None:
        names |= set(known.filter(pc.equal(known["customer_id"], one))["spelling"].to_pylist())
    return sorted(names)


def erase_person(workspace: Workspace, customer_id: str) -> dict[str, int]:
    """Erase a customer everywhere, for good, under every way of writing; returns the rows erased from each table.

    Raises:
        NoSuchCustomer: nothing is stored of such a customer.
    """
    with workspace.change("erase a customer") as change, workspace.engine(as_written=True) as engine:
        rows = _rows_of(workspace, engine, customer_id)
        erased = {name: len(found) for name, found in rows.items()}
        names = set(engine.fetch(_NAMED)["customer_id"].to_pylist())
        addresses = _addresses(rows)
        marks = _marks(engine, names) | addresses
        for name in sorted(rows):
            if name in {"quarantine", "set_aside"}:
                _part_raw(engine, name, names | addresses, theirs=False)
            else:
                _part(engine, name, theirs=False)
            change.write(engine, name, source=f"{name}_kept")
        _remember(workspace, change, engine, marks)
    workspace.forget_past()
    erased |= _forget_in_store(workspace, names, addresses)
    _forget_in_lists(workspace)
    for name in _FILES:
        (workspace.folder / name).unlink(missing_ok=True)
    return erased


def _forget_in_store(workspace: Workspace, names: set[str], addresses: set[str]) -> dict[str, int]:
    """Campaigns, and what shops told, forget the customer, too, where there are any."""
    store = _store_of(workspace)
    if store is None:
        return {}
    from passend.flow.forgetting import Person, forget  # noqa: PLC0415 - databases are slow to import

    with store:
        return forget(store, Person.of(names, map(written_alike, addresses)), marker(workspace), _now())


def _store_of(workspace: Workspace) -> "Store | None":
    """The store of a workspace, where there is one."""
    from passend.store import open_store  # noqa: PLC0415 - databases are slow to import, and seldom needed here
    from passend.store.connecting import FILE  # noqa: PLC0415 - likewise

    url = workspace.settings.text("store.url")
    return open_store(workspace.folder, url) if url or (workspace.folder / FILE).exists() else None


def _forget_in_lists(workspace: Workspace) -> None:
    """The lists that the web service answers from are laid out anew, where there are any, and older ones deleted."""
    from passend.flow.serving.shelf import version_in_force  # noqa: PLC0415 - seldom needed here
    from passend.flow.serving.stocking import forget_versions, lay_out  # noqa: PLC0415 - likewise

    if version_in_force(workspace.folder):
        lay_out(workspace)
        forget_versions(workspace.folder)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _marks(engine: Engine, names: set[str]) -> set[str]:
    """What to know an erased customer by: the numbers, and their keys, unless another customer shares a key."""
    engine.create("spellings", sql("intake", "customer_spellings"))
    written = engine.fetch("spellings")["spelling"].unique()
    keys = dict(zip(written.to_pylist(), keys_of(written).to_pylist(), strict=True))
    others = {key for name, key in keys.items() if name not in names}
    own = set(keys_of(pa.array(sorted(names), pa.string())).to_pylist())
    return names | {_key_mark(key) for key in own - others}


def _key_mark(key: str) -> str:
    return f"key:{key}"


def _remember(workspace: Workspace, change: Change, engine: Engine, marks: set[str]) -> None:
    known = _erased(workspace)
    now = _now()
    new = sorted({_fingerprint(workspace, mark) for mark in marks} - set(known["fingerprint"].to_pylist()))
    if new:
        rows = [{"fingerprint": mark, "erased_at": now} for mark in new]
        made = pa.Table.from_pylist(rows, schema=contract(ERASED).schema)
        engine.load(ERASED, pa.concat_tables([known, made]))
        change.write(engine, ERASED)


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
    back = [
        name
        for name in engine.fetch("persons_coming")["customer_id"].to_pylist()
        if not known.isdisjoint(_fingerprints(workspace, name))
    ]
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


def _part(engine: Engine, name: str, *, theirs: bool) -> None:
    """The rows of a table that are the customer's, or all others; a merge is also a row of the number merged."""
    text = f'select t.* from "{name}" t left join {_NAMED} p on p.customer_id = t.customer_id'
    where = "p.customer_id is not null"
    if name == MERGES:
        text += f" left join {_NAMED} o on o.customer_id = t.other_id"
        where += " or o.customer_id is not null"
    _keep(engine, name, (text, where), {}, theirs=theirs)


def _part_raw(engine: Engine, name: str, names: set[str], *, theirs: bool) -> None:
    """The same of rows that were set aside: their text holds one of the names as a word, in whatever letters."""
    words = "|".join(re.escape(one.lower()) for one in sorted(names))
    text, where = f'select t.* from "{name}" t', "coalesce(regexp_matches(lower(t.raw), $words), false)"
    if name == "quarantine":
        text += f"""
            left join (
                select l.source_id, l.row from lines l join {_NAMED} p on p.customer_id = l.customer_id
            ) own on own.source_id = t.source_id and own.row = t.row
        """
        where += " or own.row is not null"
    values = {"words": f"(^|[^0-9a-z])({words})($|[^0-9a-z])"}
    _keep(engine, name, (text, where), values, theirs=theirs)


def _keep(
    engine: Engine, name: str, asked: tuple[str, str], values: Mapping[str, str], *, theirs: bool
) -> None:
    """Keep one of the two parts of a table under a name of its own."""
    text, where = asked
    kept = f"{name}_theirs" if theirs else f"{name}_kept"
    condition = where if theirs else f"not ({where})"
    engine.create(kept, Statement(f"person/{name}", f"{text} where {condition}", values))


def _erased(workspace: Workspace) -> pa.Table:
    return workspace.read(ERASED) if workspace.has(ERASED) else contract(ERASED).empty()


def marker(workspace: Workspace) -> Callable[[str], str]:
    """What turns a number or address into the fingerprint by which an erased person is known again."""
    file = workspace.folder / _SALT
    if not file.exists():
        file.write_text(secrets.token_hex(32), "ascii")
        file.chmod(0o600)
    salt = bytes.fromhex(file.read_text("ascii"))
    return lambda text: hmac.new(salt, text.encode(), "sha256").hexdigest()


def _fingerprint(workspace: Workspace, customer_id: str) -> str:
    return marker(workspace)(customer_id)


def _fingerprints(workspace: Workspace, customer_id: str) -> set[str]:
    key = keys_of(pa.array([customer_id], pa.string()))[0].as_py()
    return {_fingerprint(workspace, customer_id), _fingerprint(workspace, _key_mark(key))}


def is_erased(workspace: Workspace, customer_id: str) -> bool:
    """Whether a customer of this number or address was erased, in whatever letters it is written."""
    known = set(_erased(workspace)["fingerprint"].to_pylist())
    return not known.isdisjoint(_fingerprints(workspace, written_alike(customer_id)))
