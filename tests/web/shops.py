"""A shop with a plan, and the page of one of its customers."""

from pathlib import Path

from passend.flow import ImportRequest, import_sources, make_plan
from passend.flow.access.names import cover
from passend.market.sample import write_sample
from passend.ports import Silence
from passend.workspace import Workspace
from tests.web.conftest import Site

#: A product whose name tries to be a script.
HOSTILE = ("X-1", "<script>alert(1)</script><img src=x onerror=alert(2)>")


def make_planned_shop(folder: Path) -> None:
    """The shop's workspace, with a plan and a product whose name is hostile."""
    orders = folder.parent / "orders.csv"
    write_sample(orders, customers=400, seed=4)
    lines = orders.read_text("utf-8").splitlines()
    cells = [line.split(",") for line in lines[1:200:5]]
    more = [",".join([row[0], HOSTILE[0], f'"{HOSTILE[1]}"', *row[3:]]) for row in cells]
    orders.write_text("\n".join([*lines, *more]) + "\n", "utf-8")
    place = Workspace(folder)
    (folder / "settings.toml").write_text('[decisions]\nsalt = "of-the-tests"\n', "utf-8")
    import_sources(place, [ImportRequest(orders)], Silence())
    make_plan(place, Silence())


def customer_path(site: Site, place: int = 0) -> tuple[str, str]:
    """The page of a customer, and their number."""
    facts = site.desk.workspace().read("customer_facts").sort_by([("orders", "descending")])
    number = facts["customer_id"][place].as_py()
    return f"/customers/{cover(site.desk.signer, number)}", number
