"""The published order files: each stands in the table, and the verdict tells right from wrong."""

from dataclasses import replace

import pytest

from benchmarks.intake_cases import verdict
from benchmarks.intake_kinds import FOLDER, KINDS

BY_NAME = {case.name: case for case in KINDS}


def test_every_file_is_in_the_table_and_every_kind_has_its_file():
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in FOLDER.iterdir()} - {"README.md"}
    assert files == {name for case in KINDS for name in case.files}
    assert [name for name in sorted(files) if f"`{name}`" not in said] == []


@pytest.mark.parametrize("name", ["unnamed pieces", "whole prices", "events of a till", "never paid"])
def test_kinds_that_no_other_test_reads_are_right(name):
    assert verdict(BY_NAME[name], FOLDER) == ("right", "")


@pytest.mark.parametrize("name", ["share or money", "unproven discount"])
def test_what_nothing_decides_is_refused_with_what_settles_it(name):
    answer, why = verdict(BY_NAME[name], FOLDER)
    assert answer == "refused"
    assert "--map" in why


def test_a_wrong_truth_is_noticed():
    assert verdict(replace(BY_NAME["options"], lines=3), FOLDER)[0] == "wrong"
