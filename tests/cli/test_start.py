"""The command line starts at once: help and mistakes in a call load nothing heavy."""

import json
import subprocess
import sys

import pytest

HEAVY = ("duckdb", "jinja2", "lightgbm", "networkx", "numba", "numpy", "pandas", "pyarrow", "rich", "scipy", "sklearn",
         "sqlalchemy", "sqlglot")  # fmt: skip
#: What a mistake may load: the workspace is opened, and the file that was named is looked for.
OPENS = {"duckdb", "numpy", "pyarrow", "rich"}

EVERY_HELP = """
import contextlib, io, click
from passend.cli import cli
def walk(command, path):
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from walk(command.get_command(click.Context(command), name), [*path, name])
paths = list(walk(cli, []))
for path in paths:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert cli.main([*path, "--help"], standalone_mode=False) == 0
    assert said.getvalue().startswith("Usage: "), path
"""

ONE_CALL = """
import contextlib, io
from passend.cli import main
sys.argv = ["passend", *json.loads(sys.argv[1])]
said = io.StringIO()
with contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
    main()
assert said.getvalue(), "nothing was said"
paths = [0]
"""


def loaded_by(code: str, *arguments: str) -> tuple[set[str], int]:
    """The heavy modules that a piece of Python loads, and how many commands it saw."""
    tell = f"\nprint(json.dumps([[m for m in {HEAVY} if m in sys.modules], len(paths)]))"
    done = subprocess.run(
        [sys.executable, "-c", "import json, sys\n" + code + tell, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    heavy, commands = json.loads(done.stdout.splitlines()[-1])
    return set(heavy), commands


def test_no_help_loads_anything_heavy():
    heavy, commands = loaded_by(EVERY_HELP)
    assert heavy == set()
    assert commands > 30


def test_import_loads_nothing_heavy():
    assert loaded_by("import passend; paths = []; passend.PassendError")[0] == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["import"],
        ["run", "--engine", "oracle"],
        ["run", "nowhere.csv"],
        ["run", "--set", "products.windw_days=3"],
        ["plan"],
        ["plan", "show"],
        ["replay"],
        ["customers", "alike", "--like", "K1"],
        ["customers", "erase", "K1", "--yes"],
        ["products", "show", "x"],
        ["evaluate", "nowhere.csv"],
        ["market", "play", "--scenario", "nowhere"],
        ["market", "play", "--policy", "nobody-knows"],
    ],
    ids=" ".join,
)
def test_a_mistake_is_told_before_anything_heavy_is_loaded(arguments, tmp_path):
    takes_place = arguments[0] not in {"dance", "market"}
    place = ["-w", str(tmp_path / "ws")] if takes_place else []
    assert loaded_by(ONE_CALL, json.dumps([*arguments, *place]))[0] <= OPENS


def test_serving_loads_nothing_that_only_plans_need():
    heavy, _ = loaded_by("from passend.web.site import make_site; import passend.api.process; paths = []")
    assert heavy.isdisjoint({"lightgbm", "numba", "pandas", "sklearn"})
