"""The widget in a real browser: it shows lists, never moves or breaks the page, and stays silent when blocked."""

from collections.abc import Iterator
from typing import Any

import pytest

from passend import widget
from passend.api.application import make_application
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.keys import make_key
from tests.api.conftest import Shop, opened
from tests.listening import listening

pytestmark = pytest.mark.browser
#: The shop has a name of its own in the test, and its interface is on this computer; browsers ask before that.
OPEN_LOOPBACK = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
PLACES = ("product_page", "cart", "checkout", "confirmation", "article")
SHIFT = """
    window.shift = 0;
    new PerformanceObserver(list => list.getEntries().forEach(one => { window.shift += one.value; }))
        .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, str]]:
    """A shop's interface on a free port, and its address; five questions at once wait for a slow computer."""
    made = opened(tmp_path_factory.mktemp("shop"))
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr("passend.api.recommending.PATIENCE_SECONDS", 60.0)
        with listening(make_application(made.desk)) as port:
            yield made, f"http://127.0.0.1:{port}"
    made.desk.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", OPEN_LOOPBACK])
        yield found
        found.close()


def visit(
    browser: Any, server: tuple[Shop, str], api: str = "", language: str = "de"
) -> tuple[Any, list[str]]:
    """A shop's page with five placements under a strict policy; ``api`` blocks or breaks the answers.

    The widget waits long: on a busy machine the shop's usual patience would leave the page without lists, as
    it should, and this test asks whether the lists come.
    """
    made, address = server
    shop = "http://shop.test"
    key = make_key(made.desk.store, "page", ["recommend"], "test", utc_now(), origins=[shop]).secret
    places = "".join(
        f'<div data-passend="{name}" data-product="bike" data-cart="bike"></div><p>text</p>'
        for name in PLACES
    )
    body = f"""<!doctype html><html lang="{language}"><title>shop</title>
        <style nonce="n">[data-passend] {{ height: 200px }}</style><body><h1>Shop</h1>{places}
        <script src="{address}/v1/widget.js" data-key="{key}" data-timeout="30000" crossorigin="anonymous"
        integrity="{widget.integrity()}" defer></script></body></html>"""
    policy = f"default-src 'none'; script-src {address}; connect-src {address}; style-src 'nonce-n'"
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(SHIFT)
    page.route(
        f"{shop}/**",
        lambda route: route.fulfill(
            body=body, content_type="text/html", headers={"Content-Security-Policy": policy}
        ),
    )
    if api == "blocked":
        page.route("**/v1/recommendations", lambda route: route.abort())
    if api == "broken":
        page.route("**/v1/recommendations", lambda route: route.fulfill(status=500, body="<html>"))
    page.goto(f"{shop}/bike")
    return page, errors


def test_five_placements_show_lists_without_moving_the_page(browser: Any, server: tuple[Shop, str]) -> None:
    page, errors = visit(browser, server)
    page.locator(".passend-box").nth(4).wait_for()
    assert page.locator(".passend-head").all_inner_texts()[:2] == ["Passend dazu", "Passt zu Ihrem Warenkorb"]
    assert page.locator(".passend-name").first.inner_text() == "Lamp"
    assert "10,00" in page.locator(".passend-price").first.inner_text()
    assert page.evaluate("window.shift") <= 0.02
    assert page.evaluate("window.dataLayer.filter(one => one.event === 'view_item_list').length") == len(
        PLACES
    )
    assert errors == []
    page.close()


@pytest.mark.parametrize("api", ["blocked", "broken"])
def test_without_answers_the_page_is_as_it_was(browser: Any, server: tuple[Shop, str], api: str) -> None:
    page, errors = visit(browser, server, api, "en")
    page.wait_for_timeout(300)
    assert page.locator(".passend-box").count() == 0
    assert page.locator("h1").inner_text() == "Shop"
    assert page.evaluate("window.shift") <= 0.02
    assert errors == []
    page.close()
