"""What the pages say must be so: commands, settings, files and links that they name exist."""

import re
from pathlib import Path

import pytest

from passend.cli import COMMANDS
from passend.settings import SETTINGS
from passend.tables import CONTRACTS

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "reference")
PAGES = [*WRITTEN, *(ROOT / name for name in ("README.md", "README.de.md", "CONTRIBUTING.md", "SECURITY.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@each_page
def test_the_commands_exist(page):
    text = page.read_text("utf-8")
    named = re.findall(r"(?:`|^ {4}|[\\/])passend ([a-z]+)", text, re.MULTILINE)
    assert set(named) <= set(COMMANDS)


@each_page
def test_the_options_exist(page):
    from passend.cli.run import run_command

    options = {option for one in run_command.params for option in one.opts}
    for line in re.findall(r"passend run ([^`\n]*)", page.read_text("utf-8")):
        assert set(re.findall(r"(?:^|\s)(--[a-z-]+)", line)) <= options


@each_page
def test_the_settings_exist(page):
    text = page.read_text("utf-8")
    rooms = "|".join({setting.name.split(".")[0] for setting in SETTINGS})
    named = re.findall(rf"`((?:{rooms})\.[a-z_]+)`", text) + re.findall(r"--set ([a-z_.]+)=", text)
    assert set(named) <= {setting.name for setting in SETTINGS}


@each_page
def test_the_files_exist(page):
    named = re.findall(r"`((?:src|docs|tests|\.ci)/[\w./-]+)`", page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_page
def test_the_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    local = [
        target.partition("#")[0] for target in targets if "://" not in target and not target.startswith("#")
    ]
    assert [target for target in local if not (page.parent / target).exists()] == []


@each_page
def test_the_tables_exist(page):
    named = re.findall(r"reference/tables\.md#([a-z_]+)", page.read_text("utf-8"))
    assert set(named) <= set(CONTRACTS)


def test_no_line_is_too_long_to_review():
    long = [
        f"{page.relative_to(ROOT)}:{number}"
        for page in PAGES
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        if len(line) > 120 and not line.startswith("|")
    ]
    assert long == []


def test_the_german_readme_says_as_much_as_the_english():
    english, german = (
        (ROOT / name).read_text("utf-8").splitlines() for name in ("README.md", "README.de.md")
    )

    def outline(lines):
        headings = sum(line.startswith("#") for line in lines)
        return (
            headings,
            sum(line.startswith("|") for line in lines),
            sum(line.startswith("    ") for line in lines),
        )

    assert outline(english) == outline(german)


def test_the_python_examples_run(tmp_path, monkeypatch, capsys):
    """The code of the page on Python, from top to bottom, on the sample shop."""
    from passend.market import sample

    monkeypatch.chdir(tmp_path)
    sample.write_sample(tmp_path / "orders.csv")
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/howto/from-python.md").read_text("utf-8"), re.DOTALL
    )
    names = {}
    for block in blocks:
        exec(block, names)
    assert names["strong"].height > 0
    shown = capsys.readouterr().out
    assert " -> " in shown
    assert "missing.csv" in shown
