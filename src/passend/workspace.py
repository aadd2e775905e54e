"""A folder on disk that holds a firm's tables, settings and results.

    settings.toml        what the user has set (may be absent)
    manifests/000007.json   which files make up each table; the highest number is the present state
    tables/000007/orders/…  Parquet files, never changed once written
    scratch/             temporary files of the engines

A change writes new files first and its manifest last, by renaming it into place. So a crash at any moment
leaves the workspace either before or after the change, never in between.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from passend.engines import check_columns, check_table, open_engine
from passend.errors import WorkspaceError
from passend.ports import Engine
from passend.settings import Settings, load_settings
from passend.tables import CONTRACTS, contract
from passend.tables.firm import FIRM_TABLES

FORMAT = 1
#: States that are kept to go back to, and again as many to come back from there.
STEPS_BACK = 5
#: Input tables that a job reads and a firm may never give.
OPTIONAL = (
    "customer_aliases",
    "product_aliases",
    "customer_merges",
    "relation_edits",
    "treatment_edits",
    "set_aside",
    *(one.name for one in FIRM_TABLES),
    "plans",
    "plan_offers",
    "exposures",
    "goals",
)


@dataclass(frozen=True)
class StoredTable:
    """The files of a table and the change that last wrote it."""

    files: tuple[str, ...]
    rows: int
    change: int


@dataclass(frozen=True)
class Manifest:
    """The state of a workspace: which files make up which table, what made it, and which states lie beside it.

    Attributes:
        previous: number of the state before it; 0 is the empty one.
        undone: number of the state that was taken back to come here; 0 where nothing was.
    """

    number: int = 0
    format: int = FORMAT
    what: str = "empty"
    tables: Mapping[str, StoredTable] = field(default_factory=dict)
    column_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    previous: int = 0
    undone: int = 0


class Workspace:
    """The firm's data and results; the only place where parts are wired together.

    Args:
        folder: where it lives; made when it does not exist.
        overrides: ``name=value`` settings for this session.
    """

    def __init__(self, folder: str | Path = "passend-workspace", overrides: Sequence[str] = ()) -> None:
        self.folder = Path(folder).absolute()
        _make(self.folder)
        self.settings: Settings = load_settings(self.folder, overrides)
        self.manifest: Manifest = _read_latest(self.folder)

    def __repr__(self) -> str:
        rows = {name: stored.rows for name, stored in self.manifest.tables.items()}
        held = ", ".join(
            f"{rows[name]:,} {name}" for name in ("orders", "products", "relations", "offers") if name in rows
        )
        return f"Workspace({str(self.folder)!r}: {held or 'no data yet'})"

    @contextmanager
    def engine(self, *, as_written: bool = False) -> Iterator[Engine]:
        """The engine that the settings name, with all stored tables loaded under their names.

        Args:
            as_written: keep each customer and product under the number that a file gave, as the intake stores it;
                else they stand under the one number that all tables share.
        """
        engine = open_engine(self.settings, self.folder / "scratch")
        try:
            for name in self.manifest.tables:
                # A table stored before its contract grew is read whole, with the new columns empty.
                engine.load(name, self.files(name) if self._is_current(name) else self.read(name))
            for name in OPTIONAL:
                if not self.has(name):
                    engine.load(name, contract(name).empty())
            if not as_written:
                self._resolve(engine)
            yield engine
        finally:
            engine.close()

    def has(self, table: str) -> bool:
        """Whether the table was ever stored."""
        return table in self.manifest.tables

    def files(self, table: str) -> list[Path]:
        """The Parquet files of a stored table."""
        stored = self.manifest.tables.get(table)
        if stored is None:
            raise WorkspaceError(
                f"The workspace has no table '{table}' yet.",
                record=str(self.folder),
                remedy="Import orders first: passend run orders.csv",
            )
        return [self.folder / name for name in stored.files]

    def read(self, table: str, columns: Sequence[str] = (), *, as_written: bool = False) -> pa.Table:
        """A stored table as Arrow, with customers and products under the numbers that all tables share.

        Args:
            table: its name.
            columns: to be read; all where none are named.
            as_written: keep the numbers that the files gave, as the intake stores them.
        """
        from passend.intake.resolving import AS_WRITTEN, resolved  # noqa: PLC0415 - heavy; a mistake in a call is told without

        schema = contract(table).schema
        if columns:
            schema = pa.schema([schema.field(name) for name in columns])
        parts = [
            _as_contract(pq.ParquetFile(file).read(list(columns) or None), schema)
            for file in self.files(table)
        ]
        rows = pa.concat_tables(parts) if parts else schema.empty_table()
        return rows if as_written or table not in AS_WRITTEN else resolved(table, rows, self.aliases())

    def find(self, table: str, column: str, *values: str) -> pa.Table:
        """The rows of one customer or product, or a few, of a stored table; without reading the others.

        Args:
            table: its name.
            column: ``customer_id``, ``product_id`` or another text.
            values: the numbers that all tables share.
        """
        from passend.engines.lookup import Wanted, look_up  # noqa: PLC0415 - DuckDB, for pages and single answers
        from passend.intake.resolving import ALIASES, AS_WRITTEN, resolved  # noqa: PLC0415 - heavy, see above

        schema = contract(table).schema
        files = self.files(table) if values else []
        if not files:
            return schema.empty_table()
        known, wanted = {}, values
        if table in AS_WRITTEN and column in ALIASES and self.has(ALIASES[column]):
            known = {column: look_up(self.files(ALIASES[column]), Wanted(column, values))}
            wanted = tuple({*values, *known[column]["spelling"].to_pylist()})
        rows = _as_contract(look_up(files, Wanted(column, wanted)), schema)
        return resolved(table, rows, known)

    def aliases(self) -> dict[str, pa.Table]:
        """The numbers that stand for others, by the column that they are about."""
        from passend.intake.resolving import ALIASES  # noqa: PLC0415 - heavy; a mistake in a call is told without

        return {column: self.read(name) for column, name in ALIASES.items() if self.has(name)}

    def _resolve(self, engine: Engine) -> None:
        from passend.intake.resolving import resolve  # noqa: PLC0415 - heavy; a mistake in a call is told without

        for name in self._to_resolve():
            resolve(engine, name)

    def _to_resolve(self) -> Iterator[str]:
        """Tables in which a number may stand for another."""
        from passend.intake.resolving import ALIASES, AS_WRITTEN  # noqa: PLC0415 - heavy; a mistake in a call is told without

        known = {
            column for column, name in ALIASES.items() if self.has(name) and self.manifest.tables[name].rows
        }
        for name in AS_WRITTEN:
            if self.has(name) and known & set(contract(name).schema.names):
                yield name

    def _is_current(self, table: str) -> bool:
        if table not in CONTRACTS:
            return True
        names = set(CONTRACTS[table].schema.names)
        return all(names <= set(pq.read_schema(file).names) for file in self.files(table))

    def is_stale(self, table: str, source: str = "orders") -> bool:
        """Whether a derived table is older than what it was made from."""
        tables = self.manifest.tables
        return table in tables and source in tables and tables[table].change < tables[source].change

    @contextmanager
    def change(self, what: str) -> Iterator["Change"]:
        """Change the stored tables: all or nothing.

        Raises:
            WorkspaceError: another process is changing the workspace.
        """
        lock = FileLock(self.folder / "workspace.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise WorkspaceError(
                "Another process is working in this workspace.",
                record=str(self.folder),
                remedy="Wait until it is done, or use another folder with --workspace.",
            ) from None
        try:
            self.manifest = _read_latest(self.folder)
            _sweep(self.folder, self.manifest)
            change = Change(self, what)
            try:
                yield change
                change.finish()
            except BaseException:
                shutil.rmtree(change.folder, ignore_errors=True)
                raise
        finally:
            lock.release()

    def forget_past(self) -> None:
        """Delete every state but the present one with its files: there is nothing to go back to any more."""
        with self.change("forget the past"):
            for number in _numbers(self.folder):
                if number != self.manifest.number:
                    (self.folder / "manifests" / f"{number:06d}.json").unlink()
            _sweep(self.folder, self.manifest)

    def undo(self, of: Manifest | None = None) -> Manifest:
        """Go back to the state before the last change; again: to the one before that. Returns the restored manifest.

        Args:
            of: the change that is meant, as its manifest; without it, whatever was the last.

        Raises:
            WorkspaceError: no earlier state is kept, or something else was changed since.
        """
        with self.change("undo") as change:
            if of is not None and self.manifest.number != of.number:
                raise WorkspaceError(
                    "Something else was changed since: it cannot be taken back any more.",
                    record=str(self.folder),
                    remedy="Take the word back in the list of people's words, or say the opposite.",
                )
            before = _before(self.folder, self.manifest)
            if before is None:
                raise WorkspaceError("There is no earlier state to go back to.", record=str(self.folder))
            change.restore(before, before.previous, undone=self.manifest.number)
        return self.manifest

    def redo(self) -> Manifest:
        """Bring back what the last undo took back; returns the restored manifest.

        Raises:
            WorkspaceError: the last change was no undo.
        """
        with self.change("redo") as change:
            if self.manifest.undone not in _numbers(self.folder):
                raise WorkspaceError("Nothing was undone last.", record=str(self.folder))
            undone = _read(self.folder, self.manifest.undone)
            change.restore(undone, self.manifest.number, undone=undone.undone)
        return self.manifest


class Change:
    """New files for some tables, made visible together at the end."""

    def __init__(self, workspace: Workspace, what: str) -> None:
        self._workspace = workspace
        self._what = what
        self.number = workspace.manifest.number + 1
        self.folder = workspace.folder / "tables" / f"{self.number:06d}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self._tables = dict(workspace.manifest.tables)
        self._column_maps = dict(workspace.manifest.column_maps)
        self._previous, self._undone = workspace.manifest.number, 0
        self._written = False
        self._writes = 0

    def write(self, engine: Engine, table: str, *, append: bool = False, source: str | None = None) -> int:
        """Store an engine's table under its contract, in place of the old rows or beside them.

        Returns the number of rows stored.
        """
        rows = check_table(engine, contract(table), source or table)
        known = self._tables.get(table)
        # A table may be written more than once in a change; no file is ever overwritten.
        self._writes += 1
        target = self.folder / f"{table}-{self._writes}"
        written = engine.write(source or table, target, contract(table).order)
        files = [str(file.relative_to(self._workspace.folder)) for file in written]
        for file in files:
            _sync(self._workspace.folder / file)
        total = rows
        if append and known:
            files, total = [*known.files, *files], known.rows + rows
        self._tables[table] = StoredTable(tuple(Path(file).as_posix() for file in files), total, self.number)
        self._written = True
        return rows

    def take(self, engine: Engine, table: str, files: Sequence[Path]) -> int:
        """Store new files as they are, beside the rows of a table; each of them holds rows that are in no other.

        Returns the number of rows stored.
        """
        engine.load("taken", files)
        rows = check_columns(engine, contract(table), "taken")
        engine.drop("taken")
        self._writes += 1
        target = self.folder / f"{table}-{self._writes}"
        target.mkdir(parents=True)
        known = self._tables.get(table)
        names = list(known.files) if known else []
        for file in files:
            place = target / file.name
            file.replace(place)
            _sync(place)
            names.append(place.relative_to(self._workspace.folder).as_posix())
        self._tables[table] = StoredTable(tuple(names), rows + (known.rows if known else 0), self.number)
        self._written = True
        return rows

    def has(self, table: str) -> bool:
        """Whether the table will be stored after the change."""
        return table in self._tables

    def files(self, table: str) -> list[Path]:
        """The files of a table as they will be after the change."""
        return [self._workspace.folder / name for name in self._tables[table].files]

    def remember_columns(self, key: str, columns: Mapping[str, str]) -> None:
        """Keep how a source's columns were read, for the next file of the same form."""
        if self._column_maps.get(key) != dict(columns):
            self._column_maps[key] = dict(columns)
            self._written = True

    def restore(self, state: Manifest, previous: int, *, undone: int) -> None:
        """Take the tables of a kept state; and what comes before it, and what was undone to come to it."""
        self._tables, self._column_maps = dict(state.tables), dict(state.column_maps)
        self._what, self._previous, self._undone = state.what, previous, undone
        self._written = True

    def finish(self) -> None:
        """Make the change visible; from here on it is there even if the machine stops."""
        if not self._written:
            return
        manifest = Manifest(
            self.number, FORMAT, self._what, self._tables, self._column_maps, self._previous, self._undone
        )
        _store(self._workspace.folder, manifest)
        self._workspace.manifest = manifest


