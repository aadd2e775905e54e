"""Steps added, changed, linked anew, called otherwise and taken out: the file says so."""

import pytest

from passend.campaigns import findings, parse_campaign
from passend.campaigns.editing import (
    changed,
    inserted,
    parted,
    removed,
    renamed,
    sent_by,
    step_at,
    step_form,
    step_names,
)
from passend.campaigns.example import ONCE
from passend.campaigns.recipes import recipes, written
from passend.campaigns.schema import Kind
from passend.errors import InvalidCampaign

TEXT = ONCE.format(name="once")
BEGINS = {
    Kind.WAIT: {"wait": "3 days"}, Kind.SEND: {"send": "sms", "text": "Hello"}, Kind.DECIDE: {"decide": "plan"},
    Kind.CHECK: {"check": "bought"}, Kind.HAND: {"hand": "service"}, Kind.WEBHOOK: {"webhook": "crm"},
    Kind.SPLIT: {}, Kind.STOP: {"stop": "enough"},
}  # fmt: skip


def errors(text: str) -> list[str]:
    return [one.says for one in findings(parse_campaign(text)) if one.is_error]


def ways(text: str, step: str) -> dict[str, str]:
    return dict(parse_campaign(text).steps[step].ways)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("at", [None, ("mail", ("then",)), ("call", ("then", "failed"))])
def test_a_step_of_each_kind_is_put_on_a_way(kind, at):
    text, name = inserted(TEXT, kind, BEGINS[kind], at)
    made = parse_campaign(text)
    assert made.steps[name].kind == kind
    if at is None:
        assert made.first == name
        assert kind == Kind.STOP or "choose" in made.steps[name].ways.values()
    else:
        to = ways(TEXT, at[0])[at[1][0]]
        assert {ways(text, at[0])[way] for way in at[1]} == {name}
        assert kind == Kind.STOP or set(made.steps[name].ways.values()) == {to}
    assert errors(text) == []


def test_a_second_one_of_its_kind_has_a_name_of_its_own():
    text, first = inserted(TEXT, Kind.WAIT, BEGINS[Kind.WAIT], None)
    text, second = inserted(text, Kind.WAIT, BEGINS[Kind.WAIT], None)
    assert (first, second) == ("wait", "wait-2")
    assert parse_campaign(text).first == "wait-2"


def test_who_led_to_a_step_that_is_taken_out_leads_on():
    text, at = removed(TEXT, "mail")
    assert at == "asked"
    assert ways(text, "choose")["email"] == "asked"
    assert "moves" not in text
    moved, _ = removed(TEXT, "mail", moves=True)
    assert dict(parse_campaign(moved).moves) == {"mail": "asked"}
    again, _ = removed(moved, "asked", moves=True)
    assert dict(parse_campaign(again).moves) == {"mail": "end", "asked": "end"}


def test_the_first_step_is_followed_by_the_one_it_led_to():
    text, name = inserted(TEXT, Kind.WAIT, BEGINS[Kind.WAIT], None)
    back, at = removed(text, name)
    assert at == parse_campaign(back).first == "choose"
    onward, _ = removed(TEXT, "choose")
    assert parse_campaign(onward).first == "end"  # its way without an offer
    assert errors(onward) == []


def test_an_end_that_is_taken_out_leaves_dead_ends_that_are_told():
    text, _ = removed(TEXT, "end")
    assert any("end, which does not exist" in one for one in errors(text))
    one = "name: x\nsteps:\n  end: {stop: x}\n"
    assert removed(one, "end") == (one, "end")


def test_a_step_is_called_otherwise_wherever_it_is_named():
    text = TEXT.replace("asked: {check: bought", "asked: {check: opened, of: mail")
    text = renamed(text, "mail", "letter", moves=True)
    text = renamed(text, "choose", "way")
    made = parse_campaign(text)
    assert made.steps["asked"].about == "letter"
    assert made.steps["way"].ways["email"] == "letter"
    assert made.first == "way"
    assert dict(made.moves) == {"mail": "letter"}
    assert "# the plan chooses the way of contact" in text
    assert renamed(text, "way", "way") == renamed(text, "nothing", "more") == text
    with pytest.raises(InvalidCampaign, match="already"):
        renamed(text, "way", "end")
    with pytest.raises(InvalidCampaign, match="needs a name"):
        renamed(text, "way", " ")


