"""Customers as the shop tells them: the later word counts, and each goes over once."""

from datetime import datetime
from pathlib import Path

import pytest

from passend.errors import InvalidInput
from passend.flow.serving.customers import carry_customers, tell_customers
from passend.store import open_store
from passend.workspace import Workspace

NOW = datetime(2026, 11, 1)


def test_the_later_word_counts_and_goes_over_once(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with open_store(tmp_path) as store:
        told = [
            {"customer_id": "C1", "name": "Kim", "email": "Kim@Shop.Example", "since": "2021-05-04T00:00:00"},
            {"customer_id": "C2", "name": "Bo"},
            {"customer_id": " C1 ", "name": "Kim Lee", "email": "kim@shop.example"},
        ]
        assert tell_customers(store, told, NOW) == 2
        assert carry_customers(store, workspace, NOW) == 2
        assert carry_customers(store, workspace, NOW) == 0
        tell_customers(store, [{"customer_id": "C2", "name": "Bo Berg"}], datetime(2026, 11, 2))
        assert carry_customers(store, workspace, NOW) == 1
    rows = workspace.read("customers").sort_by("customer_id").to_pylist()
    assert [(one["customer_id"], one["name"], one["email"]) for one in rows] == [
        ("C1", "Kim Lee", "kim@shop.example"), ("C2", "Bo Berg", None),
    ]  # fmt: skip
    assert workspace.manifest.tables["customers"].rows == 2


def test_nobody_is_no_customer(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, pytest.raises(InvalidInput, match="no number"):
        tell_customers(store, [{"customer_id": "\u200b "}], NOW)
