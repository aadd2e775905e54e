"""One customer from the command line: the page, people's word, export and erasure."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from passend.market.sample import write_sample
from passend.workspace import Workspace
from tests.cli.calls import passend


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("persons")
    write_sample(folder / "orders.csv", customers=200, seed=4)
    passend("run", str(folder / "orders.csv"), "-w", str(folder / "ws"), "--quiet")
    return folder


@pytest.fixture
def shop(ran, tmp_path):
    """A copy of the shop, since some of these tests change it."""
    shutil.copytree(ran, tmp_path, dirs_exist_ok=True)
    return tmp_path, ["-w", str(tmp_path / "ws"), "--quiet"]


def _someone(folder):
    orders = Workspace(folder / "ws").read("orders")
    return next(number for number in orders["customer_id"].to_pylist() if number)


def test_the_page_tells_who_what_and_why(shop):
    folder, place = shop
    someone = _someone(folder)
    told = json.loads(passend("customers", "show", someone, *place, "--json").stdout)
    assert told["facts"]["customer_id"] == someone
    assert told["owns"]
    assert told["profit"]["total"]["profit_cents"] == sum(
        row["profit_cents"] for row in told["profit"]["periods"]
    )
    assert 0 <= told["kinds"][0]["revenue_reverser_probability"] <= 1
    text = passend("customers", "show", someone, *place).stdout
    assert "Profit and loss" in text
    assert "revenue reverser" in text


def test_a_persons_word_holds_until_it_is_taken_back(shop):
    folder, place = shop
    someone = _someone(folder)

    def treat(word):
        said = passend(
            "customers",
            "treat",
            someone,
            "--as",
            word,
            "--reason",
            "asked",
            "--author",
            "Ada",
            *place,
            "--json",
        )
        return json.loads(said.stdout)["verdict"]

    before = json.loads(passend("customers", "show", someone, *place, "--json").stdout)["verdict"]["verdict"]
    assert treat("leave alone") == "leave alone"
    told = json.loads(passend("customers", "show", someone, *place, "--json").stdout)
    assert told["why_not"][0] == "leave alone: Ada decided: asked"
    passend("plan", *place)
    assert someone not in Workspace(folder / "ws").read("offers")["customer_id"].to_pylist()
    assert treat("automatic") == before
    listed = json.loads(passend("customers", "treatments", *place, "--json").stdout)
    assert [row["verdict"] for row in listed] == ["leave alone", "automatic"]


def test_taking_a_word_back_needs_no_reason_but_a_word_does(shop):
    folder, place = shop
    someone = _someone(folder)
    by = ["--author", "Ada", *place]
    done = passend("customers", "treat", someone, "--as", "leave alone", *by, ok=False)
    assert done.returncode == 1
    assert "Reason or author is missing." in done.stderr
    passend("customers", "treat", someone, "--as", "leave alone", "--reason", "asked", *by)
    passend("customers", "treat", someone, "--as", "automatic", *by)
    listed = json.loads(passend("customers", "treatments", *place, "--json").stdout)
    assert [row["verdict"] for row in listed[-2:]] == ["leave alone", "automatic"]


def test_a_word_that_is_none_and_a_customer_who_is_none(shop):
    folder, place = shop
    for who, word in ((_someone(folder), "ignore"), ("nobody", "leave alone")):
        done = passend("customers", "treat", who, "--as", word, "--reason", "x", *place, ok=False)
        assert done.returncode == 1


def test_export_reaches_every_table(shop):
    folder, place = shop
    someone = _someone(folder)
    told = json.loads(passend("customers", "export", someone, *place).stdout)
    assert {"lines", "orders", "customer_facts", "customer_profit", "customer_kinds", "verdicts"} <= set(told)
    assert all(row["customer_id"] == someone for rows in told.values() for row in rows)


def test_erasure_leaves_no_trace_and_no_way_back(shop):
    folder, place = shop
    someone = _someone(folder)
    passend(
        "customers", "treat", someone, "--as", "leave alone", "--reason", "asked", "--author", "Ada", *place
    )
    passend("customers", "erase", someone, "--yes", *place)
    left = [file for file in (folder / "ws").rglob("*") if file.is_file()]
    for file in left:
        if file.suffix == ".parquet":
            table = pq.ParquetFile(file).read()
            assert not any(
                someone in [str(value) for value in table[name].to_pylist()] for name in table.schema.names
            ), file
        elif file.suffix in {".csv", ".html", ".json"}:
            assert f'"{someone}"' not in file.read_text("utf-8", errors="replace")
    assert passend("undo", *place, ok=False).returncode == 1
    # The same orders in a new file do not bring the person back.
    text = (folder / "orders.csv").read_text("utf-8")
    (folder / "again.csv").write_text(text + text.splitlines()[1].replace(",", ",9", 1) + "\n", "utf-8")
    passend("run", str(folder / "again.csv"), *place)
    assert someone not in Workspace(folder / "ws").read("lines")["customer_id"].to_pylist()
    assert passend("customers", "show", someone, *place, ok=False).returncode == 1
