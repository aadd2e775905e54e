"""Campaigns, desk and results on the pages: built, looked at, started, worked, stopped, and read."""

import re
import time
from collections.abc import Iterator

import pytest

from passend.campaigns import parse_campaign
from passend.campaigns.forms import filled, form_of, rearranged
from passend.campaigns.recipes import recipes, written
from passend.errors import StoreError
from passend.flow.campaigns.opening import utc_now, worker_of
from passend.flow.campaigns.telling import progress
from passend.flow.campaigns.ways import ways_of, without_way
from passend.worker import Loop
from passend.workspace import Workspace
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


def kept(firm: Site, text: str, client) -> str:
    """A draft of that name, kept; returns the path of its page."""
    form = {"form_token": token_of(client), "base": text, "do": "keep"}
    assert client.post("/campaigns/build", data=form).status_code == 303
    return f"/campaigns/at/{form_of(text).fields['name']}"


def words(text: str) -> str:
    import html

    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_who_gets_what_stands_beside_the_button_that_starts_it(firm):
    client = firm.client("manager")
    text = written(next(one for one in recipes() if one.key == "second-category"), "en", "counted")
    page = client.get(kept(firm, text, client)).text
    card = words(re.search(r'<section class="card" id="start">.*?</section>', page, re.DOTALL)[0])
    entered, held = re.search(r"(\d+) customers enter\. (\d+) of them are held out", card).groups()
    reached = re.findall(r"(\d+) get a message on this channel", card)
    assert sum(map(int, reached)) == int(entered) - int(held) > 0
    programme, own = re.search(r"(\d+) by the hold-out of the programme, (\d+) by that", words(page)).groups()
    assert int(programme) + int(own) == int(held)
    assert "The message call would go to nobody." in words(page)
    assert "More than the firm has customers" in words(page)
    assert "Nothing can leave on this channel yet" not in page


def test_a_mail_is_seen_before_the_campaign_is_kept(firm):
    client = firm.client("manager")
    text = written(next(one for one in recipes() if one.key == "second-category"), "en", "not-yet-kept")
    page = client.get("/campaigns/new?recipe=second-category").text
    assert 'formaction="/campaigns/mails"' in page
    shown = client.post("/campaigns/mails", data={"form_token": token_of(client), "base": text})
    frames = re.findall(r'src="(/campaigns/mails/\w+/\d)"', shown.text)
    assert len(frames) >= 4
    assert "Do you know this side of us?" in client.get(frames[0]).text
    assert client.get("/campaigns/mails/nothing/0").status_code == 404
    broken = {"form_token": token_of(client), "base": text.replace("Do you know", "{% if you know")}
    assert client.post("/campaigns/mails", data=broken).status_code == 422
    assert client.get("/campaigns").text.count("not-yet-kept") == 0


def test_a_block_says_nothing_until_somebody_writes_its_words(firm):
    client = firm.client("manager")
    text = rearranged(written(recipes()[0], "en", "unsaid"), "mail", "text", 0)
    form = {"form_token": token_of(client), "base": text}
    assert "still says" in client.post("/campaigns/look", data=form).text
    assert client.post("/campaigns/build", data={**form, "do": "keep"}).status_code == 422
    said = {**form, "do": "keep", "block|mail|2|text": "Good morning."}
    assert client.post("/campaigns/build", data=said).status_code == 303


def test_a_code_is_offered_once_there_is_a_pool_and_takes_it(firm):
    from passend.store.shelf import add_coupons

    client = firm.client("manager")
    assert 'value="coupon"' not in client.get("/campaigns/new?recipe=second-category").text
    with firm.desk.store.change() as connection:
        add_coupons(connection, "spring", ["A1", "A2"], None)
    page = client.get("/campaigns/new?recipe=second-category").text
    assert 'value="coupon"' in page
    text = written(next(one for one in recipes() if one.key == "second-category"), "en", "codes")
    form = {"form_token": token_of(client), "base": text, "do": "add|mail", "add|mail": "coupon"}
    added = client.post("/campaigns/build", data=form)
    assert (added.status_code, 'name="coupons|mail" value="spring"' in added.text) == (200, True)
    with_code = rearranged(text, "mail", "coupon", 0, "spring")
    assert parse_campaign(with_code).steps["mail"].content["coupons"] == "spring"
    without = rearranged(with_code, "mail", "remove", 3)
    assert "coupons" not in parse_campaign(without).steps["mail"].content


