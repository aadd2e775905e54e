"""The pages of a small shop, with a person of each role logged in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from passend.flow.access.sessions import begin_session
from passend.flow.access.users import PEOPLE, add_user
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.web.site import make_site
from passend.web.visits import COOKIE
from tests.flow.serving.shop import open_shop

PASSWORD = "three odd words"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Site:
    """A shop's pages, and its desk."""

    app: FastAPI
    desk: Desk
    secrets: dict[str, str]

    def client(self, role: str = "") -> TestClient:
        """A browser in which a person of a role is logged in; nobody without one."""
        cookies = {COOKIE: self.secrets[role]} if role else {}
        return TestClient(
            self.app, base_url="http://localhost", cookies=cookies, follow_redirects=False,
            raise_server_exceptions=False, headers={"accept-language": "en"},
        )  # fmt: skip


def token_of(client: TestClient, path: str = "/gallery") -> str:
    """The hidden field of the forms on a page."""
    found = _TOKEN.search(client.get(path).text)
    assert found, path
    return found[1]


def opened(
    folder: Path, *, setup: str = "", demo: bool = False, users: bool = True, new: bool = True
) -> Site:
    """The pages of a folder's shop; a small one is made there where it is new."""
    if new:
        open_shop(folder)
    desk = Desk(folder)
    desk.look()
    secrets = {}
    for role in PEOPLE if users else ():
        user = add_user(desk.store, f"{role}@shop.example", PASSWORD, role, who="test", now=utc_now())
        secrets[role] = begin_session(desk.store, user, utc_now())
    return Site(make_site(desk, setup, demo), desk, secrets)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages; tests of a module share them."""
    made = opened(tmp_path_factory.mktemp("site"))
    yield made
    made.desk.close()


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages of a shop with a plan; tests of a module share and change them."""
    from tests.web.shops import make_planned_shop

    folder = tmp_path_factory.mktemp("planned") / "shop"
    make_planned_shop(folder)
    made = opened(folder, new=False)
    yield made
    made.desk.close()
