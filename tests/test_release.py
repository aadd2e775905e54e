"""What a release is: version, changelog and wheel say the same, and the wheel works where nothing else is."""

import itertools
import os
import re
import subprocess
import sys
import venv
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from packaging.version import Version

import passend
from passend.market.sample import write_sample

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
HEADING = re.compile(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_versions_of_the_changelog_are_dated_and_fall():
    (top, day), *released = HEADING.findall(CHANGELOG)
    assert (top, day) == ("Unreleased", "")
    assert len(released) > 2
    for (newer, later), (older, earlier) in itertools.pairwise(released):
        assert Version(newer) > Version(older)
        assert later > earlier > "2026"


def test_each_entry_stands_once():
    entries = [
        " ".join(entry.split())
        for entry in re.findall(r"^- .*?(?=^- |^#|\Z)", CHANGELOG, re.DOTALL | re.MULTILINE)
    ]
    begins = [entry[:60] for entry in entries]
    assert [one for one in begins if begins.count(one) > 1] == []


def test_the_version_is_the_latest_released_or_the_one_in_the_making():
    latest = Version(HEADING.findall(CHANGELOG)[1][0])
    version = Version(passend.__version__)
    waiting = CHANGELOG.split("## [Unreleased]")[1].split("\n## [")[0].strip()
    assert version > latest if waiting else version == latest
    assert version.is_devrelease == bool(waiting)


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = message_from_string(packed.read(about).decode())
    assert metadata["Version"] == passend.__version__
    assert {name.split("/")[0] for name in names} == {"passend", about.split("/")[0]}
    assert "passend/py.typed" in names
    source = {
        f.relative_to(ROOT / "src").as_posix() for f in (ROOT / "src" / "passend").rglob("*") if f.is_file()
    }
    assert {name for name in source if "__pycache__" not in name} == {
        n for n in names if n.startswith("passend/")
    }
    assert not [name for name in names if re.search(r"\b(tests|benchmarks)/", name)]


@pytest.mark.wheel
def test_the_wheel_runs_where_nothing_else_is(wheel, tmp_path):
    venv.create(tmp_path / "empty", with_pip=True)
    scripts = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    pins = ["-c", str(ROOT / "constraints.txt")]
    call(scripts / "python", "-m", "pip", "install", "-q", "--no-input", *pins, str(wheel), cwd=tmp_path)
    write_sample(tmp_path / "orders.csv", customers=300, seed=4)
    assert call(scripts / "passend", "--version", cwd=tmp_path).split()[-1] == passend.__version__
    call(scripts / "passend", "run", "orders.csv", "--yes", "-w", "shop", cwd=tmp_path)
    assert (tmp_path / "shop" / "report.html").stat().st_size > 10_000
    assert "src" not in call(
        scripts / "python", "-c", "import passend; print(passend.__file__)", cwd=tmp_path
    )


def call(*words: object, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
