"""How the command line speaks: progress bars, tables, questions. Results go to stdout, the rest to stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from passend.ports import Progress, Silence

Command = TypeVar("Command", bound=Callable[..., object])

#: In a file or a pipe nobody has set a width; 80 would break tables that people read in an editor.
out = Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 110)
err = Console(stderr=True, highlight=False)


def workspace_options(command: Command) -> Command:
    """The options that every command shares."""
    for option in (
        click.option("--quiet", "-q", is_flag=True, help="Print results only, no progress."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts."),
        click.option(
            "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting for this call."
        ),
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


class _BarProgress:
    """Progress as a line on the terminal: a bar where the size is known, else a spinner."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, says: str, total: int | None = None) -> None:
        """Finish the step before and begin this one."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(says, total=total)

    def advance(self, amount: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bars.advance(self._task, amount)


class Talk:
    """Progress for the length of a ``with`` block."""

    def __init__(self, *, quiet: bool) -> None:
        self._bars = (
            None
            if quiet or not err.is_terminal
            else Bars(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                console=err,
                transient=True,
            )
        )
        self._quiet = quiet

    def __enter__(self) -> Progress:
        """Show the bar."""
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


def can_ask() -> bool:
    """Whether there is a person to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def print_json(value: object) -> None:
    """A result as JSON on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


_LONGEST_NAME = 24


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A small table on stdout; numbers stand on the right."""
    rows = [tuple(row) for row in rows]
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for place, column in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[place], int | float | None) for row in rows)
        # Names are never cut: a table in which they break cannot be read.
        is_name = place == 0 and all(len(str(row[0])) <= _LONGEST_NAME for row in rows)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold", no_wrap=is_name)
    for row in rows:
        table.add_row(*(_said(value) for value in row))
    out.print(table)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else str(value).replace("[", "\\[")


def _plain(value: Any) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if hasattr(value, "keys") else str(value)
