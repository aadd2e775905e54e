"""The journey editor without a browser: what a person does changes the file, and undo leads back."""

import html
import json
import re
from datetime import datetime

import pytest

from passend.campaigns import parse_campaign
from passend.campaigns.example import ONCE
from passend.campaigns.recipes import recipes, written
from passend.campaigns.schema import Kind
from passend.flow.campaigns.opening import draft_of
from passend.web.journey_editor import MARK, acted, opened, shown
from tests.web.conftest import Site, token_of
from tests.web.test_campaign_rooms import CALL, firm, mails

__all__ = ["firm", "mails"]
TEXT = ONCE.format(name="once")
NOW = datetime(2026, 3, 2, 15, 30)


def page_of(editor, **more: str) -> dict[str, str]:
    """What the page sends back."""
    return {"base": editor.text, "text": editor.typed, "back": editor.back, "at": editor.at, **more}


def do(editor, what: str, waits=None, **more: str):
    return acted(page_of(editor, do=what, **more), "en", waits or {}, NOW)


def filled(editor, **fields: str):
    given = {MARK + name.replace("_", "|"): value for name, value in fields.items()}
    return do(editor, "", **{"form-of": editor.at, **given})


def test_what_is_done_stands_in_the_file_and_undo_leads_back_and_forth():
    begin = opened(TEXT)
    assert begin.at == "choose"
    editor = filled(do(begin, "select|mail"), subject="Hello", to_then="end")
    step = parse_campaign(editor.text).steps["mail"]
    assert (step.content["subject"], step.ways["then"]) == ("Hello", "end")
    put = do(editor, 'put|wait|{"step": "choose", "ways": ["email"]}')
    assert put.at == "wait"
    assert put.moves_focus
    gone = do(put, "remove|call")
    assert "call" not in parse_campaign(gone.text).steps
    back = do(do(do(gone, "undo"), "undo"), "undo")
    assert back.text == TEXT
    assert do(back, "undo").text == TEXT
    assert do(do(do(back, "redo"), "redo"), "redo").text == gone.text
    other = filled(do(back, "select|end"), why="enough")
    assert other.ahead == ()


def test_a_file_that_cannot_be_read_is_kept_as_it_was_typed_and_changes_nothing():
    begin = opened(TEXT)
    broken = do(begin, "text", text=TEXT + "  : [")
    assert broken.wrong is not None
    assert (broken.text, broken.typed) == (TEXT, TEXT + "  : [")
    assert broken.wrong.line > 20
    again = do(broken, "remove|call")
    assert again.text == TEXT
    mended = do(broken, "text", text=TEXT.replace("14 days", "9 days"))
    assert mended.wrong is None
    assert parse_campaign(mended.text).steps["show"].expires.days == 9
    assert do(mended, "undo").text == TEXT


def test_a_value_that_cannot_be_stands_at_its_step_over_the_last_picture():
    editor = do(opened(TEXT), "text", text=TEXT.replace("within: 14 days", "within: soon"))
    assert (editor.wrong.step, editor.wrong.line) == ("asked", 25)
    seen = shown(editor, None)
    assert [box.name for box in seen.journey.boxes]
    assert shown(do(editor, "select|asked"), None).form.fields["length"] == "soon"


def test_who_waits_at_a_step_goes_along_when_it_goes():
    taken = do(opened(TEXT), "remove|mail", {"mail": 3})
    assert dict(parse_campaign(taken.text).moves) == {"mail": "asked"}
    named = acted(
        page_of(do(opened(TEXT), "select|mail"), do="", **{"form-of": "mail", MARK + "name": "letter"}),
        "en", {"mail": 3}, NOW,
    )  # fmt: skip
    assert named.at == "letter"
    assert dict(parse_campaign(named.text).moves) == {"mail": "letter"}


@pytest.mark.parametrize(
    "odd", ["add|x", "add|{}", "put|wait|{}", "put|dance|{}", "put|", "part|x", "remove|", "add|[1]", "x"]
)
def test_what_no_button_asks_for_changes_nothing(odd):
    assert do(opened(TEXT), odd).text == TEXT


