"""The pages in a real browser: nothing barred by axe's rules, no word of complaint, no sideways scroll."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passend.flow.serving.stocking import lay_out
from passend.market.sample import write_sample
from passend.web.visits import COOKIE
from passend.workspace import Workspace
from tests.listening import listening
from tests.web.conftest import Site, opened
from tests.web.shops import customer_path, make_planned_shop

pytestmark = pytest.mark.browser
#: Every page that is looked at; whoever adds a page writes it here.
PAGES = (
    "/", "/data", "/data/aside", "/products", "/products/map", "/products/words", "/products/at/X-1", "/customers",
    "/decisions", "/decisions/offers", "/decisions/what-if", "/decisions/rules", "/settings", "/settings/people",
    "/settings/keys", "/settings/assumptions", "/settings/brand", "/settings/notices", "/customers/segments", "/tour",
    "/settings/changes", "/gallery", "/nothing", "/products/placements",
    "/products/placements/at/product_page?product=X-1&other=X-1",
)  # fmt: skip
#: Language, theme and width in which people may see the pages.
LOOKS = (("en", "light", 1280), ("en", "dark", 360), ("de", "light", 360), ("de", "dark", 1280))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """The pages on a free port, and their address."""
    folder = tmp_path_factory.mktemp("site") / "shop"
    make_planned_shop(folder)
    lay_out(Workspace(folder))
    made = opened(folder, new=False)
    with listening(made.app) as port:
        yield made, f"http://localhost:{port}"
    made.desk.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        yield found
        found.close()


def opened_in(browser: Any, served: tuple[Site, str], role: str = "administrator", **how: Any) -> Any:
    """A page of a browser in which a person of a role is logged in; what it says is in ``page.said``."""
    site, address = served
    view = browser.new_context(base_url=address, **how)
    if role:
        view.add_cookies([{"name": COOKIE, "value": site.secrets[role], "url": address}])
    page = view.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    return page


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_the_pages_bar_nobody(browser, served, language: str, theme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    locale = {"en": "en-GB", "de": "de-DE"}[language]
    page = opened_in(
        browser, served, viewport={"width": width, "height": 900}, color_scheme=theme, locale=locale, bypass_csp=True
    )  # fmt: skip
    for path in (*PAGES, customer_path(served[0])[0]):
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("html").get_attribute("lang") == language
    page.context.close()


def test_no_page_complains_or_loads_what_it_must_not(browser, served) -> None:
    site, _ = served
    page = opened_in(browser, served)
    for path in (*PAGES, customer_path(site)[0]):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert [one for one in page.said if "404" not in one] == []
    assert list(site.app.state.reports) == []
    page.context.close()


def test_a_person_logs_in_by_keyboard_alone(browser, served) -> None:
    page = opened_in(browser, served, role="", locale="de-DE")
    page.goto("/gallery")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#name").focus()
    page.keyboard.type("manager@shop.example")
    page.keyboard.press("Tab")
    page.keyboard.type("three odd words")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    assert page.said == []
    page.context.close()


def test_a_manager_tries_other_rules_and_sees_what_would_change(browser, served) -> None:
    page = opened_in(browser, served, role="manager")
    page.goto("/decisions")
    page.get_by_role("link", name="What if").click()
    slider = page.get_by_label("Offers a customer gets at most: slider")
    field = page.get_by_label("Offers a customer gets at most", exact=True)
    slider.press("Home")
    slider.press("ArrowRight")
    assert field.input_value() == "1"
    field.fill("2")
    assert slider.input_value() == "2"
    field.fill("1")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("heading", name="Side by side").wait_for(timeout=60_000)
    assert page.get_by_role("row", name="Offers ").count() == 1
    page.goto("/decisions/rules")
    page.locator("#text").fill("customer:\n  most_offers: -3\n")
    page.locator("#findings [role=alert]").wait_for()
    assert page.said == []
    page.context.close()


def test_a_table_is_taken_along_as_it_stands(browser, served, tmp_path) -> None:
    page = opened_in(browser, served, role="viewer", locale="de-DE", accept_downloads=True)
    page.goto("/products/map")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Als CSV herunterladen").first.click()
    lines = Path(taken.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == '"Artikel";"Anderes";"Gezählt";"Erwartet";"Stärke";"Warum"'
    assert len(lines) == 1 + page.locator("tbody tr").count()
    assert page.said == []
    page.context.close()


def test_the_map_comes_closer_and_goes_back(browser, served) -> None:
    page = opened_in(browser, served, role="viewer")
    page.goto("/products/map")
    seen = lambda: [float(one) for one in page.locator("svg.map").get_attribute("viewBox").split()]  # noqa: E731
    whole = seen()
    page.get_by_role("button", name="Closer").click()
    assert seen()[2] == pytest.approx(0.8 * whole[2])
    before = seen()
    box = page.locator("svg.map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 80, box["y"] + 60, steps=4)
    page.mouse.up()
    assert seen()[0] > before[0]  # what lies to the right came into sight
    page.get_by_role("button", name="The whole map").click()
    assert seen() == whole
    assert page.said == []
    page.context.close()


def test_a_manager_brings_a_file_and_sees_what_became_of_it(browser, served, tmp_path) -> None:
    file = tmp_path / "new-orders.csv"
    write_sample(file, customers=60, seed=9)
    page = opened_in(browser, served, role="manager")
    page.goto("/")
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_label("Files of orders").set_input_files(file)
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("heading", name="Is this read right?").wait_for()
    assert page.get_by_text("article number").count() >= 1
    page.get_by_role("button", name="Import").click()
    page.get_by_role("heading", name="The files are read").wait_for(timeout=60_000)
    assert page.get_by_role("row", name="new-orders.csv").count() == 1
    assert page.said == []
    page.context.close()


def test_a_merchandiser_buries_a_product_by_keyboard_and_the_widget_shows_it_no_more(browser, served) -> None:
    page = opened_in(browser, served, role="manager")
    page.goto("/products/placements/at/cart")
    first = page.locator(".passend-name").first
    first.wait_for()
    name = first.inner_text()
    assert page.locator(".ranked a").first.inner_text() == name
    page.locator(".ranked summary").first.focus()
    page.keyboard.press("Enter")
    page.locator("#note-r1").focus()
    page.keyboard.type("recalled")
    page.keyboard.press("Enter")
    page.get_by_text("Noted. It holds in every shop page").wait_for()
    page.locator(".passend-name").first.wait_for()
    assert name not in page.locator(".passend-name").all_inner_texts()
    page.get_by_role("button", name="Take it back the last decision").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Taken back.").wait_for()
    page.locator(".passend-name").first.wait_for()
    assert page.locator(".passend-name").first.inner_text() == name
    assert page.said == []
    page.context.close()


def test_the_menu_folds_on_a_phone(browser, served) -> None:
    page = opened_in(browser, served, viewport={"width": 360, "height": 800})
    page.goto("/gallery")
    link = page.get_by_role("link", name="Overview")
    assert not link.is_visible()
    page.locator(".menu summary").click()
    link.click()
    page.wait_for_url("**/")
    page.context.close()


def test_a_manager_finds_a_customer_by_keyboard_alone(browser, served) -> None:
    page = opened_in(browser, served, role="manager")
    number = customer_path(served[0])[1]
    page.goto("/products")
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.locator("#found a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*")
    assert number in page.locator("h1").inner_text()
    page.go_back()
    page.wait_for_url("**/products")
    assert page.locator("h1").inner_text() == "Products"
    page.locator("#wanted").fill("zzzz")
    page.get_by_text("Nothing fits these words.").wait_for()
    assert page.said == []
    page.context.close()
