"""The picture of a journey: every step and way is in it, nothing covers anything, and it leads downwards."""

import pytest

from passend.campaigns import parse_campaign
from passend.campaigns.example import ALWAYS, ONCE
from passend.campaigns.recipes import recipes, written
from passend.web.journeys import HIGH, WIDE, Journey, drawn

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
    assert len(made.ways) == len(pairs)
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


def test_people_stand_on_the_steps_that_they_left() -> None:
    made = drawn(parse_campaign(LOOP), {("ask", "then"): 7, ("ask", "failed"): 2, ("done", "yes"): 5})
    people = {box.name: box.people for box in made.boxes}
    assert people == {"ask": 9, "rest": 0, "done": 5, "end": 0}
    assert _row(made, "done", "yes") == ("end", 5)
    assert _row(made, "done", "no") == ("rest", 0)
    before = drawn(parse_campaign(LOOP))
    assert {box.people for box in before.boxes} == {None}


def _row(made: Journey, step: str, way: str) -> tuple[str, int | None]:
    return next((one.to, one.people) for one in made.rows if (one.step, one.way) == (step, way))


def test_steps_say_what_they_do() -> None:
    said = {box.name: box.does for box in drawn(parse_campaign(LOOP)).boxes}
    assert said == {
        "ask": "hand to team service", "rest": "wait 2 days", "done": "bought? within 3 hours", "end": "end: all said",
    }  # fmt: skip
