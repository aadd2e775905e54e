"""``python3 dev.py bench [ROOM] [--json] [--anew]``: a row per bar; exit code 1 while a bar is missed.

A benchmark is a module here with a function ``rows()`` that yields `Row`; its room is the first word of its name. One
that was finished is shown, not measured again, until something changes that it hangs on; ``--anew`` forgets it.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import kept
from benchmarks.row import UNTRIED, Row
from benchmarks.showing import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks of one room, of one module, or all."""
    modules = benchmarks()
    rooms = list(dict.fromkeys(name.split("_")[0] for name in modules))
    parser = argparse.ArgumentParser(
        prog="dev.py bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("room", nargs="?", metavar="ROOM", choices=[*rooms, *modules],
                        help=f"{', '.join(rooms)}, or one benchmark: {', '.join(modules)}; default: all")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the rows as a JSON list, and nothing else")
    parser.add_argument("--anew", action="store_true", help="forget what was measured before")
    options = parser.parse_args(arguments)
    room = options.room
    chosen = [name for name in modules if room in (None, name, name.split("_")[0])]
    for name in chosen if options.anew else ():
        kept.forget(f"benchmarks.{name}")
    return show(measured(chosen), as_json=options.json)


def benchmarks() -> list[str]:
    """The names of all modules here that define ``rows``."""
    return [
        file.stem
        for file in sorted(_HERE.glob("*.py"))
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "rows"
            for node in ast.parse(file.read_bytes()).body
        )
    ]


def measured(names: Sequence[str]) -> Iterator[Row]:
    """The rows of these benchmarks, kept or measured now."""
    for name in names:
        place = kept.place_of(f"benchmarks.{name}", "rows")
        print(f"{name}: {'kept' if place.exists() else 'measuring ...'}", file=sys.stderr, flush=True)
        if place.exists():
            yield from kept.read(place)
            continue
        found: list[Row] = []
        for row in importlib.import_module(f"benchmarks.{name}").rows():
            found.append(row)
            yield row
        if all(row.bar != UNTRIED for row in found):  # what is missing today may be there tomorrow
            kept.write(place, found)


if __name__ == "__main__":
    sys.exit(main())
