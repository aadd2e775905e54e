"""Which recipes stand first: a shop that sells some contracts beside its goods is a shop still."""

import pytest

from passend.flow.campaigns.fitting_recipes import trades_of
from passend.workspace import Workspace
from tests.worlds import table


@pytest.mark.parametrize(("contracts", "trades"), [(0, ("shop",)), (4, ("shop",)), (9, ("gym", "insurer"))])
def test_contracts_of_some_customers_make_no_insurer(
    tmp_path, contracts: int, trades: tuple[str, ...]
) -> None:
    workspace = Workspace(tmp_path / "ws")
    rows = [{"customer_id": f"K{number}", "currency": "EUR"} for number in range(10)]
    held = [{"contract_id": f"V{n}", "customer_id": f"K{n}", "product_id": "P"} for n in range(contracts)]
    with workspace.change("facts") as change, workspace.engine() as engine:
        engine.load("customer_facts", table("customer_facts", rows))
        change.write(engine, "customer_facts")
        if held:
            engine.load("contracts", table("contracts", held))
            change.write(engine, "contracts")
    assert trades_of(workspace) == trades
