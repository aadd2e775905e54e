"""A firm whose every page has something to show, and the addresses of all its pages: to be looked at in a browser."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from passend.campaigns import parse_campaign
from passend.campaigns.recipes import recipes, written
from passend.flow.access.names import cover
from passend.flow.campaigns.opening import start, utc_now, worker_of
from passend.flow.campaigns.publishing import impact, save_draft
from passend.flow.campaigns.steering import cancel
from passend.flow.campaigns.ways import ways_of
from passend.flow.planning import make_plan
from passend.flow.segments import SavedSegment, condition_of, keep_segment
from passend.flow.serving.stocking import lay_out
from passend.flow.standing import write_letter
from passend.market.demo import shop_of
from passend.market.rehearsal import rehearse
from passend.market.world import Market
from passend.ports import Silence
from passend.web.rooms import ROOMS
from passend.web.rooms.finding import DEEP
from passend.web.visits import COOKIE
from passend.worker import Loop
from tests.channels.mail_server import Handler, mail_server
from tests.listening import free_port, listening
from tests.web.firm import opened_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from passend.market.parameters import Value
    from tests.web.conftest import Site

#: The shop's customers, and the weeks ago at which its first campaign began: it is measured by now.
CUSTOMERS, WEEKS_AGO = 3_000, 8
WHO = "manager@shop.example"
_SPRING = """
name: {name}
goal: {goal}
products: plan
holdout_share: 30 %
caps: {{most: 1, within: 14 days}}
steps:
  mail: {{send: email, subject: This fits what you have, blocks: {blocks}, then: asked, failed: end}}
  asked: {{check: clicked, within: 5 days, yes: end, no: again}}
  again: {{send: email, subject: Still there, blocks: {blocks}, then: end, failed: end, expires: 14 days}}
  end: {{stop: all said}}
"""
_BLOCKS = (
    "[{hero: {title: This fits what you have}}, {products: {title: For you}}, {footer: You asked for it.}]"
)
_CALLS = """
name: care-by-phone
goal: ask whether all is well, and offer care
products: {products}
holdout_share: 10 %
caps: {{most: 9}}
steps:
  call: {{hand: care, script: Ask whether all is well with the bicycle., then: end, failed: end}}
  end: {{stop: all said}}
"""
#: What staff offer: services, of which a call can convince.
_CARE = ("Care contract", "Inspection")


@contextmanager
def shown_firm(folder: Path, customers: int = CUSTOMERS) -> Iterator[tuple[Site, str]]:
    """The pages of the firm and their address, as long as the block lasts."""
    place = folder / "firm"
    _history(place, customers)
    with mail_server(Handler()) as mail_port:
        port = free_port()
        site = opened_at(place, mail_port, f"http://localhost:{port}")
        try:
            _fill(site)
            with listening(site.app, port):
                yield site, f"http://localhost:{port}"
        finally:
            site.desk.close()


def _history(place: Path, customers: int) -> None:
    """The bicycle shop with a campaign behind it, which its customers answered."""
    begins = shop_of("en", utc_now().date() - timedelta(weeks=WEEKS_AGO)).begins
    changes: dict[str, Value] = {
        "customers.number": customers, "market.language": "en", "market.begins": begins, "response.base": 0.07,
    }  # fmt: skip
    campaign = parse_campaign(_SPRING.format(name="autumn-offers", goal="what fits, by mail", blocks=_BLOCKS))
    rehearse(Market("bicycle-shop", 1, changes), place, [campaign], 1)
    (place / "rules.yaml").write_text("channels: {desk: {use: true}}\n", "utf-8")


def _fill(site: Site) -> None:
    """A plan of today, a mail campaign and one for staff that run, a draft, a segment, and results measured."""
    store = site.desk.store
    make_plan(site.desk.workspace(), Silence(), made_at=utc_now())
    site.desk.look()
    workspace = site.desk.workspace()
    taken = {one.key: one for one in recipes()}
    mail = written(taken["second-category"], "en").replace("quiet_hours", "# quiet_hours")
    goods = workspace.read("products").to_pylist()
    care = [one["product_id"] for one in goods if one["name"].startswith(_CARE)]
    for text in (mail, _CALLS.format(products=care)):
        campaign = parse_campaign(text)
        save_draft(store, campaign, WHO, utc_now())
        start(workspace, store, campaign.name, impact(store, campaign.name).token, WHO, now=utc_now())
    save_draft(store, parse_campaign(written(taken["replenishment"], "en")), WHO, utc_now())
    good = SavedSegment("Regulars", (condition_of("orders", "more than", "2"),))
    keep_segment(workspace, store, good, WHO, utc_now())
    cancel(store, "autumn-offers", WHO, "its weeks are over", utc_now())
    Loop(worker_of(workspace, store, ways_of(workspace, store)), site.desk.workspace, lambda _: None).drain()
    write_letter(site.desk.workspace(), site.desk.folder, Silence())
    lay_out(site.desk.workspace())
    site.desk.look()


def pages_of(site: Site) -> dict[str, str]:
    """Name -> address of every page that shows something of its own."""
    workspace = site.desk.workspace()
    first = workspace.read("relations").sort_by([("strength", "descending")])["product_id"][0].as_py()
    offered = {row["customer_id"] for row in workspace.read("offers").to_pylist() if row["chosen"]}
    facts = workspace.read("customer_facts").sort_by([("orders", "descending")])
    made = next(one for one in facts["customer_id"].to_pylist() if one in offered)
    names = [one.name for one in _campaigns(site)]
    listed = {
        **{room.title.lower(): room.path for room in ROOMS},
        **{path.strip("/").replace("/", "-"): path for path, _, _ in DEEP},
        "desk": "/desk?team=care",
        "product": f"/products/at/{quote(first, safe='')}",
        "placement": f"/products/placements/at/product_page?product={quote(first, safe='')}",
        "customer": f"/customers/{cover(site.desk.signer, made)}",
        "segment": "/customers/segments?name=Regulars",
        "builder": "/campaigns/new?recipe=second-category",
        "journey": f"/campaigns/edit/{quote(names[-1], safe='')}?view=journey",
        "account": "/settings",
        "gallery": "/gallery",
        "sign-up": "/sign-up",
    }
    for place, name in enumerate(names):
        listed[f"campaign-{place + 1}"] = f"/campaigns/at/{quote(name, safe='')}"
    if workspace.has("effects"):
        row = workspace.read("effects").to_pylist()[0]
        listed["result"] = f"/results/at/{quote(row['campaign'], safe='')}/{row['phase']}"
    return listed


def _campaigns(site: Site) -> list[Any]:
    from passend.flow.campaigns.telling import progress

    return progress(site.desk.store, utc_now())


def look(browser: Any, site: Site, address: str, **how: Any) -> Any:
    """A new page of a browser in which the administrator is logged in; what it complains about is in ``page.said``."""
    view = browser.new_context(base_url=address, **how)
    view.add_cookies([{"name": COOKIE, "value": site.secrets["administrator"], "url": address}])
    page = view.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    return page
