"""Rows for people, as they come, or for machines; and the exit code that they give."""

from __future__ import annotations

import json
import os
import platform
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from benchmarks.row import UNTRIED, Row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO


def show(rows: Iterable[Row], *, as_json: bool = False) -> int:
    """Print rows: for people each as soon as it is measured, for machines all at the end.

    Whatever else is printed while measuring goes to stderr.

    Args:
        rows: often a generator that measures.
        as_json: print one JSON list, and nothing else.

    Returns:
        1 while a bar is missed, else 0.
    """
    out, found, work = sys.stdout, [], ""
    print(_machine(), file=sys.stderr if as_json else out, flush=True)
    with redirect_stdout(sys.stderr):
        for row in rows:
            found.append(row)
            if not as_json:
                _print(row, out, heading=row.work != work)
                work = row.work
    if as_json:
        print(json.dumps([row.as_json() for row in found], indent=1, allow_nan=False), file=out)
    print(f"\n{_summary(found)}", file=sys.stderr if as_json else out, flush=True)
    return int(any(row.bar.met is False for row in found))


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def _print(row: Row, out: TextIO, *, heading: bool) -> None:
    if heading:
        print(f"\n{row.work}" + (f"    ({row.command})" if row.command else ""), file=out)
    met = {True: "met", False: "MISSED", None: ""}[row.bar.met]
    value = "" if row.value is None else f"{row.value:,.4g}" if abs(row.value) < 1e4 else f"{row.value:,.0f}"
    ends = "" if row.low is None or row.high is None else f" [{row.low:,.4g} to {row.high:,.4g}]"
    said = f"  {met:6}  {value + ends:32}  {row.bar.says:28}  {row.measure}"
    print(said + (f"  |  {row.baseline}" if row.baseline else ""), file=out, flush=True)


def _summary(rows: list[Row]) -> str:
    met, missed = (sum(row.bar.met is is_met for row in rows) for is_met in (True, False))
    untried = sum(row.bar == UNTRIED for row in rows)
    told = f"{met} bars met, {missed} missed, {len(rows) - met - missed - untried} values without a bar"
    return told + (f", {untried} NOT MEASURED because something is not there" if untried else "")
