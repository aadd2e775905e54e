"""Puts the real output of commands into the pages: ``python docs/record.py``; with ``--check`` it only compares.

A line ``<!-- output: passend story -->`` in a page is followed by what the command prints on the demo's shop. The
commands of all pages run in one folder, in the order of the pages, as a reader would type them.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from passend.market.demo import Shop, write_demo

DOCS = Path(__file__).resolve().parent
PAGES = ("tutorial.md",)
WIDTH = 104
#: The pages tell of these days, whenever they are recorded.
SHOP = Shop("en", "2024-06-03")
BLOCK = re.compile(r"<!-- output: (?P<command>[^\n]+?) -->\n(?:\n```text\n.*?\n```\n)?", re.DOTALL)


def recorded(page: str, folder: Path) -> str:
    """The page's text with the output of its commands."""
    return BLOCK.sub(lambda found: _block(found["command"], folder), (DOCS / page).read_text("utf-8"))


def _block(command: str, folder: Path) -> str:
    """The marker and the output; ``| head N`` and ``| tail N`` keep some of its lines."""
    line, _, cut = command.partition(" | ")
    lines = _output(shlex.split(line), folder)
    if cut:
        end, number = cut.split()
        lines = lines[: int(number)] if end == "head" else lines[-int(number) :]
    text = "\n".join(part for line in lines for part in textwrap.wrap(line, WIDTH) or [""]).strip("\n")
    return f"<!-- output: {command} -->\n\n```text\n{text}\n```\n"


def _output(words: list[str], folder: Path) -> list[str]:
    environment = {
        **os.environ,
        "COLUMNS": str(WIDTH),
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PASSEND_LANGUAGE": "en",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(  # noqa: S603 - the pages' own commands
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed: {done.stderr}")
    return [line.replace(f"{folder}{os.sep}", "").rstrip() for line in done.stdout.splitlines()]


def main() -> int:
    """Record all pages, or tell which are not up to date."""
    check = "--check" in sys.argv[1:]
    stale = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        write_demo(folder / "demo" / "orders.csv", SHOP)
        for page in PAGES:
            text = recorded(page, folder)
            if text != (DOCS / page).read_text("utf-8"):
                stale.append(page)
                if not check:
                    (DOCS / page).write_text(text, "utf-8", newline="\n")
    for page in stale:
        print(
            f"docs/{page} {'is not up to date; run python docs/record.py' if check else 'is recorded anew'}."
        )
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
