from datetime import datetime, timedelta

import pytest

from passend import Propensity, Workspace
from passend.errors import InvalidInput
from passend.flow.importing import import_sources
from passend.flow.sources import ImportRequest
from passend.flow.training import Window, training_table
from passend.market.sample import write_sample
from passend.ports import Silence


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    write_sample(folder / "orders.csv", customers=150, seed=3)
    place = Workspace(folder / "ws")
    import_sources(place, [ImportRequest(folder / "orders.csv")], Silence())
    return place


def test_facts_come_from_before_and_the_target_from_after(workspace):
    orders = workspace.read("orders").to_pylist()
    times = [row["ordered_at"] for row in orders]
    window = Window(min(times) + (max(times) - min(times)) / 2, days=60)
    table = training_table(workspace, window)
    for row in table.to_pylist():
        own = [line for line in orders if line["customer_id"] == row["customer_id"]]
        before = {line["order_id"] for line in own if line["ordered_at"] < window.as_of}
        inside = [line for line in own if window.as_of <= line["ordered_at"] < window.end]
        assert row["orders"] >= len(before)  # orders returned as a whole count too
        assert row["bought"] == bool(inside)
    assert 0 < sum(table["bought"].to_pylist()) < table.num_rows
    said = Propensity().fit(table).predict(table)
    assert said.num_rows == table.num_rows


def test_one_product(workspace):
    orders = workspace.read("orders")
    product = orders["product_id"][0].as_py()
    times = [time for time in orders["ordered_at"].to_pylist() if time]
    middle = min(times) + (max(times) - min(times)) / 2
    one = training_table(workspace, Window(middle, product_id=product))
    anything = training_table(workspace, Window(middle))
    assert sum(one["bought"].to_pylist()) <= sum(anything["bought"].to_pylist())


def test_a_window_beyond_the_data_is_refused(workspace):
    end = max(workspace.read("orders")["ordered_at"].to_pylist())
    with pytest.raises(InvalidInput, match="before the window does"):
        training_table(workspace, Window(end - timedelta(days=5), days=30))
    with pytest.raises(InvalidInput, match="Nothing is known"):
        training_table(workspace, Window(datetime(1999, 1, 1), days=30))
