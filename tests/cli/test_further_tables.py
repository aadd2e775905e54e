"""``--as`` on the command line."""

import json

import pytest
from click.testing import CliRunner

from passend.cli.run import import_command


@pytest.mark.parametrize("said", ["events", "log.csv=events"])
def test_a_file_is_what_a_person_says(said, tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("a,happened,what,sku\nk1,2024-01-01,view,p1\nk2,2024-01-02,cart,p2\n")
    arguments = [
        str(file),
        "--as",
        said,
        "--map",
        "happened_at=happened",
        "--map",
        "kind=what",
        "--yes",
        "--json",
    ]
    done = CliRunner().invoke(import_command, [*arguments, "--workspace", str(tmp_path / "ws")])
    assert done.exit_code == 0, done.output
    (source,) = json.loads(done.stdout)["sources"]
    assert (source["kind"], source["added"]) == ("events", 2)


def test_a_file_that_is_not_given_is_named(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("a\n1\n")
    done = CliRunner().invoke(
        import_command, [str(file), "--as", "other.csv=events", "--workspace", str(tmp_path / "ws")]
    )
    assert done.exit_code != 0
    assert "other.csv" in str(done.exception)
