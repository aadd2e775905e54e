"""The report as people see it, in a real browser."""

import html
import re

import pytest

from passend.flow import ImportRequest, import_sources, make_plan, write_report
from passend.market.sample import write_sample
from passend.ports import Silence
from passend.report.network import WIDTH, draw
from passend.report.page import beside
from passend.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    folder = tmp_path_factory.mktemp("report")
    write_sample(folder / "orders.csv", customers=800, seed=4)
    place = Workspace(folder / "ws")
    import_sources(place, [ImportRequest(folder / "orders.csv")], Silence())
    make_plan(place, Silence())
    write_report(place, Silence())
    return place


@pytest.fixture(scope="module")
def page(workspace) -> str:
    return (workspace.folder / "report.html").read_text("utf-8")


def test_the_report_needs_nothing_but_itself(page):
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "Content-Security-Policy" in page


def test_the_account_in_the_report_adds_up(page, workspace):
    section = page[page.index('id="health"') : page.index("Orders by month")]
    total, *parts = [int(n.replace(",", "")) for n in re.findall(r'<td class="n">([\d,]+)</td>', section)]
    assert total == sum(parts)
    assert total == workspace.read("lines").num_rows


def test_a_product_without_a_number_of_its_own_is_named_once():
    assert beside("Kandis 500 g", "Kandis 500 g") == ""
    assert beside("S-1", "Kandis <500 g>") == " <small>S-1</small>"
    row = {"product_id": "Tee", "other_id": "K1", "name": "Tee", "other_name": "Kanne", "type": "complement",
           "weight": 1.0, "reason": ""}  # fmt: skip
    assert {node.title for node in draw([row]).nodes} == {"Tee", "Kanne (K1)"}


def test_postage_and_cancellations_are_no_products(page):
    together = page[page.index('id="together"') : page.index('id="health"')]
    assert "Postage" not in together
    assert "POST" not in together


@pytest.fixture(scope="module")
def german(workspace) -> str:
    page = render_in(workspace, "de")
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def render_in(workspace: Workspace, language: str) -> str:
    """The report in a language; the file of the others stays as it was."""
    file = workspace.folder / "report.html"
    before = file.read_bytes()
    write_report(Workspace(workspace.folder, [f"language={language}"]), Silence())
    page = file.read_text("utf-8")
    file.write_bytes(before)
    return page


def test_the_report_is_german_where_german_is_set(german):
    assert '<html lang="de">' in german
    assert "Wem was angeboten wird" in german
    assert re.search(r"\d\.\d{3},\d\d\xa0€", german)
    assert re.search(r"zuletzt am \d\d\.\d\d\.\d{4}", german)


def test_no_english_is_left_in_the_german_report(german, workspace):
    text = re.sub(r"<[^>]*>", "\n", german)
    for name in sorted(workspace.read("products")["name"].to_pylist(), key=len, reverse=True):
        text = re.sub(re.escape(html.escape(name)), "", text, flags=re.IGNORECASE)
    left = re.findall(
        r"\b(?:the|of|with|customers?|orders?|bought|because|offers?|which|expected|is)\b", text
    )
    without_files = [one for one in left if one not in ("offers", "orders", "customers")]
    assert without_files == []


def test_the_plan_comes_first_with_sentences_for_ten_customers(page):
    places = [
        page.index(f'id="{name}"') for name in ("offers", "alone", "together", "health", "missing", "method")
    ]
    assert places == sorted(places)
    assert 1 <= page.count('<div class="who">') <= 10
    assert page.count("<li><b>") >= page.count('<div class="who">')


def test_names_are_escaped(tmp_path):
    rows = "".join(f"{n},k{n % 40},<b>{n % 2}</b>,<script>alert({n % 2})</script>,1\n" for n in range(80))
    file = tmp_path / "orders.csv"
    file.write_text(
        "order_id,customer_id,product_id,product_name,quantity\n" + rows + rows.replace("<b>0", "<b>2")
    )
    place = Workspace(tmp_path / "ws")
    import_sources(place, [ImportRequest(file)], Silence())
    make_plan(place, Silence())
    assert "<script>" not in write_report(place, Silence()).read_text("utf-8")


