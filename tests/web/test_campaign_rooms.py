"""Campaigns, desk and results on the pages: built, looked at, started, worked, stopped, and read."""

import re
import time
from collections.abc import Iterator

import pytest

from passend.campaigns import parse_campaign
from passend.campaigns.forms import filled, form_of, rearranged
from passend.campaigns.recipes import recipes, written
from passend.flow.campaigns.opening import utc_now, worker_of
from passend.flow.campaigns.telling import progress
from passend.flow.campaigns.ways import ways_of
from passend.worker import Loop
from tests.channels.mail_server import Handler, mail_server
from tests.web.conftest import Site, token_of
from tests.web.firm import opened_firm

CALL = """
name: calls
holdout_share: 0
caps: {most: 9}
steps:
  call: {hand: service, offer: none, script: Ask for the bike., then: end, failed: end}
  end: {stop: all said}
"""


@pytest.fixture(scope="module")
def mails() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    with mail_server(handler) as port:
        yield handler, port


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, mails: tuple[Handler, int]) -> Iterator[Site]:
    made = opened_firm(tmp_path_factory.mktemp("firm"), mails[1])
    yield made
    made.desk.close()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("recipe", recipes(), ids=lambda one: one.key)
def test_form_and_file_are_the_same_campaign(recipe, language):
    text = written(recipe, language, products={"anchor": ["A", "B"], "offer": ["C"]})
    form = form_of(text)
    again = filled(text, dict(form.fields))
    before, after = parse_campaign(text), parse_campaign(again)
    assert after.steps.keys() == before.steps.keys()
    assert [one.content for one in after.steps.values()] == [one.content for one in before.steps.values()]
    assert (after.trigger and after.trigger.products) == (before.trigger and before.trigger.products)
    assert (after.caps, after.quiet, after.holdout_share) == (before.caps, before.quiet, before.holdout_share)
    assert form_of(again) == form


def test_what_is_written_into_the_form_stands_in_the_file():
    text = written(recipes()[0], "en")
    step = form_of(text).messages[0].step
    given = {"name": "mine", "rules": "orders more than 2\r\ncategories at most 1", "budget": "500", "goal": "",
             f"subject|{step}": "Hello", f"block|{step}|0|title": "New title"}  # fmt: skip
    made = parse_campaign(filled(text, given))
    assert (made.name, made.goal, made.budget_cents) == ("mine", "", 50_000)
    assert made.audience.rules == ("orders more than 2", "categories at most 1")
    assert made.steps[step].content["subject"] == "Hello"
    assert made.steps[step].content["blocks"][0]["title"] == "New title"


def test_blocks_are_moved_added_and_removed_and_the_footer_stays_last():
    text = written(next(one for one in recipes() if one.key == "accessory"), "en")
    kinds = lambda told: [kind for kind, _ in form_of(told).messages[0].blocks]  # noqa: E731
    assert kinds(text) == ["hero", "products", "footer"]
    assert kinds(rearranged(text, "mail", "down", 0)) == ["products", "hero", "footer"]
    assert kinds(rearranged(text, "mail", "text", 0)) == ["hero", "products", "text", "footer"]
    assert kinds(rearranged(text, "mail", "remove", 1)) == ["hero", "footer"]
    for odd in (("nowhere", "down", 0), ("mail", "up", 0), ("mail", "remove", 99)):
        assert kinds(rearranged(text, *odd)) == kinds(text)


