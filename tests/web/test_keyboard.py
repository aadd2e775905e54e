"""Whole jobs by keyboard alone, in a real Chromium: what holds the focus is seen, and nothing covers it."""

import re
from email import message_from_bytes, policy
from typing import Any

import pytest

from passend.market.sample import write_sample
from tests.web.conftest import token_of
from tests.web.test_campaign_rooms import CALL
from tests.web.test_campaigns_in_chromium import firm, words, work
from tests.web.test_in_chromium import browser, opened_in

__all__ = ["browser", "firm"]
pytestmark = pytest.mark.browser
#: Presses of Tab in which anything on a page is reached.
_MOST = 160
#: What holds the focus: its name, whether a line is drawn around it, and whether it can be seen.
_FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const labels = one.labels ? [...one.labels].map((label) => label.innerText).join(" ") : "";
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 10), 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  return {
    tag: one.tagName, name: (one.getAttribute("aria-label") || labels || one.innerText || "").trim(),
    lined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: one === document.body || (!!top && (one.contains(top) || top.contains(one))),
  };
}"""


def to(page: Any, name: str, tag: str = "") -> None:
    """Press Tab until something of that name holds the focus."""
    seen = []
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        seen.append(focus["name"])
        assert focus["tag"] in {"BODY", "IFRAME"} or (focus["lined"] and focus["seen"]), focus
        if re.fullmatch(name, focus["name"], re.DOTALL) and tag in {"", focus["tag"]}:
            return
    raise AssertionError(f"no '{name}' among {seen}")


def press(page: Any, name: str, tag: str = "") -> None:
    """Go there, and press Enter."""
    to(page, name, tag)
    page.keyboard.press("Enter")


def palette(page: Any, words_: str, path: str) -> None:
    """Go to another page by Ctrl+K."""
    page.keyboard.press("Control+k")
    page.locator("#found a").first.wait_for()
    page.keyboard.type(words_)
    page.locator(f'#found ul:only-of-type li:only-child a[href="{path}"]').wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


def test_from_a_file_to_a_campaign_and_out_of_it_again(browser: Any, firm: Any, tmp_path: Any) -> None:
    site, address, mails = firm
    file = tmp_path / "more.csv"
    write_sample(file, customers=40, seed=5)
    page = opened_in(browser, (site, address), role="manager", locale="en-GB")
    # Asked for only when the key is pressed, the browser's own window is sometimes quicker.
    page.on("filechooser", lambda _: None)
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    assert page.evaluate("document.activeElement.id") == "main"
    palette(page, "data", "/data")
    to(page, "Files of orders.*")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(file)
    press(page, "Look at them")
    page.get_by_role("heading", name="Is this read right?").wait_for()
    press(page, "Import", "BUTTON")
    page.get_by_role("heading", name="The files are read").wait_for(timeout=60_000)
    press(page, "Make a new plan")
    page.wait_for_url("**/decisions", timeout=60_000)
    palette(page, "recipe", "/campaigns/recipes")
    press(page, "Take: A second category")
    page.locator("#look .stat").first.wait_for()
    to(page, "Name", "INPUT")
    page.keyboard.press("Control+a")
    page.keyboard.type("by keys")
    to(page, "Hold-out")
    page.keyboard.press("Control+a")
    page.keyboard.type("0")
    to(page, "Quiet hours")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.evaluate("document.getElementById('main').focus()")
    press(page, "Keep as draft")
    page.get_by_text("Kept as draft. Nothing leaves").wait_for()
    press(page, "Start", "BUTTON")
    page.get_by_text("Started. The worker carries it on.").wait_for()
    assert page.said == []
    work(site)
    page.context.close()

    recipient, raw = mails.taken[0]
    mail = message_from_bytes(raw, policy=policy.default)
    customer = opened_in(browser, (site, address), role="", java_script_enabled=False, locale="de-DE")
    customer.goto(mail["List-Unsubscribe"].split(">")[0].strip("<"))
    customer.keyboard.press("Tab")
    customer.keyboard.press("Enter")
    customer.get_by_role("heading").wait_for()
    assert words(site, recipient) == [False]
    customer.context.close()


def test_a_journey_is_put_together(browser: Any, firm: Any) -> None:
    site, address, _ = firm
    page = opened_in(browser, (site, address), role="manager", locale="en-GB")
    page.goto("/campaigns/new?recipe=second-category")
    press(page, "Journey and file")
    page.locator("#picture").wait_for()
    press(page, "mail\\s+contact by e-mail.*", "BUTTON")
    focused(page, "Send: mail")
    to(page, "Name of the step")
    page.keyboard.press("Control+a")
    page.keyboard.type("letter")
    press(page, "New step on the way: Then")
    focused(page, "New step")
    press(page, "Wait\nfor a time.*")
    focused(page, "Wait: wait")
    to(page, "Number", "INPUT")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    to(page, "Unit", "SELECT")
    page.keyboard.type("we")  # weeks
    to(page, "Then", "SELECT")
    page.keyboard.press("End")
    page.locator(".steps .way", has_text="then → end").first.wait_for()
    text = page.locator("#text")
    assert "wait: {wait: 2 weeks, then: end}" in text.input_value()
    assert "email: letter" in text.input_value()
    press(page, "Remove this step")
    page.get_by_text("Step wait is removed.").wait_for(state="attached")
    assert "wait:" not in text.input_value()
    page.evaluate("document.getElementById('main').focus()")
    press(page, "Undo")
    page.get_by_text("Undone.").wait_for(state="attached")
    assert "wait: {wait: 2 weeks, then: end}" in text.input_value()
    to(page, "The campaign as YAML")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+End")
    page.keyboard.type("  lost: {stop: x}")
    page.get_by_text("Nobody ever comes to step lost.").first.wait_for(state="attached")
    assert page.evaluate("document.activeElement.id") == "text"
    for _ in range(len("  lost: {stop: x}")):
        page.keyboard.press("Backspace")
    page.locator(".steps", has_text="lost").wait_for(state="detached")
    page.evaluate("document.getElementById('main').focus()")
    press(page, "Keep as draft")
    page.get_by_text("Kept as draft. Nothing leaves").wait_for()
    assert page.locator(".node", has_text="letter").count() == 1
    assert page.said == []
    page.context.close()


def focused(page: Any, title: str) -> None:
    """Wait until the form of a step holds the focus."""
    page.locator("#panel-title:focus", has_text=title).wait_for()


def test_a_card_of_the_desk(browser: Any, firm: Any) -> None:
    site, address, _ = firm
    manager = site.client("manager")
    form = {"form_token": token_of(manager), "base": CALL, "do": "keep"}
    manager.post("/campaigns/build", data=form)
    token = re.search(r'name="token" value="(\w{10})"', manager.get("/campaigns/at/calls").text)[1]
    manager.post("/campaigns/act", data={**form, "name": "calls", "do": "start", "token": token})
    work(site)
    page = opened_in(browser, (site, address), role="staff", locale="de-DE")
    page.goto("/desk")
    to(page, "Grund")
    page.keyboard.press("ArrowDown")
    press(page, ".*ablehnen")
    page.get_by_text("Vermerkt: abgelehnt.").wait_for()
    press(page, ".*annehmen")
    page.get_by_text("Vermerkt: angenommen.").wait_for()
    assert page.said == []
    page.context.close()
