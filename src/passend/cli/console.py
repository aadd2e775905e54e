"""How the command line speaks: progress bars, tables, questions. Results go to stdout, the rest to stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from passend.cli.tongue import LANGUAGE, language_option
from passend.language import count, day, decimal, retold, speak, word

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from passend.ports import Progress
    from passend.workspace import Workspace

_YES, _NO = ("y", "yes", "j", "ja"), ("n", "no", "nein")

Command = TypeVar("Command", bound=Callable[..., object])


class _Stream:
    """One of the two streams. What draws on it is loaded with the first line, so that help answers at once."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._stderr = stderr

    @cached_property
    def console(self) -> "Console":
        """The stream as rich sees it."""
        from rich.console import Console

        if self._stderr:
            return Console(stderr=True, highlight=False)
        # In a file or a pipe nobody has set a width; 80 would break tables that people read in an editor.
        return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 110)

    def print(self, *what: Any, **how: Any) -> None:
        """Print a line; ``[bold]`` and its like are read as style unless ``markup`` is false."""
        self.console.print(*what, **how)


out = _Stream()
err = _Stream(stderr=True)


def agreed(question: str, *, default: bool = False) -> bool:
    """Ask a yes-or-no question on the terminal; yes and no count in English and German, whatever is spoken.

    Raises:
        click.Abort: the input ended.
    """
    signs = word("[Y/n]") if default else word("[y/N]")
    while True:
        said = click.prompt(f"{question} {signs}", default="", show_default=False, err=True).strip().lower()
        if not said:
            return default
        if said in _YES or said in _NO:
            return said in _YES
        err.print(word("Please answer y or n."), markup=False)


def workspace_options(command: Command) -> Command:
    """The options that every command shares."""
    for option in (
        click.option("--quiet", "-q", is_flag=True, help="Print results only, no progress."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts."),
        click.option(
            "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting for this call."
        ),
        language_option,
        click.option(
            "--workspace",
            "-w",
            default="passend-workspace",
            show_default=True,
            type=click.Path(file_okay=False, path_type=Path),
            help="Folder that keeps the data.",
        ),
    ):
        command = option(command)
    return command


def open_workspace(
    folder: str | Path, overrides: Sequence[str], engine: str | None = None, *, needs: str = ""
) -> "Workspace":
    """The workspace that a command works in, opened before anything heavy, so that mistakes are told at once.

    Args:
        folder: where it lives.
        overrides: ``--set`` of the call.
        engine: ``--engine`` of the call.
        needs: a table without which the command cannot begin.

    Raises:
        WorkspaceError: the table is not there; it says what to do first.
    """
    from passend.workspace import Workspace

    context = click.get_current_context(silent=True)
    spoken = context.find_root().meta.get(LANGUAGE) if context else None
    own = {"engine.name": engine, "language": spoken}
    place = Workspace(folder, [*overrides, *(f"{name}={value}" for name, value in own.items() if value)])
    speak(place.settings.text("language"))
    if needs:
        place.files(needs)
    return place


class _BarProgress:
    """Progress as a line on the terminal: a bar where the size is known, else a spinner."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, says: str, total: int | None = None) -> None:
        """Finish the step before and begin this one."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(retold(says), total=total)

    def advance(self, amount: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bars.advance(self._task, amount)


class Talk:
    """Progress for the length of a ``with`` block."""

    def __init__(self, *, quiet: bool) -> None:
        self._bars = None if quiet or not err.console.is_terminal else _bars()

    def __enter__(self) -> "Progress":
        """Show the bar."""
        from passend.ports import Silence

        if self._bars is None:
            return Silence()
        self._bars.start()
        return _BarProgress(self._bars)

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bars is not None:
            self._bars.stop()

    def pause(self) -> None:
        """Take the bar away for a question."""
        if self._bars is not None:
            self._bars.stop()

    def go_on(self) -> None:
        """Show the bar again."""
        if self._bars is not None:
            self._bars.start()


def _bars() -> "Bars":
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=err.console,
        transient=True,
    )


def can_ask() -> bool:
    """Whether there is a person to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def print_json(value: object) -> None:
    """A result as JSON on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


_LONGEST_NAME = 24


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A small table on stdout, with title and heads in the language that is spoken; numbers stand on the right."""
    from rich.table import Table

    rows = [tuple(row) for row in rows]
    table = Table(title=word(title) or None, title_justify="left", header_style="bold")
    for place, column in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[place], int | float | None) for row in rows)
        # Names are never cut: a table in which they break cannot be read.
        is_name = place == 0 and all(len(str(row[0])) <= _LONGEST_NAME for row in rows)
        table.add_column(
            word(column), justify="right" if is_number else "left", overflow="fold", no_wrap=is_name
        )
    for row in rows:
        table.add_row(*(_said(value) for value in row))
    out.print(table)


#: Columns of tables that hold words of the firm's language.
_WORDED = {"action", "type", "verdict"}


def as_said(row: Mapping[str, object]) -> tuple[object, ...]:
    """A stored row for a table on stdout."""
    return tuple(word(str(value)) if name in _WORDED and value else value for name, value in row.items())


def _said(value: object) -> str:
    if isinstance(value, bool):
        return word("yes") if value else word("no")
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return decimal(value, 2)
    if isinstance(value, datetime):
        return day(value)
    return "" if value is None else str(value).replace("[", "\\[")


def _plain(value: Any) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if hasattr(value, "keys") else str(value)
