"""Files that people bring through the pages: kept for a day, looked at before they are imported, then deleted."""

import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from passend.errors import EmptyTable, InvalidInput, PassendError
from passend.flow.importing import ImportSummary, import_sources
from passend.flow.sources import ImportRequest, open_requests, recognised
from passend.intake import Recognition, Source, insist_on_file
from passend.ports import Progress
from passend.workspace import Workspace

FOLDER = "uploads"
_DAY = 86_400
_MOST = 20
_SHOWN = 6
_NAME = 120
_CELL = 60


@dataclass(frozen=True)
class Column:
    """One column of a file: its name, what it is taken for, how sure that is, why, and some of its values."""

    name: str
    meaning: str
    confidence: float
    reason: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Looked:
    """What a file would be read as.

    Attributes:
        name: of the file.
        kind: which table it is taken for; empty where that is not known.
        columns: each with its meaning; empty for none.
        notes: assumptions worth knowing.
        doubts: what was guessed and should be settled.
        problem: why it cannot be read, and what to do.
    """

    name: str
    kind: str = ""
    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    problem: PassendError | None = None


@dataclass(frozen=True)
class Wish:
    """What a person knows better about a file: which table it is, and what columns mean."""

    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


def take_files(workspace: Workspace, files: Iterable[tuple[str, BinaryIO]]) -> str:
    """Keep files that came in; returns the name under which they are found.

    Raises:
        InvalidInput: there is no file among them, or there are too many.
        UnreadableFile: one is empty or no table.
    """
    place = workspace.folder / FOLDER
    place.mkdir(exist_ok=True)
    drop_old_uploads(workspace.folder, time.time())
    named = [(name, stream) for name, stream in files if name]
    if not 0 < len(named) <= _MOST:
        raise InvalidInput(f"Choose between one file and {_MOST}.", remedy="Go back and choose files.")
    number = secrets.token_hex(8)
    folder = place / number
    folder.mkdir(mode=0o700)
    try:
        kept = [_keep(folder, name, stream) for name, stream in named]
        for file in kept:
            insist_on_file(file)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return number


def drop_old_uploads(folder: Path, now: float) -> int:
    """Delete files that nobody imported within a day; returns how many times files had been brought.

    Args:
        folder: of the workspace.
        now: seconds since 1970.
    """
    place = folder / FOLDER
    old = [one for one in place.iterdir() if one.stat().st_mtime < now - _DAY] if place.is_dir() else []
    for one in old:
        shutil.rmtree(one, ignore_errors=True)
    return len(old)


def _keep(folder: Path, name: str, stream: BinaryIO) -> Path:
    """A file under its own last name; no path of it leads anywhere else."""
    last = name.replace("\\", "/").rpartition("/")[2]
    safe = "".join(one for one in last if one.isprintable() and one not in ':*?"<>|').strip(". ")[-_NAME:]
    target = folder / (safe or "file")
    if target.exists():
        raise InvalidInput(f"Two files are called {target.name}.", remedy="Rename one of them.")
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out, 1024 * 1024)
    return target


def files_of(workspace: Workspace, number: str) -> list[Path]:
    """The files that were kept under a name.

    Raises:
        InvalidInput: they are not there any more.
    """
    folder = workspace.folder / FOLDER / number
    if not number.isalnum() or not folder.is_dir():
        raise InvalidInput("These files are not there any more.", remedy="Choose them again.")
    return sorted(folder.iterdir())


def look_at(workspace: Workspace, files: Sequence[Path], wishes: Mapping[str, Wish]) -> list[Looked]:
    """What each file would be read as; nothing is changed."""
    return [_look(workspace, file, wishes.get(file.name, Wish())) for file in files]


def bring_in(
    workspace: Workspace, number: str, wishes: Mapping[str, Wish], progress: Progress, *, accept_guesses: bool
) -> ImportSummary:
    """Import the files, all or none, and delete them."""
    files = files_of(workspace, number)
    requests = [
        ImportRequest(file, columns=wish.columns, as_table=wish.kind, accept_guesses=accept_guesses)
        for file in files
        for wish in [wishes.get(file.name, Wish())]
    ]
    summary = import_sources(workspace, requests, progress)
    shutil.rmtree(workspace.folder / FOLDER / number, ignore_errors=True)
    return summary


def _look(workspace: Workspace, file: Path, wish: Wish) -> Looked:
    request = ImportRequest(file, columns=wish.columns, as_table=wish.kind)
    try:
        opened = open_requests([request], workspace.settings.text("intake.layouts"))[0]
        source = opened.source
        if isinstance(source, EmptyTable):
            raise source
        found = recognised(workspace, opened, source)
    except PassendError as problem:
        return Looked(file.name, wish.kind, problem=problem)
    return Looked(
        file.name, found.kind, tuple(_columns(source, found)), found.notes,
        tuple(one.sentence for one in found.doubts),
    )  # fmt: skip


def _columns(source: Source, found: Recognition) -> Iterator[Column]:
    meaning = {column: name for name, columns in found.mapping.items() for column in columns}
    first = next(iter(islice(source.batches(), 1)), None)
    rows = first.table.slice(0, _SHOWN).to_pydict() if first is not None else {}
    for name in source.columns:
        values = tuple("" if one is None else str(one)[:_CELL] for one in rows.get(name, ()))
        yield Column(
            name, meaning.get(name, ""), found.confidence.get(name, 0.0), found.reasons.get(name, ""), values
        )
