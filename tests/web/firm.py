"""A small firm of the market with a plan, a mail server and a person of each role, for tests of whole jobs."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq

from passend.flow.access.sessions import begin_session
from passend.flow.access.users import PEOPLE, add_user
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.market.scenario import load_scenario
from passend.market.world import Market
from passend.web.site import make_site
from tests.cli.calls import passend
from tests.web.conftest import PASSWORD, Site

TABLES = ("orders", "products", "customers", "consents")


_MADE: dict[str, Path] = {}


def make_firm(folder: Path, market: str = "bicycle-shop", customers: int = 150) -> Path:
    """The workspace of a firm, with a plan; made once in a process, and copied."""
    key = f"{market} {customers}"
    if key in _MADE:
        shutil.copytree(_MADE[key], folder / "ws")
        return folder / "ws"
    world = Market(load_scenario(market).changed({"customers.number": customers}), 1)
    files = []
    for name in TABLES:
        files.append(str(folder / f"{name}.parquet"))
        pq.write_table(world.tables()[name], files[-1])
    (folder / "ws").mkdir()
    (folder / "ws" / "settings.toml").write_text('[decisions]\nsalt = "own"\n', "utf-8")
    passend("run", *files, "-w", str(folder / "ws"), "--quiet")
    _MADE[key] = folder / "plain"
    shutil.copytree(folder / "ws", _MADE[key])
    return folder / "ws"


def opened_firm(folder: Path, port: int, public_url: str = "http://localhost", customers: int = 150) -> Site:
    """The pages of the firm; its mail goes to the server at that port."""
    return opened_at(make_firm(folder, customers=customers), port, public_url)


def opened_at(place: Path, port: int, public_url: str = "http://localhost") -> Site:
    """The pages of a workspace; its mail goes to the server at that port."""
    settings = (
        "email.host=127.0.0.1", f"email.port={port}", "email.security=none", "email.sender=shop@radhaus.example",
        f"email.public_url={public_url}", "email.product_url=https://radhaus.example/p/{product_id}",
        "brand.name=Radhaus",
    )  # fmt: skip
    desk = Desk(place, settings)
    secrets = {}
    for role in PEOPLE:
        user = add_user(desk.store, f"{role}@shop.example", PASSWORD, role, who="test", now=utc_now())
        secrets[role] = begin_session(desk.store, user, utc_now())
    return Site(make_site(desk), desk, secrets)
