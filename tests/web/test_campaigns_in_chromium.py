"""A manager's, a customer's and a colleague's whole jobs in a real browser, from a recipe to what came of it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import select

from passend.flow.campaigns.opening import worker_of
from passend.flow.campaigns.ways import ways_of
from passend.store.consents import ConsentRow
from passend.worker import Loop
from tests.channels.mail_server import Handler, mail_server
from tests.listening import free_port, listening
from tests.web.conftest import Site
from tests.web.firm import opened_firm
from tests.web.test_campaign_rooms import CALL
from tests.web.test_in_chromium import LOOKS, browser, opened_in

__all__ = ["browser"]
pytestmark = pytest.mark.browser
PAGES = (
    "/campaigns", "/campaigns/recipes", "/campaigns/new?recipe=household", "/campaigns/new?recipe=second-category",
    "/campaigns/at/second", "/campaigns/edit/second?view=journey", "/campaigns/deliveries", "/desk",
    "/results", "/results/promises", "/sign-up",
)  # fmt: skip


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, Handler]]:
    """The pages of a firm on a free port, their address, and the mail server."""
    port, handler = free_port(), Handler()
    with mail_server(handler) as mail_port:
        site = opened_firm(tmp_path_factory.mktemp("firm"), mail_port, f"http://localhost:{port}")
        with listening(site.app, port):
            yield site, f"http://localhost:{port}", handler
        site.desk.close()


def work(site: Site) -> None:
    """Let the worker do what is due, in a thread of its own, as beside a server."""
    with ThreadPoolExecutor(1) as beside:
        errors = beside.submit(_drained, site).result()
    assert not errors


def _drained(site: Site) -> dict[str, str]:
    workspace = site.desk.workspace()
    worker = worker_of(workspace, site.desk.store, ways_of(workspace, site.desk.store))
    return Loop(worker, site.desk.workspace, lambda _: None).drain().errors


def test_from_a_recipe_to_what_came_of_it(browser: Any, firm: tuple[Site, str, Handler]) -> None:
    site, address, mails = firm
    page = opened_in(browser, (site, address), role="manager", locale="en-GB")
    page.goto("/campaigns")
    page.get_by_role("link", name="New from a recipe").click()
    page.get_by_role("link", name="Take: A second category").click()
    page.locator("#look .stat").first.wait_for()
    page.get_by_label("Name", exact=True).fill("second")
    page.get_by_label("Quiet hours").fill("")
    page.get_by_label("Hold-out").fill("0")
    page.get_by_label("Another person approves").select_option("yes")
    page.get_by_role("button", name="Block 2 up").click()
    assert page.locator("fieldset.block legend").all_inner_texts()[:2] == ["text", "hero"]
    page.get_by_role("button", name="Keep as draft").click()
    page.get_by_text("Kept as draft. Nothing leaves").wait_for()
    shown = page.frame_locator("iframe").first
    assert "Do you know this side of us?" in shown.locator("h1").inner_text()

    other = opened_in(browser, (site, address), role="administrator", locale="en-GB")
    other.goto("/campaigns/at/second")
    other.get_by_role("button", name="Approve").click()
    other.get_by_text("Approved.").wait_for()
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Started. The worker carries it on.").wait_for()
    work(site)
    assert mails.taken
    page.goto("/campaigns/deliveries")
    assert page.get_by_role("cell", name="250 2.0.0").first.is_visible()

    to, raw = mails.taken[0]
    mail = message_from_bytes(raw, policy=policy.default)
    assert "Do you know this side of us?" in mail.get_body(("html",)).get_content()
    customer = opened_in(browser, (site, address), role="", java_script_enabled=False, locale="en-GB")
    customer.goto(mail["List-Unsubscribe"].split(">")[0].strip("<"))
    assert words(site, to) == []
    customer.get_by_role("button").click()
    assert words(site, to) == [False]
    for one in (page, other, customer):
        assert one.said == []
        one.context.close()
    assert list(site.app.state.reports) == []


def words(site: Site, address: str) -> list[bool]:
    """What an address said by the link to unsubscribe."""
    with site.desk.store.read() as connection:
        rows = connection.execute(
            select(ConsentRow.is_given).where(
                ConsentRow.address == address.lower(), ConsentRow.source == "link to unsubscribe"
            )
        )
        return [bool(one.is_given) for one in rows]


def test_staff_work_a_card_and_an_owner_reads_the_result(
    browser: Any, firm: tuple[Site, str, Handler]
) -> None:
    site, address, _ = firm
    page = opened_in(browser, (site, address), role="manager", locale="de-DE")
    page.goto("/campaigns/new")
    page.get_by_role("button", name="Ablauf und Datei").click()
    page.locator("#text").fill(CALL)
    page.get_by_role("button", name="Als Entwurf").click()
    page.get_by_role("button", name="Starten").click()
    page.get_by_text("Gestartet.").wait_for()
    work(site)
    staff = opened_in(browser, (site, address), role="staff", locale="de-DE")
    staff.goto("/desk")
    before = staff.locator("article.offer").count()
    staff.get_by_role("combobox", name="Grund").first.select_option("too expensive")
    staff.get_by_role("button", name=re.compile("ablehnen")).first.click()
    staff.get_by_text("Vermerkt: abgelehnt.").wait_for()
    assert staff.locator("article.offer").count() in {before - 1, before}  # the next one moves up
    page.goto("/results")
    page.get_by_role("button", name="Jetzt messen").click()
    page.wait_for_url("**/results?done=measured", timeout=60_000)
    page.get_by_role("link", name="calls").click()
    page.get_by_role("heading", name="calls").wait_for()
    assert page.said == staff.said == []
    for one in (page, staff):
        one.context.close()


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_the_pages_bar_nobody(browser: Any, firm: Any, language: str, theme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    site, address, _ = firm
    locale = {"en": "en-GB", "de": "de-DE"}[language]
    page = opened_in(
        browser, (site, address), viewport={"width": width, "height": 900}, color_scheme=theme, locale=locale,
        bypass_csp=True,
    )  # fmt: skip
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("html").get_attribute("lang") == language
    page.context.close()