def test_a_recipe_becomes_a_started_campaign_and_its_mail_is_sent(firm, mails):
    client = firm.client("manager")
    assert "A second category" in client.get("/campaigns/recipes").text
    built = client.get("/campaigns/new?recipe=second-category")
    base = re.search(r'name="base" value="([^"]*)"', built.text)[1]
    import html

    form = {
        "form_token": token_of(client),
        "base": html.unescape(base),
        "name": "second",
        "holdout_share": "0",
    }
    looked = client.post("/campaigns/look", data=form).text
    assert "Customers who enter" in looked
    assert client.post("/campaigns/look", data={**form, "holdout_share": "200 %"}).text.count("alert") == 1
    kept = client.post("/campaigns/build", data={**form, "do": "keep"})
    assert (kept.status_code, kept.headers["location"]) == (303, "/campaigns/at/second?done=kept")
    seen = client.get("/campaigns/at/second")
    assert "frame-src 'self'" in seen.headers["content-security-policy"]
    mail = client.get("/campaigns/at/second/mail/0")
    assert "Do you know this side of us?" in mail.text
    assert mail.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert client.get("/campaigns/at/second/mail/99").status_code == 404
    act = {"form_token": form["form_token"], "name": "second"}
    tested = client.post("/campaigns/test-mail", data={**act, "address": "me@radhaus.example"})
    assert tested.status_code == 303
    assert [to for to, _ in mails[0].taken] == ["me@radhaus.example"]
    token = re.search(r'name="token" value="(\w{10})"', seen.text)[1]
    assert client.post("/campaigns/act", data={**act, "do": "start", "token": "0"}).status_code >= 400
    assert client.post("/campaigns/act", data={**act, "do": "start", "token": token}).status_code == 303
    workspace = firm.desk.workspace()
    worker = worker_of(workspace, firm.desk.store, ways_of(workspace, firm.desk.store))
    assert not Loop(worker, firm.desk.workspace, lambda _: None).drain().errors
    [state] = progress(firm.desk.store, utc_now(), "second")
    if "sent" not in state.messages:  # by night the quiet hours of the recipe hold
        assert state.messages.get("queued", 0) + state.people.get("waiting", 0) > 0
    assert "Deliveries" in client.get("/campaigns/deliveries?campaign=second").text
    for do, state_ in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert client.post("/campaigns/act", data={**act, "do": do}).status_code == 303
        assert next(iter(progress(firm.desk.store, utc_now(), "second"))).state == state_
        assert client.get(f"/campaigns/at/second?done={do}").status_code == 200


def test_mails_are_made_once_for_a_page_and_its_frames_and_anew_for_other_words(firm, monkeypatch):
    from passend.web.rooms import campaigns

    made = []
    plain = campaigns.examples_shown
    monkeypatch.setattr(campaigns, "examples_shown", lambda *given: made.append(1) or plain(*given))
    client = firm.client("manager")
    text = written(next(one for one in recipes() if one.key == "second-category"), "en", "seen-often")
    form = {"form_token": token_of(client), "base": text, "do": "keep"}
    assert client.post("/campaigns/build", data=form).status_code == 303
    page = client.get("/campaigns/at/seen-often").text
    frames = re.findall(r'src="(/campaigns/at/seen-often/mail/\d)"', page)
    assert len(frames) >= 4
    assert {client.get(path).status_code for path in frames} == {200}
    assert len(made) <= 2  # twice where the minute changes in between
    client.post("/campaigns/build", data={**form, "base": text.replace("Do you know", "You know")})
    assert "You know this side" in client.get(frames[0]).text

    part = client.get("/campaigns/at/seen-often/progress").text
    assert "<html" not in part
    assert part.count('class="node ') > 2
    assert client.get("/campaigns/at/nothing/progress").status_code >= 400


def test_another_person_approves_where_four_eyes_are_asked_for(firm):
    client, other = firm.client("manager"), firm.client("administrator")
    text = written(recipes()[0], "en", "double").replace("holdout_share", "four_eyes: yes\nholdout_share")
    form = {"form_token": token_of(client), "base": text, "do": "keep"}
    assert client.post("/campaigns/build", data=form).status_code == 303
    token = re.search(r'name="token" value="(\w{10})"', client.get("/campaigns/at/double").text)[1]
    act = {"name": "double", "token": token}
    mine = {**act, "form_token": form["form_token"]}
    assert client.post("/campaigns/act", data={**mine, "do": "start"}).status_code >= 400
    assert client.post("/campaigns/act", data={**mine, "do": "approve"}).status_code >= 400
    theirs = {**act, "form_token": token_of(other)}
    assert other.post("/campaigns/act", data={**theirs, "do": "approve"}).status_code == 303
    assert client.post("/campaigns/act", data={**mine, "do": "start"}).status_code == 303


