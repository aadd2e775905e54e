"""The placement console: decided in a form, seen in the list, in the widget's answer and in the log; taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from passend.flow.serving.answering import Question
from tests.flow.serving.shop import HELD_OUT, OFFERED
from tests.web.conftest import Site, opened, token_of

ONE = "/products/placements/at/product_page?product=bike&limit=4"
BACK = "/products/placements/at/product_page?product=bike&limit=4"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The pages of a shop of its own."""
    made = opened(tmp_path)
    yield made
    made.desk.close()


def ids(site: Site) -> list[str]:
    """What the shop gets."""
    asked = Question(product="bike", placement="product_page", fallback="none")
    return [one.product_id for one in site.desk.recommend(asked).items]


def decide(site: Site, product: str, what: str, role: str = "manager", **more: str):
    """A form that is sent."""
    client = site.client(role)
    data = {"form_token": token_of(client), "name": "product_page", "back": BACK, "product": product, "what": what,
            "note": "because", "beside": "all", **more}  # fmt: skip
    return client, client.post("/products/placements/decide", data=data)


def test_a_decision_is_in_the_next_answer_and_undone_from_the_page(site: Site) -> None:
    client, answer = decide(site, "Lock", "pin", beside="product bike", note="new colours")  # by its name
    assert answer.status_code == 303
    assert ids(site) == ["lock", "lamp", "helmet"]
    page = client.get(answer.headers["location"]).text
    assert "Noted. It holds in every shop page" in page
    assert page.count("by manager@shop.example: new colours") >= 1
    assert "placement/product_page" not in page
    number = re.search(r'name="number" value="(\d+)"', page)
    assert number
    data = {"form_token": token_of(client), "name": "product_page", "back": BACK, "number": number[1]}
    undone = client.post("/products/placements/undo", data=data)
    assert "Taken back." in client.get(undone.headers["location"]).text
    assert ids(site) == ["lamp", "helmet", "lock"]


def test_what_is_buried_is_gone_and_said_by_whom(site: Site) -> None:
    client, _ = decide(site, "helmet", "bury", until="2100-01-01")
    page = client.get(ONE).text
    assert ids(site) == ["lamp", "lock"]
    assert "<s>Helmet</s>" in page
    assert "1/1/2100" in page or "2100" in page
    why = client.get(f"{ONE}&other=helmet").text
    assert "Buried at this placement by manager@shop.example: because" in why


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_who_only_reads_sees_no_form_and_decides_nothing(site: Site, role: str) -> None:
    client, answer = decide(site, "helmet", "bury", role)
    assert answer.status_code == 403
    page = client.get(ONE).text
    assert "/products/placements/decide" not in page
    assert "What it shows now" in page
    assert ids(site) == ["lamp", "helmet", "lock"]


def test_the_widget_of_the_page_gets_the_list(site: Site) -> None:
    decide(site, "lock", "pin")
    page = site.client("viewer").get(ONE).text
    base = re.search(r'data-url="([^"]+)"', page)
    assert base
    stranger = site.client()
    told = stranger.post(f"{base[1]}/v1/recommendations", json={"product": "bike", "limit": 2}).json()
    assert [one["product_id"] for one in told["items"]] == ["lock", "lamp"]
    picture = site.client("viewer").get("/products/picture/lock")
    assert picture.headers["content-type"] == "image/svg+xml"


def test_a_customer_stands_covered_in_the_address_and_needs_the_right(site: Site) -> None:
    client = site.client("manager")
    data = {
        "form_token": token_of(client),
        "name": "cart",
        "product": "",
        "cart": "Helmet, lock",
        "customer": OFFERED,
    }
    there = client.post("/products/placements/look", data=data).headers["location"]
    assert "who=" in there
    assert "cart=helmet%2Clock" in there
    assert client.get(there).status_code == 200
    who = site.client("manager")
    held = who.post(
        "/products/placements/look", data={**data, "form_token": token_of(who), "customer": HELD_OUT}
    )
    assert "belongs to the hold-out" in who.get(held.headers["location"]).text
    viewer = site.client("viewer")
    seen = viewer.get(held.headers["location"]).text
    assert "belongs to the hold-out" not in seen  # who may not read persons looks as somebody unknown


def test_a_placement_is_added_set_and_removed(site: Site) -> None:
    client = site.client("manager")
    data = {"form_token": token_of(client), "name": "home", "share": "12,5", "note": "first page"}
    there = client.post("/products/placements", data=data).headers["location"]
    assert "12.5% of the visitors see nothing here" in client.get(there).text
    assert "first page" in client.get("/products/placements").text
    client.post("/products/placements/drop", data={"form_token": token_of(client), "name": "home"})
    assert client.get("/products/placements/at/home").status_code == 409
    wrong = client.post(
        "/products/placements", data={**data, "form_token": token_of(client), "share": "much"}
    )
    assert wrong.status_code == 422


def test_a_back_that_leads_elsewhere_is_not_followed(site: Site) -> None:
    _, answer = decide(site, "lock", "pin", back="https://evil.example/")
    assert answer.headers["location"].startswith("/products/placements/at/product_page?")


def test_a_page_without_anything_chosen_shows_the_best_seller(site: Site) -> None:
    for role in ("viewer", "manager"):
        page = site.client(role).get("/products/placements/at/cart").text
        assert "What it shows now" in page
        assert 'data-passend="cart"' in page


def test_before_the_first_lists_the_page_says_so(site: Site) -> None:
    site.desk.present = (None, site.desk.present[1])
    page = site.client("manager").get(ONE)
    assert page.status_code == 200
    assert "Nothing is laid out for the shop yet" in page.text