def test_fields_of_a_step_stand_in_the_file():
    text = changed(
        TEXT, "mail", {"subject": " New\r\n", "length": "1", "unit": "days", "to|then": "end", "offer": ""}
    )
    step = parse_campaign(text).steps["mail"]
    assert step.content["subject"] == "New"
    assert (step.expires.days, step.ways["then"]) == (1, "end")
    assert "expires: 1 day" in text
    assert changed(text, "mail", {"length": ""}).count("expires: 1 day") == 0
    call = changed(TEXT, "call", {"team": "sales", "to|yes": "end", "script": "Say\nthis"})
    assert parse_campaign(call).steps["call"].place == "sales"
    assert ways(call, "call")["yes"] == "end"
    assert "yes" not in ways(changed(call, "call", {"to|yes": ""}), "call")
    assert changed(TEXT, "nowhere", {"team": "x"}) == TEXT


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"how": "time", "length": "2,5", "unit": "hours"}, "2.5 hours"),
        ({"how": "time", "length": "1", "unit": "weeks"}, "1 week"),
        ({"how": "until", "until": "2026-12-01T10:00"}, "until 2026-12-01 10:00"),
        ({"how": "best hour"}, "best hour"),
        ({"how": "time", "length": ""}, "3 days"),
    ],
)
def test_a_wait_is_written_as_people_say_it(given, says):
    text, name = inserted(TEXT, Kind.WAIT, BEGINS[Kind.WAIT], None)
    made = changed(text, name, given)
    assert f"wait: {says}" in made.replace("'", "")
    parse_campaign(made)
    form = step_form(made, name)
    assert changed(made, name, form.fields) == made


def test_parts_of_a_split_add_up_to_all():
    text, name = inserted(TEXT, Kind.SPLIT, {}, None)
    text = parted(text, name, None)
    assert [one.share for one in step_form(text, name).ways] == ["34 %", "33 %", "33 %"]
    text = changed(text, name, {"part|0": "one", "share|0": "40 %", "share|1": "27 %", "to|2": "end"})
    assert parse_campaign(text).steps[name].shares == pytest.approx({"one": 0.4, "b": 0.27, "c": 0.33})
    assert ways(text, name)["c"] == "end"
    text = parted(text, name, 0)
    assert list(parse_campaign(text).steps[name].shares.values()) == [0.5, 0.5]
    last = parted(text, name, 0)
    assert parted(last, name, 0) == last
    assert parted(text, "mail", None) == text
    on_part, put = inserted(text, Kind.WAIT, BEGINS[Kind.WAIT], (name, ("c",)))
    assert ways(on_part, name)["c"] == put


def test_a_part_cannot_take_the_name_of_another():
    text, name = inserted(TEXT, Kind.SPLIT, {}, None)
    assert [one.way for one in step_form(changed(text, name, {"part|1": "a"}), name).ways] == ["a", "b"]


def test_another_channel_takes_along_what_it_knows():
    mail = {"subject": "Hello", "blocks": [{"text": "There"}]}
    text = written(next(one for one in recipes() if one.key == "second-category"), "en")
    sms = sent_by(text, "mail", "sms", mail)
    assert parse_campaign(sms).steps["mail"].channel == "sms"
    assert not {"blocks", "subject"} & set(parse_campaign(sms).steps["mail"].content)
    back = sent_by(sms, "mail", "email", mail)
    assert parse_campaign(back).steps["mail"].content["subject"] == "Hello"
    assert sent_by(text, "mail", "email", mail) == sent_by(text, "call", "sms", mail) == text


def test_lines_belong_to_steps():
    lines = TEXT.split("\n")
    for name in step_names(TEXT):
        at = next(number for number, line in enumerate(lines, 1) if line.startswith(f"  {name}:"))
        assert step_at(TEXT, at) == name
    assert step_at(TEXT, 2) == ""
    more = TEXT + "moves: {a: end}\n"
    assert step_at(more, more.count("\n")) == ""


def test_half_written_steps_are_shown_as_far_as_they_go():
    text = "name: x\nsteps:\n  a: {wait: soon}\n  b: {what: else}\n  c: [1]\n  d: {split: {x: [1], y: z}}\n"
    assert step_form(text, "a").fields["length"] == "soon"
    assert step_form(text, "b") is step_form(text, "c") is None
    assert [(one.way, one.to) for one in step_form(text, "d").ways] == [("x", ""), ("y", "")]
    assert inserted(text, Kind.WAIT, {}, ("c", ("then",)))[1] == ""