def test_the_switch_stops_all_sending_and_says_who_did(firm):
    client = firm.client("manager")
    act = {"form_token": token_of(client)}
    client.post("/campaigns/switch", data={**act, "do": "off", "reason": "wrong price"})
    assert "wrong price" in client.get("/campaigns").text
    client.post("/campaigns/switch", data={**act, "do": "on"})
    assert "wrong price" not in client.get("/campaigns").text


def test_staff_work_the_list_of_their_team(firm):
    manager, staff = firm.client("manager"), firm.client("staff")
    form = {"form_token": token_of(manager), "base": CALL, "do": "keep"}
    assert manager.post("/campaigns/build", data=form).status_code == 303
    token = re.search(r'name="token" value="(\w{10})"', manager.get("/campaigns/at/calls").text)[1]
    manager.post("/campaigns/act", data={**form, "name": "calls", "do": "start", "token": token})
    workspace = firm.desk.workspace()
    worker = worker_of(workspace, firm.desk.store, ways_of(workspace, firm.desk.store))
    Loop(worker, firm.desk.workspace, lambda _: None).drain()
    page = staff.get("/desk").text
    assert "Ask for the bike." in page
    keys = re.findall(r'name="key" value="([^"]+)"', page)
    assert len(keys) > 3
    done = {"form_token": token_of(staff), "team": "service"}
    for key, says in zip(keys, ("accept", "decline", "later"), strict=False):
        told = staff.post(
            "/desk", data={**done, "key": key, "says": says, "reason": "too expensive", "days": "3"}
        )
        assert told.headers["location"] == f"/desk?team=service&key={key}&done={says}"
    waiting = lambda page: re.findall(r'name="key" value="([^"]+)"', page)  # noqa: E731
    assert not set(keys[:3]) & set(waiting(staff.get("/desk?team=service").text))
    again = staff.post("/desk", data={**done, "key": keys[0], "says": "accept"})
    assert again.headers["location"] == "/desk?team=service&done=gone"
    noted = staff.get(f"/desk?team=service&key={keys[0]}&done=accept").text
    assert "Noted: accepted." in noted
    assert "Take it back" in noted
    assert staff.post("/desk/back", data={**done, "key": keys[0]}).headers["location"].endswith("done=back")
    assert waiting(staff.get("/desk?team=service").text)[0] == keys[0]
    assert (
        staff.post("/desk/back", data={**done, "key": keys[0]}).headers["location"].endswith("done=followed")
    )
    customer = re.search(r"Customer (K\d+)", page)[1]
    found = staff.post("/desk/search", data={**done, "wanted": customer}).text
    assert set(re.findall(r"Customer (K\d+)", found)) == {customer}
    nobody = staff.post("/desk/search", data={**done, "wanted": "Nobody of that name"}).text
    assert "No offer waits for this customer" in nobody
    [token] = re.findall(r'href="/customers/([^"]+)"', found)
    assert set(re.findall(r"Customer (K\d+)", staff.get(f"/desk?who={token}").text)) == {customer}
    assert firm.client("viewer").get("/desk").status_code == 403


def test_results_are_measured_and_read(firm):
    client = firm.client("manager")
    assert "Nothing is measured yet" in client.get("/results").text
    begun = client.post("/results/measure", data={"form_token": token_of(client)})
    assert begun.headers["location"].startswith("/under-way/")
    for _ in range(600):
        if client.get(begun.headers["location"]).status_code == 303:
            break
        time.sleep(0.05)
    page = client.get("/results?done=measured").text
    assert "Scorecard" in page
    letter = client.get("/results/letter")
    assert letter.headers["content-security-policy"].startswith("sandbox")
    for path in re.findall(r'href="(/results/at/[^"]+)"', page)[:2]:
        assert client.get(path).status_code == 200
    assert client.get("/results/promises").status_code == 200
    assert client.get("/results/at/nothing/1").status_code == 404
    looks = [f"{path}/looks" for path in re.findall(r'href="(/results/at/[^"]+)"', page)[:1]]
    assert "<html" in client.get(looks[0]).text
    part = client.get(looks[0], headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "Until" in part
    assert client.get("/results/at/nothing/1/looks").status_code == 404