def test_all_at_the_start_takes_the_trigger_out_whatever_stood_beside_it():
    text = written(next(one for one in recipes() if one.key == "accessory"), "en", products={"anchor": ["A"]})
    made = parse_campaign(filled(text, {"trigger": "", "after": "14 days", "about": "A"}))
    assert made.trigger is None


def test_a_campaign_that_started_before_anybody_fitted_says_so_and_lets_them_in(firm, monkeypatch):
    from passend.flow.campaigns import opening

    client = firm.client("manager")
    text = written(next(one for one in recipes() if one.key == "second-category"), "en", "too-early")
    path = kept(firm, text, client)
    act = {"form_token": token_of(client), "name": "too-early"}
    token = re.search(r'name="token" value="(\w{10})"', client.get(path).text)[1]
    with monkeypatch.context() as early:
        early.setattr(opening, "enter_audience", lambda *_: 0)
        assert client.post("/campaigns/act", data={**act, "do": "start", "token": token}).status_code == 303
    assert "Nobody is in it" in client.get(path).text
    assert client.post("/campaigns/act", data={**act, "do": "enter"}).status_code == 303
    page = words(client.get(path).text)
    assert "Nobody is in it" not in page
    assert "None of them gets anything more" in page
    [state] = progress(firm.desk.store, utc_now(), "too-early")
    assert state.entered == state.under_way + state.held_out > 0
    client.post("/campaigns/act", data={**act, "do": "cancel"})


def test_what_has_no_way_out_is_told_and_a_test_mail_that_fails_says_why_where_it_was_asked_for(
    firm, monkeypatch
):
    from passend.web.rooms import campaigns

    client = firm.client("manager")
    text = written(next(one for one in recipes() if one.key == "second-category"), "en", "no-way")
    path = kept(firm, text, client)
    plain = Workspace(firm.desk.workspace().folder)
    assert without_way(plain, ("email", "onsite")) == {
        "email": ("email.host", "email.sender", "email.public_url")
    }
    monkeypatch.setattr(campaigns, "without_way", lambda _, channels: without_way(plain, channels))
    assert words(client.get(path).text).count("Nothing can leave on this channel yet: email.") == 2

    def fails(*_):
        raise StoreError("The server said no.", remedy="Ask it why.")

    monkeypatch.setattr(campaigns, "send_test", fails)
    form = {"form_token": token_of(client), "name": "no-way", "address": "me@radhaus.example"}
    told = client.post("/campaigns/test-mail", data=form)
    assert told.status_code == 422
    for says in ("The server said no.", "Ask it why.", "What it would do now"):
        assert says in told.text


def test_recipes_of_the_own_trade_stand_first_and_others_behind_a_fold(firm):
    page = firm.client("manager").get("/campaigns/recipes").text
    own, _, others = page.partition("<summary>Recipes of other trades")
    assert "For your shop" in own
    assert "recipe=cart" in own
    assert "recipe=flat-rate" in others
    assert "recipe=flat-rate" not in own
    assert ">B2B<" in others


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
    around = client.get("/results/letter")
    assert 'href="/results"' in around.text
    assert "frame-src 'self'" in around.headers["content-security-policy"]
    letter = client.get("/results/letter/page")
    assert letter.headers["content-security-policy"].startswith("sandbox")
    assert '<html lang="en">' in letter.text
    german = client.get("/results/letter/page", headers={"accept-language": "de"})
    assert '<html lang="de">' in german.text
    assert "Was die Angebote gebracht haben" in german.text
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