def _as_contract(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Stored rows in the contract's columns; those that were added to it since are empty."""
    columns = [
        table.column(field.name) if field.name in table.schema.names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, names=schema.names).cast(schema)


def _make(folder: Path) -> None:
    try:
        (folder / "manifests").mkdir(parents=True, exist_ok=True)
        (folder / "tables").mkdir(exist_ok=True)
        (folder / "scratch").mkdir(exist_ok=True)
    except OSError as problem:
        raise WorkspaceError(
            f"The workspace cannot be made: {problem.strerror}.",
            record=str(folder),
            remedy="Choose a folder that you may write to with --workspace.",
        ) from problem


def _store(folder: Path, manifest: Manifest) -> None:
    file = folder / "manifests" / f"{manifest.number:06d}.json"
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False), "utf-8")
    _sync(draft)
    draft.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    """Have the system write a file (or a folder's names) to the disk now."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _numbers(folder: Path) -> list[int]:
    return sorted(int(file.stem) for file in (folder / "manifests").glob("*.json") if file.stem.isdigit())


def _read_latest(folder: Path) -> Manifest:
    numbers = _numbers(folder)
    return _read(folder, numbers[-1]) if numbers else Manifest()


def _before(folder: Path, manifest: Manifest) -> Manifest | None:
    """The state before the one given; nothing where it is not kept."""
    if manifest.tables and not manifest.previous:
        return Manifest()
    return _read(folder, manifest.previous) if manifest.previous in _numbers(folder) else None


def _kept(folder: Path, manifest: Manifest) -> list[Manifest]:
    """The states that undo and redo can come to, and the present one."""
    kept, known = {manifest.number: manifest}, set(_numbers(folder))
    for name in ("previous", "undone"):
        state = manifest
        for _ in range(STEPS_BACK):
            number = getattr(state, name)
            if number not in known:
                break
            state = kept.setdefault(number, _read(folder, number))
    return list(kept.values())


def _read(folder: Path, number: int) -> Manifest:
    file = folder / "manifests" / f"{number:06d}.json"
    try:
        tree = json.loads(file.read_text("utf-8"))
        if tree["format"] > FORMAT:
            raise WorkspaceError(
                "The workspace was written by a newer version of passend.",
                record=str(file),
                remedy="Update passend.",
            )
        tables = {
            name: StoredTable(tuple(stored["files"]), stored["rows"], stored["change"])
            for name, stored in tree["tables"].items()
        }
        number = tree["number"]
        # A state stored before there was a way back over several steps names no earlier one.
        ways = tree.get("previous", number - 1), tree.get("undone", 0)
        return Manifest(number, tree["format"], tree["what"], tables, tree["column_maps"], *ways)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise WorkspaceError(
            f"The workspace's manifest is damaged: {problem}.",
            record=str(file),
            remedy="Delete this file to go back to the state before the last change.",
        ) from problem


def _sweep(folder: Path, manifest: Manifest) -> None:
    """Delete what neither the present state nor a kept one needs, as a broken change leaves it."""
    kept = _kept(folder, manifest)
    needed = {name for state in kept for stored in state.tables.values() for name in stored.files}
    for file in (folder / "tables").rglob("*"):
        if file.is_file() and file.relative_to(folder).as_posix() not in needed:
            file.unlink(missing_ok=True)
    for place in sorted((folder / "tables").rglob("*"), reverse=True):
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
    numbers = {state.number for state in kept}
    for file in (folder / "manifests").iterdir():
        if file.suffix == ".draft" or (file.stem.isdigit() and int(file.stem) not in numbers):
            file.unlink(missing_ok=True)
    for leftover in (folder / "scratch").iterdir():
        shutil.rmtree(leftover, ignore_errors=True)
