"""A campaign's file: what is right is read, what is wrong is told with its line and a remedy."""

from datetime import timedelta

import pytest

from passend.campaigns import findings, insist, parse_campaign
from passend.errors import InvalidCampaign
from tests.campaigns.written import MAIL, campaign


def test_a_campaign_is_read_as_it_is_written():
    read = campaign(products="['0815', 17]", budget="499.50", quiet_hours="20:00-08:00")
    assert read.products == ("0815", "17")
    assert (read.budget_cents, read.quiet, read.holdout_share) == (49_950, (1200, 480), 0.1)
    assert (read.first, read.channels) == ("invite", ("email", "desk"))
    assert read.steps["pause"].wait == timedelta(days=3)
    assert (read.steps["asked"].question, read.steps["asked"].about) == ("clicked", "invite")
    assert read.steps["call"].content == {"script": "Ask for the bike."}
    assert findings(read) == []


@pytest.mark.parametrize(
    ("text", "line", "says", "remedy"),
    [
        ("name: a\nsteps: {x: {wait: soon, then: x}}", 2, "cannot be 'soon'", "3 days"),
        ("name: a\nholdout: 5 %\nsteps: {x: {stop: y}}", 2, "no holdout", "holdout_share"),
        ("name: a\nholdout_share: 130 %\nsteps: {x: {stop: y}}", 2, "'130 %'", "share"),
        ("name: a\nsteps:\n  x: {say: hello}", 3, "does not say what it does", "send"),
        ("name: a\nsteps:\n  x: {wait: 1 day, the: x}", 3, "no steps.x.the", "then"),
        ("name: a\nname: b", 2, "said twice", "Keep one"),
        ("name: a\nsteps:\n  x: {split: {a: [.5, x], b: [.4, x]}}", 3, "add up to 0.9", "be 1"),
        ("name: [a", 1, "not YAML", "campaigns new"),
        ("name: a\ntrigger: {after: 3 days}\nsteps: {x: {stop: y}}", 2, "on what", "cart left"),
        ("name: a\ntimezone: Mars/Base\nsteps: {x: {stop: y}}", 2, "Mars/Base", "Europe/Berlin"),
        ("name: a\nsteps: {x: {wait: 0 days, then: x}}", 2, "waits for no time", "a minute"),
    ],
)
def test_mistakes_are_told_with_their_line_and_a_remedy(text, line, says, remedy):
    with pytest.raises(InvalidCampaign) as told:
        parse_campaign(text, "spring.yaml")
    assert says in told.value.what
    assert remedy in told.value.remedy
    assert told.value.record == f"spring.yaml, line {line}"


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("x: {send: email, then: end}\n  end: {stop: y}", "no way 'failed'"),
        ("x: {wait: 1 day, then: y}", "leads by 'then' to y"),
        ("x: {check: bought, yes: x, no: end}\n  end: {stop: y}", "again from x without any wait"),
        (
            "x: {send: email, then: y, failed: end}\n  y: {check: bought, yes: end, no: x}\n  end: {stop: y}",
            "without any wait",
        ),
        ("x: {check: clicked, of: end, yes: end, no: end}\n  end: {stop: y}", "which sends nothing"),
        ("x: {decide: plan, nothing: end}\n  end: {stop: y}", "it has no ways"),
    ],
)  # fmt: skip
def test_journeys_that_cannot_be_walked_are_refused(steps, says):
    wrong = parse_campaign(f"name: a\nsteps:\n  {steps}", "spring.yaml")
    with pytest.raises(InvalidCampaign, match=says):
        insist(wrong)


def test_a_circle_with_a_wait_is_no_error_and_a_step_nobody_reaches_only_a_warning():
    read = parse_campaign(
        "name: a\nsteps:\n  x: {send: email, then: y, failed: y}\n  y: {wait: 30 days, then: x}\n  z: {stop: never}"
    )
    assert [(one.is_error, "z" in one.says) for one in findings(read)] == [(False, True)]
    insist(read)


def test_the_text_is_kept():
    assert parse_campaign(MAIL).written == MAIL
