"""The living demo: days go to the interface as a shop's would, and offers come from there."""

import pyarrow.compute as pc
import pytest
from fastapi.testclient import TestClient

from passend.api.application import make_application
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.flow.serving.keys import DEMO_SECRET, make_demo_keys
from passend.flow.serving.receiving import carry_events
from passend.flow.serving.stocking import lay_out
from passend.market.alive import KEY, Alive
from passend.market.world import Market
from passend.workspace import Workspace
from tests.worlds import table


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory):
    """The shop's server, with what the shop sells and who bought it."""
    folder = tmp_path_factory.mktemp("alive")
    market = Market("bicycle-shop", 1, {"customers.number": 300})
    workspace = Workspace(folder)
    with workspace.change("a shop") as change, workspace.engine() as engine:
        for name in ("products", "orders"):
            engine.load(name, market.table(name))
            change.write(engine, name)
        rows = [
            {"customer_id": f"K{1000 + who}", "rank": 1, "product_id": str(market.catalogue.ids[who % 20])}
            for who in range(300)
        ]
        engine.load("recommendations", table("recommendations", rows))
        change.write(engine, "recommendations")
    lay_out(workspace)
    made = Desk(folder)
    made.look()
    make_demo_keys(made.store, ["http://127.0.0.1:1"], utc_now())
    yield made
    made.close()


def test_days_pass_through_the_interface_alone(desk: Desk) -> None:
    client = TestClient(make_application(desk))
    calls: list[str] = []

    def call(method: str, path: str, body: object) -> object:
        calls.append(path)
        answer = client.request(method, path, json=body, headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status_code < 300, answer.text
        return answer.json()

    shop = Alive(Market("bicycle-shop", 1, {"customers.number": 300}), call)
    days = [shop.day() for _ in range(10)]
    assert sum(one.events for one in days) > 20
    assert sum(one.orders for one in days) > 10
    assert sum(one.offered for one in days) > 5
    assert 0 <= sum(one.taken for one in days) <= sum(one.offered for one in days)
    assert {path.split("?")[0].split("/")[2] for path in calls} <= {"events", "customers", "offers"}
    assert carry_events(desk.store, desk.workspace(), utc_now()) > 20
    kept = desk.workspace().read("events")
    assert set(pc.unique(kept["kind"]).to_pylist()) <= {"view", "search", "cart"}


def test_the_key_is_the_demos() -> None:
    assert KEY == DEMO_SECRET