def test_a_firm_without_customers_dates_or_prices_gets_a_report(tmp_path):
    file = tmp_path / "baskets.csv"
    file.write_text(
        "basket,item\n" + "".join(f"{n},bread\n{n},{'butter' if n % 2 else 'salt'}\n" for n in range(60))
    )
    place = Workspace(tmp_path / "ws")
    import_sources(place, [ImportRequest(file)], Silence())
    make_plan(place, Silence())
    text = write_report(place, Silence()).read_text("utf-8")
    assert "Nobody gets an offer" in text
    assert "Customer numbers" in text


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 360])
def test_the_report_in_a_browser(workspace, chromium, width, tmp_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        page = browser.new_page(viewport={"width": width, "height": 900})
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto((workspace.folder / "report.html").as_uri())
        assert page.locator("h1").inner_text() == "What fits"
        assert page.locator("svg circle").count() >= 4
        for name in ("What goes together", "Who gets what", "Who is left alone", "Is the data sound?"):
            assert page.get_by_role("heading", name=name).is_visible()
        # The page itself never scrolls sideways; wide tables scroll in their own box.
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        _names_do_not_overlap(page)
        assert problems == []
        browser.close()


#: Language, theme and width in which people may see the report.
LOOKS = (("en", "light", 1200), ("en", "dark", 360), ("de", "light", 360), ("de", "dark", 1200))


@pytest.mark.browser
def test_the_report_bars_nobody(workspace, chromium, tmp_path):
    """axe-core's rules (WCAG 2 A and AA, good practice), in both languages and both themes, wide and narrow."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    files = {"en": workspace.folder / "report.html", "de": tmp_path / "report.html"}
    files["de"].write_text(render_in(workspace, "de"), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        for language, theme, width in LOOKS:
            # The page's own policy lets no script in, not even axe.
            view = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=theme, bypass_csp=True
            )
            page = view.new_page()
            page.goto(files[language].as_uri())
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            view.close()
        browser.close()


def _names_do_not_overlap(page) -> None:
    boxes = page.locator("svg text.halo").evaluate_all(
        "nodes => nodes.map(n => {const b = n.getBBox(); return [b.x, b.y, b.width, b.height]})"
    )
    for place, (x1, y1, w1, h1) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[place + 1 :]:
            across = min(x1 + w1, x2 + w2) - max(x1, x2)
            down = min(y1 + h1, y2 + h2) - max(y1, y2)
            assert across <= 0 or down <= 0.5 * h1, "two product names lie upon each other"


def _relation(a: str, b: str, weight: float) -> dict:
    return {
        "product_id": a,
        "other_id": b,
        "name": a,
        "other_name": b,
        "type": "complement",
        "weight": weight,
        "reason": "",
    }


def test_the_map_is_one_and_grows_along_the_strongest_relations():
    chain = [_relation(f"p{n}", f"p{n + 1}", 100 - n) for n in range(60)]
    picture = draw(chain, most=20)
    assert {node.label for node in picture.nodes} == {f"p{n}" for n in range(20)}
    assert len(picture.edges) == 19, "every product hangs on the map, by its own relation and no other"


def test_a_stronger_relation_elsewhere_is_drawn_beside_the_map():
    picture = draw([_relation("a", "b", 9), _relation("c", "d", 8), _relation("b", "e", 1)], most=5)
    assert {node.label for node in picture.nodes} == {"a", "b", "c", "d", "e"}
    assert len(picture.edges) == 3


def test_no_name_lies_on_another_or_leaves_the_map():
    star = [
        _relation("A product with a long name", f"Another long name, no. {n:02}", 90 - n) for n in range(33)
    ]
    nodes = draw(star).nodes
    assert len(nodes) == 34
    for place, one in enumerate(nodes):
        half = len(one.label) * 6 / 2
        assert half <= one.x <= WIDTH - half
        for two in nodes[place + 1 :]:
            apart = half + len(two.label) * 6 / 2
            assert abs(one.x - two.x) >= apart or abs(one.label_y - two.label_y) >= 12


def test_names_on_a_map_of_few_are_whole_and_stand_beside_their_lines():
    long = "Chemex Filter quadratisch, 100 St."
    nodes = {node.product: node for node in draw([_relation("Chemex 6 Tassen", long, 9)]).nodes}
    assert nodes[long].label == long
    for one, other in (("Chemex 6 Tassen", long), (long, "Chemex 6 Tassen")):
        leads_up = nodes[other].y < nodes[one].y
        assert (nodes[one].label_y > nodes[one].y) is leads_up


def test_a_name_that_is_too_long_is_cut_between_words():
    many = [_relation(f"p{n}", f"Filterpapier Größe 4, einhundert Stück {n:02}", 9) for n in range(12)]
    assert {node.label for node in draw(many).nodes if node.label.startswith("F")} == {
        "Filterpapier Größe 4…"
    }


def test_each_link_at_the_top_is_called_as_the_part_that_it_leads_to(page, german):
    for text in (page, german):
        links = dict(re.findall(r'<a href="#(\w+)">([^<]+)</a>', text))
        assert links
        assert links == dict(re.findall(r'<h2 id="(\w+)">([^<]+)</h2>', text))


def test_every_customer_is_treated_somehow(german):
    table = german[german.index('id="alone"') :].split("</table>")[0]
    assert "wie üblich" in table
    assert "<td></td>" not in table


def test_the_picture_of_nothing_is_empty():
    assert draw([]).nodes == ()
