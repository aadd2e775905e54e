"""The first five minutes: how soon the command line and the library answer, and whether the estimators keep manners.

python -m benchmarks.door [--json]

Times are processor time, told by the process itself when it ends; the least of three runs counts, because a busy
machine adds to a time and never takes from it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from benchmarks.showing import show
from passend.cli import cli
from translations.__main__ import LANGUAGES, untranslated, unused

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
_TELL = "import atexit, sys, time; atexit.register(lambda: print(time.process_time(), file=sys.stderr))\n"
_CALL = "sys.argv = ['passend', *sys.argv[1:]]\nfrom passend.cli import main\nmain()\n"
_RELATIONS = """
import datetime, random
random.seed(1)
day = datetime.datetime(2026, 1, 1)
lines = [(order, order % 300, random.randint(1, 60), day + datetime.timedelta(hours=order))
         for order in range(1000) for _ in range(3)]
names = ("order_id", "customer_id", "product_id", "ordered_at")
from passend import Relations
Relations().fit({name: [line[place] for line in lines] for place, name in enumerate(names)}).relations_
"""
#: Mistakes as people make them.
MISTAKES: tuple[tuple[str, ...], ...] = (
    ("dance",),
    ("import",),
    ("run", "--engine", "oracle"),
    ("run", "nowhere.csv"),
    ("run", "--set", "products.windw_days=3"),
    ("import", "x.csv", "--map", "oops"),
    ("plan",),
    ("plan", "show"),
    ("plan", "--what-if", "foo=1"),
    ("replay",),
    ("products", "show", "x"),
    ("customers", "show", "x"),
    ("customers", "alike", "--like", "x"),
    ("customers", "erase", "x", "--yes"),
    ("evaluate", "nowhere.csv"),
)


def rows() -> Iterator[Row]:
    """The bars of the door, one by one."""
    helps, slowest = kept(_slowest, [[*path, "--help"] for path in _commands(cli, ())], 0)
    yield Row(
        f"--help of {helps} commands", "processor seconds of the slowest", slowest, at_most(0.3, slowest)
    )
    german = kept(_seconds, _CALL, ("run", "--language", "de", "--help"), is_call=True)
    yield Row("run --help in German", "processor seconds", german, at_most(0.3, german))
    errors, slowest = kept(_slowest, [list(one) for one in MISTAKES], None)
    yield Row(
        f"{errors} mistakes in a call", "processor seconds of the slowest", slowest, at_most(0.5, slowest)
    )
    bare, loaded = kept(_seconds, "pass", ()), kept(_seconds, "import passend", ())
    cost = 1000 * (loaded - bare)
    yield Row("import passend", "processor milliseconds beyond Python's own", cost, at_most(30, cost))
    first = kept(_seconds, _RELATIONS, ())
    yield Row("first Relations of a process, 1,000 orders", "processor seconds", first, at_most(2, first))
    yield _tests("estimator suite", "tests/test_estimators.py")
    yield _tests(
        "axe-core on the report, two languages, two themes",
        "tests/report/test_report.py",
        "-k",
        "bars_nobody",
    )
    for language in LANGUAGES:
        lacking = float(len(untranslated(language)))
        yield Row(f"messages without words in {language}", "messages", lacking, at_most(0, lacking))
        idle = float(len(unused(language)))
        yield Row(f"words in {language} without a message", "messages", idle, at_most(0, idle))


def _tests(what: str, *tests: str) -> Row:
    """Tests that stand for a bar, as the suite runs them."""
    run = [sys.executable, "-m", "pytest", *tests, "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-200:]
    failed = float(sum(line.startswith(("FAILED", "ERROR")) for line in done.stdout.splitlines()))
    failed = failed if done.returncode in (0, 1) else float("nan")
    return Row(what, "tests that failed", failed, at_most(0, failed), last, command=" ".join(run[1:-4]))


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _commands(inner, (*path, name))


def _slowest(calls: Sequence[Sequence[str]], code: int | None) -> tuple[int, float]:
    """How many calls, and the processor seconds of the slowest; each must end as it should."""
    return len(calls), max(_seconds(_CALL, call, code=code, is_call=True) for call in calls)


def _seconds(code_of: str, arguments: Sequence[str], *, code: int | None = 0, is_call: bool = False) -> float:
    with tempfile.TemporaryDirectory(prefix="passend-door-") as folder:
        told = []
        for _ in range(RUNS):
            done = subprocess.run(
                [sys.executable, "-c", _TELL + code_of, *arguments],
                cwd=folder,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            if (code is None and not done.returncode) or (code is not None and done.returncode != code):
                what = " ".join(arguments) if is_call else code_of
                raise SystemExit(f"{what} ended with {done.returncode}:\n{done.stderr}")
            told.append(float(done.stderr.strip().splitlines()[-1]))
    return min(told)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print the rows as a JSON list, and nothing else")
    sys.exit(show(rows(), as_json=parser.parse_args().json))
