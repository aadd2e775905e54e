"""Errors are judged in a copy by the nearest tests; verdicts are kept; the project is never touched."""

import textwrap
from pathlib import Path

import pytest

from mutations import __main__ as mutate
from mutations import verdicts
from mutations.nearest import nearest_tests
from mutations.trial import Copy

FILES = {
    "pyproject.toml": '[tool.pytest.ini_options]\nmarkers = ["spark", "postgres", "browser", "data"]\n',
    "src/passend/__init__.py": "",
    "src/passend/kernels/__init__.py": "",
    "src/passend/kernels/cheap.py": """
        def cheap(price):
            return price < 10


        def dear(price):
            return price > 99
    """,
    "src/passend/kernels/other.py": "ONE = 1\n",
    "src/passend/products/sql/kin.sql": "-- grain: x\nselect 1 as one\n",
    "tests/kernels/test_cheap.py": """
        from passend.kernels.cheap import cheap, dear


        def test_cheap():
            assert cheap(9) and not cheap(10)


        def test_dear():
            assert dear(1000)
    """,
    "tests/kernels/test_whole.py": "import passend.kernels.other\n",
    "tests/products/test_lists.py": 'TABLE = "kin"\n',
    "tests/products/test_edits.py": "",
    "tests/flow/test_all.py": "",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"))
    monkeypatch.setattr(mutate, "ROOT", root)
    monkeypatch.setattr(verdicts, "FILE", tmp_path / "verdicts.jsonl")
    return root


def test_the_nearest_tests_come_first(project: Path) -> None:
    cheap = nearest_tests(project, "src/passend/kernels/cheap.py")
    assert cheap == ["tests/kernels/test_cheap.py", "tests/kernels/test_whole.py"]
    assert nearest_tests(project, "src/passend/kernels/other.py")[0] == "tests/kernels/test_whole.py"
    kin = nearest_tests(project, "src/passend/products/sql/kin.sql")
    assert kin == ["tests/products/test_lists.py", "tests/products/test_edits.py"]


def test_survivors_are_shown_verdicts_are_kept_and_the_project_is_as_before(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file: file.read_bytes() for file in project.rglob("*") if file.is_file()}
    asked = ["kernels/cheap.py", "--most", "2", "--seed", "4"]
    assert mutate.main(asked) == 0
    said, told = capsys.readouterr()
    assert "+    return price" in said
    assert "price > 99" in said  # no test looks at the border
    assert "1 of 2 errors were noticed (50%)" in said
    assert told.count("(run)") == 2
    assert {file: file.read_bytes() for file in project.rglob("*") if file.is_file()} == before

    monkeypatch.setattr(Copy, "is_killed", lambda *_: pytest.fail("a verdict was kept"))
    assert mutate.main([*asked, "--least", ".9"]) == 1
    said_again, told = capsys.readouterr()
    assert said_again == said
    assert told.count("(kept)") == 2


def test_nothing_is_said_where_the_tests_fail_by_themselves(project: Path) -> None:
    (project / "tests/kernels/test_whole.py").write_text("def test_no():\n    assert False\n")
    with pytest.raises(SystemExit, match="without any error"):
        mutate.main(["kernels", "--most", "1"])


def test_a_path_outside_the_source_is_refused(project: Path) -> None:
    with pytest.raises(SystemExit, match="nothing of the source"):
        mutate.chosen("tests")
