"""How one person walks: waits, checks, splits, decisions, and the same way for those held out."""

from datetime import datetime, timedelta

from passend.campaigns import parse_campaign
from passend.campaigns.walk import Look, Traveller, first_contact, go, possible_first, walk
from tests.campaigns.written import campaign

NOW = datetime(2026, 5, 4, 9, 0)


def at(step: str, number: int = 1, **how) -> Traveller:
    return Traveller(number, f"C{number}", how.pop("held", False), step, 0, how.pop("since", NOW), NOW, **how)


def test_a_walk_ends_at_a_contact_and_goes_on_when_it_was_made():
    plan, who = campaign(), at("invite")
    walk(plan, who, Look(), NOW)
    assert (who.state, who.step) == ("contact", "invite")
    go(plan, who, "then", NOW)
    assert (who.state, who.step, who.due_at) == ("waiting", "pause", NOW + timedelta(days=3))
    walk(plan, who, Look(), NOW + timedelta(days=2))
    assert who.step == "pause"


def test_a_check_waits_for_its_answer_and_then_says_no():
    plan, who = campaign(), at("asked")
    walk(plan, who, Look(), NOW)
    assert (who.state, who.step, who.due_at) == ("waiting", "asked", NOW + timedelta(days=2))
    walk(plan, who, Look(), NOW + timedelta(days=2))
    assert (who.state, who.reason) == ("done", "all said")
    other = at("asked", 2)
    walk(plan, other, Look({("clicked", "invite"): True}), NOW)
    assert (other.state, other.step) == ("contact", "call")


def test_ghosts_react_as_often_as_those_who_were_contacted():
    plan = campaign()
    yes = 0
    for number in range(1000):
        ghost = at("asked", number, held=True)
        walk(plan, ghost, Look(shares={"asked": 0.3}), NOW + timedelta(days=2))
        yes += ghost.step == "call"
    assert 250 < yes < 350


def test_a_split_keeps_its_shares_and_each_person_their_part():
    text = "name: a\nsteps:\n  s: {split: {a: [.2, one], b: [.8, two]}}\n  one: {stop: x}\n  two: {stop: y}"
    ends = []
    for number in range(1000):
        who, again = at("s", number), at("s", number)
        walk(campaign(text), who, Look(), NOW)
        walk(campaign(text), again, Look(), NOW)
        assert who.step == again.step
        ends.append(who.step)
    assert 150 < ends.count("one") < 250


def test_the_plan_decides_on_the_channel_or_there_is_nothing():
    text = """
name: a
steps:
  d: {decide: plan, email: m, desk: t, nothing: end}
  m: {send: email, then: end, failed: end}
  t: {hand: x, then: end, failed: end}
  end: {stop: x}
"""
    who = at("d")
    worth = {"email": 10.0, "desk": 30.0, "onsite": 99.0}
    offers = {channel: {"value_cents": value, "product_id": "P"} for channel, value in worth.items()}
    walk(campaign(text), who, Look(offers=offers), NOW)
    assert (who.step, who.given["offer"]["product_id"]) == ("t", "P")
    nobody = at("d")
    walk(campaign(text), nobody, Look(), NOW)
    assert (nobody.state, nobody.step) == ("done", "end")


FIRSTS = """
name: firsts
steps:
  mail: {send: email, then: end, failed: choose}
  choose: {decide: plan, onsite: show, desk: call, nothing: end}
  show: {send: onsite, then: again, failed: end}
  call: {hand: service, then: end, failed: end}
  again: {send: email, offer: none, then: end, failed: end}
  end: {stop: all said}
"""


def test_the_first_contact_is_where_the_plan_has_an_offer_and_worth_most():
    plan = parse_campaign(FIRSTS)
    offer = lambda **worth: {name: {"value_cents": value} for name, value in worth.items()}  # noqa: E731
    assert first_contact(plan, "C1", offer(email=1.0, desk=9.0)) == "mail"
    assert first_contact(plan, "C1", offer(onsite=1.0, desk=9.0)) == "call"
    assert first_contact(plan, "C1", offer(onsite=9.0, desk=1.0)) == "show"
    assert first_contact(plan, "C1", {}) == ""
    assert possible_first(plan) == ["mail", "show", "call"]
