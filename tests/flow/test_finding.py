"""Customers are found by parts of their number, name or address, under each of their numbers; the best known first."""

from pathlib import Path

import pytest

from passend.flow.finding import find_customers
from passend.workspace import Workspace
from tests.worlds import table


def store(workspace: Workspace, **tables: list[dict[str, object]]) -> None:
    """Rows in place of those before."""
    with workspace.change("test") as change, workspace.engine() as engine:
        for name, rows in tables.items():
            engine.load(name, table(name, rows))
            change.write(engine, name)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """Three customers, one of them under two numbers."""
    workspace = Workspace(tmp_path)
    store(
        workspace,
        customer_facts=[
            {"customer_id": "00815", "orders": 2}, {"customer_id": "K7", "orders": 9},
            {"customer_id": "K8", "orders": 1},
        ],
        customers=[
            {"customer_id": "815", "name": "Änne Müller", "email": "anne@shop.example"},
            {"customer_id": "K7", "name": "Bo Berg", "email": None},
            {"customer_id": "K8", "name": "Anneliese Berg", "email": "a@berg.example"},
        ],
        customer_aliases=[{"spelling": "815", "customer_id": "00815"}],
    )  # fmt: skip
    return workspace


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("berg", ["K7", "K8"]),
        ("ANNE", ["00815", "K8"]),
        ("änne", ["00815"]),
        ("berg a@", ["K8"]),
        ("815", ["00815"]),
        ("k", ["K7", "K8"]),
        ("nobody", []),
        ("  ", []),
        ("%", []),
    ],
)
def test_words_find_whom_they_mean(shop: Workspace, wanted: str, found: list[str]) -> None:
    assert [row["customer_id"] for row in find_customers(shop, wanted, 5)] == found


def test_what_is_told_of_them(shop: Workspace) -> None:
    (row,) = find_customers(shop, "anne@shop", 5)
    assert (row["name"], row["email"], row["orders"]) == ("Änne Müller", "anne@shop.example", 2)
    assert [row["customer_id"] for row in find_customers(shop, "berg", 1)] == ["K7"]


def test_new_data_is_found_and_old_is_not(shop: Workspace) -> None:
    assert find_customers(shop, "cleo", 5) == []
    store(shop, customers=[{"customer_id": "K7", "name": "Cleo Cox"}])
    assert [row["customer_id"] for row in find_customers(shop, "cleo", 5)] == ["K7"]
    assert find_customers(shop, "bo", 5) == []
    store(shop, customers=[{"customer_id": "K7", "name": "Dee"}])  # the table held first is let go
    assert [row["name"] for row in find_customers(shop, "dee", 5)] == ["Dee"]


def test_without_names_numbers_are_found(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert find_customers(workspace, "k1", 5) == []
    store(workspace, customer_facts=[{"customer_id": "K1", "orders": 1}])
    assert [row["customer_id"] for row in find_customers(workspace, "k1", 5)] == ["K1"]
