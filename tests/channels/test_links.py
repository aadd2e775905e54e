"""Links that nobody else can make, pages that act on POST alone, and clicks that a person made."""

from datetime import datetime, timedelta

import pytest

from passend.channels.links.hits import Hit, human
from passend.channels.links.pages import Request, click, confirm, preferences, unsubscribe, viewed
from passend.channels.links.signing import Signer, seconds, signer_of
from passend.errors import Forged

NOW = datetime(2026, 3, 2, 12)
SIGNER = Signer((b"k" * 32,))
TOLD = {"m": "spring/kim/1", "l": "en", "at": seconds(NOW)}


def request(purpose: str, method: str = "GET", content: dict | None = None, **more) -> Request:
    return Request(method, SIGNER.token(purpose, TOLD | (content or {})), NOW, **more)


def test_a_token_is_read_for_its_purpose_alone():
    token = SIGNER.token("click", TOLD)
    assert SIGNER.read("click", token, NOW) == TOLD
    for purpose, changed in (
        ("unsubscribe", token), ("click", token[:-1]), ("click", "x" + token), ("click", ""), ("click", "."),
        ("click", token.partition(".")[0] + "."), ("click", "ä.ö"), ("click", "a" * 5000),
    ):  # fmt: skip
        with pytest.raises(Forged):
            SIGNER.read(purpose, changed, NOW)
    with pytest.raises(Forged):
        Signer((b"other" * 7,)).read("click", token, NOW)


def test_an_old_key_still_reads_and_the_new_one_signs():
    both = Signer((b"n" * 32, *SIGNER.keys))
    assert both.read("click", SIGNER.token("click", TOLD), NOW) == TOLD
    with pytest.raises(Forged):
        SIGNER.read("click", both.token("click", TOLD), NOW)


def test_the_key_of_a_workspace_is_made_once_and_private(tmp_path):
    token = signer_of(tmp_path).token("click", TOLD)
    assert signer_of(tmp_path).read("click", token, NOW) == TOLD
    assert (tmp_path / "links.key").stat().st_mode & 0o077 == 0


def test_an_old_link_is_refused():
    old = SIGNER.token("opt-in", TOLD)
    assert confirm(SIGNER, Request("POST", old, NOW + timedelta(days=13))).effects
    assert confirm(SIGNER, Request("POST", old, NOW + timedelta(days=15))).status == 404


def test_a_click_goes_where_was_signed_and_nowhere_else():
    page = click(SIGNER, request("click", content={"to": "https://shop.example/k?a=1", "n": 2}))
    assert (page.status, page.location) == (302, "https://shop.example/k?a=1")
    assert page.effects[0].hit == Hit("spring/kim/1", 2, "click", "GET", NOW)
    forged = click(Signer((b"evil" * 8,)), request("click", content={"to": "https://evil.example"}))
    assert (forged.status, forged.location, forged.effects) == (404, "", ())
    assert not click(SIGNER, request("click", content={"to": "javascript:alert(1)"})).location


@pytest.mark.parametrize("purpose", ["unsubscribe", "opt-in", "preferences"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_looking_changes_nothing(purpose: str, method: str):
    asked = request(purpose, method, form={"topic.bikes": "on"})
    page = {
        "unsubscribe": lambda: unsubscribe(SIGNER, asked),
        "opt-in": lambda: confirm(SIGNER, asked),
        "preferences": lambda: preferences(SIGNER, asked, {"bikes": True}, 7),
    }[purpose]()
    assert page.effects == ()
    assert ("<form" in page.html) == (method in {"GET", "HEAD"})
    assert "script" not in page.html


def test_one_post_unsubscribes_and_confirms():
    one_click = request("unsubscribe", "POST", form={"List-Unsubscribe": "One-Click"}, evidence="1.2.3.4")
    [effect] = unsubscribe(SIGNER, one_click).effects
    assert (effect.kind, effect.content["m"], effect.content["evidence"]) == (
        "unsubscribe",
        "spring/kim/1",
        "1.2.3.4",
    )
    [effect] = confirm(SIGNER, request("opt-in", "POST", {"t": ["<b>bikes"]})).effects
    assert effect.kind == "confirm"
    assert "&lt;b&gt;bikes" in confirm(SIGNER, request("opt-in", content={"t": ["<b>bikes"]})).html


def test_preferences_keep_topics_and_how_often():
    asked = request("preferences", "POST", form={"topic.tours": "on", "topic.evil": "on", "gap_days": "30"})
    [effect] = preferences(SIGNER, asked, {"bikes": True, "tours": False}, None).effects
    assert effect.content["topics"] == {"bikes": False, "tours": True}
    assert effect.content["gap_days"] == 30
    asked = request("preferences", "POST", form={"gap_days": "-5"})
    assert preferences(SIGNER, asked, {"bikes": True}, None).effects[0].content["gap_days"] == 0


def test_pages_speak_the_customers_language():
    german = unsubscribe(SIGNER, Request("GET", SIGNER.token("unsubscribe", TOLD | {"l": "de"}), NOW))
    assert "Möchten Sie sich abmelden?" in german.html


def test_a_page_view_is_told_by_post_with_the_clicks_token():
    asked = request("click", "POST", {"to": "https://shop.example", "n": 1})
    assert viewed(SIGNER, asked).effects[0].hit == Hit("spring/kim/1", 1, "view", "POST", NOW)
    assert viewed(SIGNER, request("click", "GET", {"n": 1})).effects == ()


def at(seconds_: float, link: int = 0, kind: str = "click", method: str = "GET") -> Hit:
    return Hit("m", link, kind, method, NOW + timedelta(seconds=seconds_))


@pytest.mark.parametrize(
    ("hits", "people"),
    [
        ([at(3600)], 1),
        ([at(3600), at(3620, 1)], 2),
        ([at(3600), at(3600.5)], 2),
        ([at(60, 0), at(61, 1)], 0),
        ([at(60), at(60, kind="hidden")], 0),
        ([at(60, method="HEAD"), at(61)], 0),
        ([at(60), at(90, 1), at(120, 2), at(150, 3)], 0),
        ([at(60), at(90, 1), at(120, 9, "hidden")], 0),
        ([at(1)], 0),
        ([at(60), at(60, kind="hidden"), at(3600)], 1),
        ([at(60), at(60.5, 1), at(64, 1, "view", "POST")], 1),
        ([at(3600, method="POST")], 0),
        ([], 0),
    ],
)
def test_what_machines_do_is_not_what_people_do(hits: list[Hit], people: int):
    assert len(human(hits, NOW)) == people
