"""``dev.py bench``: rows for people and machines, the exit code, and what was finished before."""

from __future__ import annotations

import ast
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import kept
from benchmarks.row import REPORTED, Bar, Row, at_least, at_most, not_measured
from benchmarks.showing import show

GOOD = Row("work", "recall", 0.8, at_least(0.7, 0.8), "random .1", 0.75, 0.85, "python -m x")
BAD = Row("work", "seconds", 9.0, at_most(8, 9.0))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FOLDER", tmp_path)


def test_the_exit_code_is_1_only_while_a_bar_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    plain = [GOOD, Row("work", "share", 0.2), not_measured("data", "there is no folder x")]
    assert show(plain) == 0
    said = capsys.readouterr().out
    assert "1 bars met, 0 missed, 1 values without a bar, 1 NOT MEASURED" in said
    assert show([GOOD, BAD]) == 1
    lines = capsys.readouterr().out.splitlines()
    good = next(line for line in lines if "recall" in line)
    for word in ("met", "0.8 [0.75 to 0.85]", "at least 0.7", "random .1"):
        assert word in good
    assert next(line for line in lines if "seconds" in line).split()[0] == "MISSED"


def test_json_is_the_same_rows_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    def chatty() -> Iterator[Row]:
        sys.stdout.write("a progress line\n")
        yield GOOD
        yield Row("work", "nothing to divide by", float("nan"), Bar("above 0", met=False))

    assert show(chatty(), as_json=True) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "work": "work", "measure": "recall", "value": 0.8, "low": 0.75, "high": 0.85, "baseline": "random .1",
        "bar": "at least 0.7", "met": True, "command": "python -m x",
    }  # fmt: skip
    assert (second["value"], second["met"]) == (None, False)


def test_what_is_not_a_number_misses_every_bar() -> None:
    nan = float("nan")
    assert at_least(0, nan).met is at_most(0, nan).met is False
    assert (at_least(0.7, 0.7).met, at_most(0.7, 0.7).met) == (True, True)
    assert REPORTED.met is None


def test_a_benchmark_that_was_finished_is_shown_and_one_that_was_stopped_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[int] = []

    def part(seed: int) -> float:
        calls.append(seed)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return seed / 10

    part.__module__ = "benchmarks.gym_trial"

    def rows() -> Iterator[Row]:
        for seed in (1, 2):
            value = kept.kept(part, seed)
            yield Row("trial", f"seed {seed}", value, at_least(0, value))

    module = types.ModuleType("benchmarks.gym_trial")
    module.rows = rows  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.gym_trial", module)
    monkeypatch.setattr(bench, "benchmarks", lambda: ["gym_trial"])
    with pytest.raises(KeyboardInterrupt):
        bench.main(["gym"])
    assert bench.main(["gym", "--json"]) == 0
    assert calls == [1, 2, 2]  # the first seed was kept, the one that was cut off was not
    assert bench.main(["gym_trial"]) == 0
    assert calls == [1, 2, 2]
    assert capsys.readouterr().out.count("seed 2") == 2
    monkeypatch.setattr(kept, "_files", lambda _: [Path("gym_trial.py")])
    assert bench.main(["gym", "--anew"]) == 0
    assert calls == [1, 2, 2, 1, 2]


def test_a_part_is_made_again_when_its_arguments_or_the_source_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []

    def part(seed: int, *, wide: bool = False) -> int:
        made.append((seed, wide))
        return seed

    assert [kept.kept(part, 1), kept.kept(part, 1), kept.kept(part, 2), kept.kept(part, 1, wide=True)] == [
        1, 1, 2, 1,
    ]  # fmt: skip
    assert made == [(1, False), (2, False), (1, True)]
    monkeypatch.setattr(kept, "_code", lambda _: "f" * 64)
    kept.kept(part, 1)
    assert len(made) == 4
    with pytest.raises(ValueError, match="plain values"):
        kept.kept(part, object())  # type: ignore[arg-type]


def test_a_part_hangs_on_all_that_its_module_imports_from_here() -> None:
    files = {
        file.relative_to(Path(kept.__file__).parents[1]).as_posix()
        for file in kept._files("benchmarks.customers_kinds")
    }
    assert {"benchmarks/customers_kinds.py", "benchmarks/row.py", "tests/customers/kinds_world.py"} <= files
    assert "benchmarks/market_play.py" not in files
    assert any(file.suffix == ".sql" for file in kept.package_files())


def test_every_benchmark_is_found_by_its_name_and_its_rows_need_no_argument() -> None:
    names = bench.benchmarks()
    assert {"foundation", "decisions_market", "products_next"} <= set(names)
    assert not {"row", "kept", "cdnow", "first_plan_worlds"} & set(names)
    for name in names:
        body = ast.parse((Path(bench.__file__).parent / f"{name}.py").read_text("utf-8")).body
        rows = next(node for node in body if isinstance(node, ast.FunctionDef) and node.name == "rows")
        assert len(rows.args.args) == len(rows.args.defaults), f"{name}.rows() must run without arguments"
        assert ast.unparse(rows.returns or ast.Constant(None)) == "Iterator[Row]", name
