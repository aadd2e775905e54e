import pyarrow as pa
import pytest

from passend.engines import DuckDBEngine, check_table
from passend.errors import ContractBroken
from passend.tables import CONTRACTS, contract
from passend.tables.contract import TYPES
from tests.worlds import table


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_is_complete(name):
    made = contract(name)
    names = [column.name for column in made.columns]
    assert len(set(names)) == len(names)
    assert set(made.key) <= set(names)
    assert made.meaning
    assert made.grain.startswith("one ")
    for column in made.columns:
        assert column.type in TYPES
        assert column.meaning
        if column.name.endswith("_cents"):
            assert column.unit == "minor units"
        if column.name == "customer_id":
            assert column.personal
    assert made.check(made.empty()).num_rows == 0


def broken(changes):
    good = table("returns", [{"return_id": "C1", "line": 1}, {"return_id": "C1", "line": 2}])
    return changes(good)


CASES = {
    "two rows have the same key|rows have the same key": lambda t: pa.concat_tables([t, t.slice(0, 1)]),
    "columns are missing: product_id": lambda t: t.drop_columns(["product_id"]),
    "columns are unknown: extra": lambda t: t.append_column("extra", pa.array([1, 2])),
    "return_id.*empty": lambda t: t.set_column(0, "return_id", pa.array([None, "x"], pa.string())),
    "wrong type|not int64": lambda t: t.set_column(1, "line", pa.array(["a", "b"])),
}


@pytest.mark.parametrize("message", CASES)
def test_broken_tables_are_refused_in_arrow_and_in_the_engine(message):
    bad = broken(CASES[message])
    with pytest.raises(ContractBroken, match=message):
        contract("returns").check(bad)
    engine = DuckDBEngine()
    engine.load("returns", bad)
    with pytest.raises(ContractBroken, match=message):
        check_table(engine, contract("returns"), "returns")


def test_a_good_table_passes():
    good = broken(lambda t: t)
    assert contract("returns").check(good).schema == contract("returns").schema
    engine = DuckDBEngine()
    engine.load("returns", good)
    assert check_table(engine, contract("returns"), "returns") == 2


def test_what_a_table_is_about_lies_together():
    assert contract("offers").order == ("customer_id", "rank")
    assert contract("orders").order == ("customer_id", "order_id", "line")
    assert contract("relations").order == ("product_id", "other_id", "type")
    assert contract("lines").order == ()  # rows of files stay in the order of the file
    assert contract("limits").order == ()
