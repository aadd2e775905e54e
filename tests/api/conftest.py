"""The interface of a small shop, with a key of each role."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from passend.api.application import make_application
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.flow.serving.keys import ROLES, NewKey, make_key
from tests.flow.serving.shop import open_shop

ORIGIN = "https://shop.example"


@dataclass
class Shop:
    """A shop's interface, its desk, and its keys by role; ``public`` stands in its pages."""

    client: TestClient
    desk: Desk
    keys: dict[str, NewKey]

    def headers(self, role: str) -> dict[str, str]:
        """Of a call with the key of a role."""
        more = {"Origin": ORIGIN} if role == "public" else {}
        return {"Authorization": f"Bearer {self.keys[role].secret}", **more}

    def ask(self, role: str = "shop", **asked: object):
        """A question for recommendations."""
        return self.client.post("/v1/recommendations", json=asked, headers=self.headers(role))


def opened(folder: Path) -> Shop:
    """The shop of a folder."""
    open_shop(folder)
    desk = Desk(folder)
    desk.look()
    keys = {role: make_key(desk.store, role, scopes, "test", utc_now()) for role, scopes in ROLES.items()}
    keys["public"] = make_key(desk.store, "page", ["recommend"], "test", utc_now(), origins=[ORIGIN])
    client = TestClient(make_application(desk), raise_server_exceptions=False)
    return Shop(client, desk, keys)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop; tests of a module share it."""
    made = opened(tmp_path_factory.mktemp("shop"))
    yield made
    made.desk.close()
