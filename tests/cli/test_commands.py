"""The command line as people and scripts use it: real files, a real process."""

import json
from pathlib import Path

import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from passend.market.sample import write_sample
from passend.workspace import Workspace
from tests.cli.calls import passend, passend_process


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop with blanks")
    write_sample(folder / "orders.csv", customers=800, seed=4)
    done = passend_process("run", str(folder / "orders.csv"), "-w", str(folder / "ws"), "--json")
    return folder / "ws", json.loads(done.stdout), done


def test_run_as_json_for_scripts(ran):
    place, told, done = ran
    assert done.stderr == ""
    account = told["import"]
    assert account["lines"] == account["kept"] + account["returns"] + sum(account["quarantined"].values())
    assert told["plan"]["offers"] > 0
    for file in told["files"].values():
        assert Path(file).exists()
    offers = pq.read_table(place / "offers.parquet")
    assert pcsv.read_csv(place / "offers.csv").num_rows == offers.num_rows
    assert offers.num_rows >= told["plan"]["offers"]


def test_the_bicycle_shop_is_understood(ran):
    """What the sample shop plants is found: the tyre kit brings the sealant, the e-bike its helmet."""
    place, _, _ = ran
    told = json.loads(passend("products", "show", "2601", "-w", str(place), "--json").stdout)
    assert told["relations"]["complement"][0]["name"] == "Sealant 500 ml"
    shown = passend("products", "show", "Sealant", "-w", str(place)).stdout
    assert "Pair it with" in shown
    assert "Tubeless kit" in shown


def test_customers_show(ran):
    place, _, _ = ran
    customer = pq.read_table(place / "offers.parquet")["customer_id"][0].as_py()
    shown = passend("customers", "show", customer, "-w", str(place)).stdout
    assert f"Customer {customer}" in shown
    assert "Needs next, without any offer" in shown
    assert "Offers of the plan" in shown
    told = json.loads(passend("customers", "show", customer, "-w", str(place), "--json").stdout)
    assert told["facts"]["customer_id"] == customer
    assert told["offers"]
    assert {row["state"] for row in told["needs"]} <= {"new", "due", "sated"}
    assert all(
        0 <= row["chance_low"] <= row["chance_30_days"] <= row["chance_high"] <= 1 for row in told["needs"]
    )
    assert told["needs"]


def test_story_tells_each_step_with_its_file_and_rows(ran):
    place, _, _ = ran
    steps = json.loads(passend("story", "-w", str(place), "--json").stdout)
    root = Path(__file__).resolve().parents[2]
    for step in steps:
        assert (root / step["file"]).exists()
        assert step["one_row_is"]
    assert {step["makes"] for step in steps if step["rows"]} >= {"orders", "relations", "offers"}
    assert "Matching returns" in passend("story", "-w", str(place)).stdout


def test_doctor_is_content_and_notices_lost_files(ran, tmp_path):
    place, _, _ = ran
    assert "ok" in passend("doctor", "-w", str(place), "--settings").stdout
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(place, broken)
    Workspace(broken).files("offers")[0].unlink()
    told = passend("doctor", "-w", str(broken), ok=False)
    assert told.returncode == 1
    assert "gone" in told.stdout


def test_undo_takes_the_plan_back(ran, tmp_path):
    import shutil

    place = tmp_path / "copy"
    shutil.copytree(ran[0], place)
    passend("plan", "-w", str(place), "--set", "decisions.per_customer=1")
    assert pq.read_table(place / "offers.parquet")["rank"].to_pylist().count(2) == 0
    told = json.loads(passend("undo", "-w", str(place), "--json").stdout)
    assert told["undone"] == "plan"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "nowhere.csv"], 1, "nowhere.csv"),
        (["plan"], 1, "passend run orders.csv"),
        (["products", "show", "x"], 1, "passend run orders.csv"),
        (["import"], 2, "Name at least one file"),
        (["run", "--engine", "oracle"], 2, "duckdb"),
        (["run", "--set", "products.windw_days=3"], 1, "Did you mean products.window_days?"),
        (["import", "x.csv", "--map", "oops"], 1, "meaning=column"),
        (["dance"], 2, "No such command"),
    ],
)
def test_mistakes_are_told_without_a_traceback(arguments, code, says, tmp_path):
    done = passend(*arguments, *(["-w", str(tmp_path)] if arguments != ["dance"] else []), ok=False)
    assert done.returncode == code
    assert says in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["import"],
        ["plan"],
        ["products", "show"],
        ["customers", "show"],
        ["evaluate"],
        ["story"],
        ["undo"],
        ["doctor"],
    ],
)
def test_every_command_has_help(command):
    shown = passend(*command, "--help").stdout
    assert "Usage:" in shown
    assert len(shown.splitlines()) > 5


def test_quiet_prints_results_only(ran, tmp_path):
    place, _, _ = ran
    done = passend("plan", "-w", str(place), "--quiet")
    assert done.stderr == ""
    assert "Report:" in done.stdout


def test_evaluate_stands_beside_plain_methods(tmp_path):
    write_sample(tmp_path / "orders.csv", customers=300, seed=5)
    lists = tmp_path / "lists.csv"
    done = passend(
        "evaluate", str(tmp_path / "orders.csv"), "--json", "--most", "100", "--predictions", str(lists)
    )
    told = json.loads(done.stdout)
    assert told
    assert pcsv.read_csv(lists).column_names == ["user_id", "rank", "product_id", "score"]
