"""Who may be contacted now: caps, quiet hours, rivals, budget and stock, the most valuable first."""

from datetime import datetime, timedelta

from passend.campaigns.admission import Room, Wish, admitted, budget_of, stock_of
from passend.campaigns.walk import Traveller
from tests.campaigns.written import campaign

NOW = datetime(2026, 5, 4, 9, 0)


def wishes(plan, *values: float, held: bool = False) -> list[Wish]:
    return [
        Wish(
            Traveller(n, f"C{n}", held, "invite", 0, NOW, NOW),
            plan.steps["invite"],
            {"product_id": "P", "value_cents": value, "contact_cents": 10.0},
            wants_offer=True,
        )
        for n, value in enumerate(values)
    ]


def test_the_budget_goes_to_the_most_valuable():
    plan = campaign(budget="0.20")
    room = Room(left={budget_of(plan): 20.0})
    granted, turned = admitted(plan, wishes(plan, 5, 90, 50), room, NOW)
    assert [one.value for one in granted] == [90, 50]
    assert [(wish.value, why.code, why.record) for wish, why in turned] == [(5, "used up", budget_of(plan))]
    assert room.taken == {budget_of(plan): 20.0}


def test_held_out_people_use_up_nothing():
    plan = campaign(budget="0.20", stock="{P: 1}")
    room = Room(left={budget_of(plan): 0.0, stock_of(plan, "P"): 0.0})
    granted, _ = admitted(plan, wishes(plan, 1, 2, held=True), room, NOW)
    assert len(granted) == 2
    assert room.taken == {}


def test_nothing_is_taken_where_one_of_two_allowances_is_used_up():
    plan = campaign(budget="1", stock="{P: 1}")
    room = Room(left={budget_of(plan): 100.0, stock_of(plan, "P"): 1.0})
    granted, turned = admitted(plan, wishes(plan, 3, 2), room, NOW)
    assert (len(granted), turned[0][1].record) == (1, stock_of(plan, "P"))
    assert room.left[budget_of(plan)] == 90.0


def test_a_cap_says_when_it_is_free_again():
    plan = campaign(caps="{most: 1, within: 7 days}")
    before = NOW - timedelta(days=2)
    _, turned = admitted(plan, wishes(plan, 5), Room({"C0": [before]}), NOW)
    assert (turned[0][1].code, turned[0][1].again_at) == ("cap", before + timedelta(days=7))
    assert len(admitted(plan, wishes(plan, 5), Room({"C0": [NOW - timedelta(days=7)]}), NOW)[0]) == 1


def test_a_rival_of_more_value_goes_first_where_the_cap_lets_only_one_through():
    plan = campaign(caps="{most: 1, within: 7 days}")
    rivals = {"C0": (6.0, "other"), "C1": (4.0, "other")}
    granted, turned = admitted(plan, wishes(plan, 5, 5), Room(rivals=rivals), NOW)
    assert [one.who.customer_id for one in granted] == ["C1"]
    assert turned[0][1].record == "campaign/other"


def test_nobody_is_pushed_at_night_and_the_reason_names_the_morning():
    plan = campaign(quiet_hours="20:00-08:00", timezone="Europe/Berlin")
    night = datetime(2026, 5, 4, 22, 0)
    _, turned = admitted(plan, wishes(plan, 5), Room(), night)
    assert (turned[0][1].code, turned[0][1].again_at) == ("quiet hours", datetime(2026, 5, 5, 6, 0))