def test_a_step_that_is_called_otherwise_is_meant_by_the_button_that_was_pressed_after_it():
    name = {"form-of": "mail", MARK + "name": "letter"}
    at = do(opened(TEXT), "select|mail")
    added = do(at, 'add|{"step": "mail", "ways": ["then"]}', **name)
    assert added.place == ("letter", ("then",))
    put = do(at, 'put|wait|{"step": "mail", "ways": ["then"]}', **name)
    assert parse_campaign(put.text).steps["letter"].ways["then"] == put.at == "wait"
    assert "letter" not in do(at, "remove|mail", **name).text
    assert do(at, "select|end", **name).at == "end"


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", list(Kind))
def test_a_new_step_of_each_kind_can_be_kept(kind, language):
    text = written(next(one for one in recipes() if one.key == "second-category"), language)
    put = {"do": f'put|{kind}|{{"step": "mail", "ways": ["then"]}}'}
    editor = acted(page_of(opened(text), **put), language, {}, NOW)
    assert editor.wrong is None
    assert not [one for one in shown(editor, None).found if one.is_error]
    assert parse_campaign(editor.text).steps[editor.at].kind == kind


def test_a_wait_for_a_moment_begins_in_a_week_and_a_mail_that_becomes_an_sms_loses_its_blocks():
    editor = do(opened(TEXT), 'put|wait|{"step": "", "ways": []}')
    assert "until 2026-03-09 09:00" in filled(editor, how="until").text
    sms = filled(do(opened(TEXT), "select|mail"), channel="sms", subject="old", length="2", unit="days")
    step = parse_campaign(sms.text).steps["mail"]
    assert (step.channel, step.expires.days, "subject" in step.content) == ("sms", 2, False)
    assert parse_campaign(filled(sms, channel="email").text).steps["mail"].content["blocks"]


def test_the_page_carries_no_more_versions_than_it_can():
    editor = opened("name: x\ngoal: " + "a" * 30_000 + "\nsteps: {end: {stop: x}}\n")
    for number in range(9):
        editor = filled(editor, why=f"reason {number}")
    assert len(editor.past) == 6
    assert acted({"base": TEXT, "back": "[1", "do": "undo"}, "en", {}, NOW).text == TEXT


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    text = re.search(r'name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in found} | {"text": html.unescape(text[1])}


def test_a_journey_is_changed_on_its_page_and_kept(firm: Site):
    client = firm.client("manager")
    token = {"form_token": token_of(client)}
    client.post("/campaigns/build", data={**token, "base": CALL.replace("calls", "steps"), "do": "keep"})
    page = client.get("/campaigns/edit/steps?view=journey").text
    assert "Ask for the bike." in page
    put = {"do": "put|wait|" + json.dumps({"step": "call", "ways": ["then", "failed"]})}
    part = client.post(
        "/campaigns/steps", data={**fields_of(page), **put}, headers={"hx-request": "true"}
    ).text
    assert "<html" not in part
    assert 'id="panel" hx-swap-oob' in part
    typed = client.post(
        "/campaigns/steps?do=text", data={**fields_of(part), **token}, headers={"hx-request": "true"}
    ).text
    assert "<textarea id=" not in typed.replace("\n", "")
    form = client.post(
        "/campaigns/build", data={**fields_of(part), **token, "view": "journey", "do": "view|form"}
    )
    assert "wait: 3 days" in html.unescape(form.text)
    kept = client.post("/campaigns/build", data={**fields_of(part), **token, "view": "journey", "do": "keep"})
    assert kept.status_code == 303
    assert set(draft_of(firm.desk.store, "steps").steps) == {"call", "wait", "end"}


def test_what_cannot_be_kept_is_told_on_the_page_and_nothing_is_lost(firm: Site):
    client = firm.client("manager")
    token = {"form_token": token_of(client), "view": "journey", "do": "keep"}
    for text in (
        CALL.replace("calls", "odd") + "  : [",
        CALL.replace("calls", "odd").replace("failed: end", ""),
    ):
        answer = client.post("/campaigns/build", data={**token, "base": CALL, "text": text})
        assert answer.status_code == 422
        assert fields_of(answer.text)["text"] == text.lstrip("\n") or fields_of(answer.text)["text"] == text
    dead = CALL.replace("calls", "odd").replace("failed: end", "failed: nowhere")
    answer = client.post("/campaigns/build", data={**token, "base": dead, "text": dead})
    assert answer.status_code == 422
    assert "leads by &#39;failed&#39; to nowhere" in answer.text


def test_how_many_wait_is_shown_where_the_campaign_runs(firm: Site):
    from tests.web.test_campaign_rooms import test_staff_work_the_list_of_their_team as start

    start(firm)
    client = firm.client("manager")
    assert re.search(r"\d+ people wait here", client.get("/campaigns/at/calls").text)
    assert re.search(r"\d+ people wait here", client.get("/campaigns/edit/calls?view=journey").text)
