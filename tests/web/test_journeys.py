"""The picture of a journey: every step and way is in it, nothing covers anything, and it leads downwards."""

import pytest

from passend.campaigns import findings, parse_campaign
from passend.campaigns.example import ALWAYS, ONCE
from passend.campaigns.recipes import recipes, written
from passend.web.journeys import HIGH, WIDE, Journey, Standing, drawn

LOOP = """
name: loop
steps:
  ask: {hand: service, offer: none, script: Ask., then: done, failed: rest}
  rest: {wait: 2 days, then: ask}
  done: {check: bought, within: 3 hours, yes: end, no: rest}
  end: {stop: all said}
"""
TEXTS = [ONCE.format(name="once"), ALWAYS.format(name="always"), LOOP, *(
    written(one, "de", products={"anchor": ["A"], "offer": ["B"]}) for one in recipes()
)]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_every_step_and_way_is_shown_and_nothing_is_covered(text: str) -> None:
    campaign = parse_campaign(text)
    made = drawn(campaign)
    assert sorted(box.name for box in made.boxes) == sorted(campaign.steps)
    pairs = {(step.name, to) for step in campaign.steps.values() for to in step.ways.values()}
    assert {(way.step, way.to) for way in made.ways} == {("", campaign.first), *pairs}
    assert len(made.ways) == len(pairs) + 1
    assert sum(len(step.ways) or 1 for step in campaign.steps.values()) == len(made.rows)
    for at, one in enumerate(made.boxes):
        assert 0 <= one.x <= made.width - WIDE
        assert 0 <= one.y <= made.height - HIGH
        for other in made.boxes[at + 1 :]:
            assert abs(one.x - other.x) >= WIDE or abs(one.y - other.y) >= HIGH, (one.name, other.name)


def test_what_follows_stands_below_and_a_circle_ends() -> None:
    places = {box.name: box.y for box in drawn(parse_campaign(LOOP)).boxes}
    assert places["ask"] < places["done"] < places["end"]
    assert places["rest"] > places["ask"]


def test_people_are_shown_where_they_wait_and_on_the_ways_they_went() -> None:
    gone = {("ask", "then"): 7, ("ask", "failed"): 2, ("done", "yes"): 5}
    made = drawn(parse_campaign(LOOP), Standing(gone, {"rest": 4}))
    assert {box.name: box.waits for box in made.boxes} == {"ask": 0, "rest": 4, "done": 0, "end": 0}
    assert {(way.step, way.to): way.people for way in made.ways if way.step} == {
        ("ask", "done"): 7, ("ask", "rest"): 2, ("rest", "ask"): 0, ("done", "end"): 5, ("done", "rest"): 0,
    }  # fmt: skip
    assert _row(made, "done", "yes") == ("end", 5, 0)
    assert _row(made, "rest", "then") == ("ask", 0, 4)
    before = drawn(parse_campaign(LOOP))
    assert {box.waits for box in before.boxes} == {way.people for way in before.ways} == {None}


def _row(made: Journey, step: str, way: str) -> tuple[str, int | None, int | None]:
    return next((one.to, one.people, one.waits) for one in made.rows if (one.step, one.way) == (step, way))


@pytest.mark.parametrize("text", TEXTS)
def test_names_of_ways_do_not_touch(text: str) -> None:
    made = drawn(parse_campaign(text))
    for at, one in enumerate(made.ways):
        for other in made.ways[at + 1 :]:
            if one.says and one.y == other.y:
                assert abs(one.x - other.x) >= (len(one.says) + len(other.says)) * 3, (one.says, other.says)


def test_what_is_wrong_stands_at_its_step_and_a_way_to_nowhere_has_no_line() -> None:
    campaign = parse_campaign(LOOP.replace("yes: end", "yes: nowhere") + "  lost: {stop: x}\n")
    made = drawn(campaign, None, findings(campaign))
    assert {box.name: box.sign for box in made.boxes} == {
        "ask": "", "rest": "", "done": "bad", "end": "warn", "lost": "warn",
    }  # fmt: skip
    assert ("done", "nowhere") not in {(way.step, way.to) for way in made.ways}
    assert _row(made, "done", "yes") == ("nowhere", None, None)


def test_steps_say_what_they_do() -> None:
    said = {box.name: box.does for box in drawn(parse_campaign(LOOP)).boxes}
    assert said == {
        "ask": "hand to team service", "rest": "wait 2 days", "done": "bought? within 3 hours", "end": "end: all said",
    }  # fmt: skip
