"""A firm with all its tables, from files to plan, as it is told in words."""

import re

import pyarrow.compute as pc
import pytest

from passend.workspace import Workspace
from tests.cli.calls import passend


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("firm")
    passend("market", "make", str(folder / "files"), "--change", "customers.number=500")
    files = sorted(file for file in (folder / "files").iterdir() if file.suffix in (".csv", ".parquet"))
    # The order file says the same as the table of orders; a firm has the one or the other.
    files = [file for file in files if file.name != "orders.parquet"]
    return passend("run", *map(str, files), "--yes", "-w", str(folder / "ws")), folder / "ws"


def test_the_plan_tells_what_past_offers_added(firm):
    ran, _ = firm
    (row,) = re.findall(r"│ email +│ +([\d,]+) │ (\S+) \((\S+) to (\S+)\)", ran.stdout)
    contacts = int(row[0].replace(",", ""))
    added, low, high = map(float, row[1:])
    assert contacts > 300
    assert 0 < low < added < high < 30
    assert "judged by" in ran.stdout or "learned from" in ran.stdout


def test_a_customer_of_the_plan_is_told_what_and_why(firm):
    _, workspace = firm
    place = ("-w", str(workspace))
    offered = Workspace(workspace).read("offers")
    customer = offered.filter(pc.field("chosen"))["customer_id"][0].as_py()
    page = passend("customers", "show", customer, *place).stdout
    names = offered.filter(pc.field("customer_id") == customer)["product_name"].to_pylist()
    assert names
    assert all(str(name) in page for name in names)
