"""Joining an audience: who is in it now and was not at the last look, each once, and nobody by a description anew."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from passend.campaigns import parse_campaign
from passend.errors import InvalidCampaign
from passend.flow.campaigns.membership import look_at_audiences, members
from passend.flow.campaigns.opening import start
from passend.flow.campaigns.publishing import impact, save_draft
from passend.flow.campaigns.steering import pause, resume
from passend.flow.campaigns.telling import would_enter
from passend.store.campaigns import CampaignRow
from passend.store.live import MemberRow
from passend.workspace import Workspace
from tests.campaigns.written import campaign
from tests.cli.calls import passend
from tests.flow.campaigns.stage import Stage
from tests.worlds import table

REGULARS = """
name: regulars
holdout_share: 0
steps:
  thank: {send: email, offer: none, then: end, failed: end}
  end: {stop: thanked}
"""
RULE = "{rules: [orders more than 2]}"


def firm(folder: Path, orders: Mapping[str, int], lines: Sequence[tuple[str, str]] = ()) -> Workspace:
    """Customers with so many orders each; lines of orders are customer and product."""
    place = Workspace(folder)
    facts = [{"customer_id": name, "orders": count} for name, count in orders.items()]
    with place.change("told") as change, place.engine() as engine:
        rows = {
            "customer_facts": facts,
            "orders": [
                {"order_id": f"O{number}", "customer_id": who, "product_id": what}
                for number, (who, what) in enumerate(lines)
            ],
        }
        for name, made in rows.items():
            engine.load(name, table(name, made))
            change.write(engine, name)
    return place


def joined(stage: Stage, place: Workspace) -> tuple[int, int]:
    moved = look_at_audiences(stage.store, place, stage.now)
    return moved.joined, moved.left


def entered(stage: Stage) -> set[str]:
    return {row.customer_id for row in stage.journeys("regulars")}


def test_who_is_in_now_and_was_not_at_the_last_look_enters_once(stage: Stage, tmp_path: Path) -> None:
    stage.start(campaign(REGULARS, trigger="{on: joined}", audience=RULE))
    assert joined(stage, firm(tmp_path, {"A": 3, "B": 2, "C": 0})) == (0, 0)  # the first look tells nothing
    assert stage.tick().entered == 0
    place = firm(tmp_path, {"A": 4, "B": 3, "C": 0, "D": 5})
    assert joined(stage, place) == (2, 0)
    assert joined(stage, place) == (0, 0)
    stage.tick()
    assert entered(stage) == {"B", "D"}
    assert sorted(one.customer_id for one in stage.email.got) == ["B", "D"]


def test_without_rules_whoever_becomes_a_customer_joins(stage: Stage, tmp_path: Path) -> None:
    stage.start(campaign(REGULARS, trigger="{on: joined}"))
    joined(stage, firm(tmp_path, {"A": 1}))
    joined(stage, firm(tmp_path, {"A": 1, "B": 1}))
    stage.tick()
    assert entered(stage) == {"B"}


def test_who_leaves_and_comes_back_joins_again_where_they_may(stage: Stage, tmp_path: Path) -> None:
    stage.start(
        campaign(REGULARS, trigger="{on: joined}", audience=RULE, caps="{again_after: 1 days, most: 9}")
    )
    for orders in (0, 3, 0, 3):
        joined(stage, firm(tmp_path, {"A": orders}))
        stage.tick(days=2)
    assert [row.customer_id for row in stage.journeys("regulars")] == ["A", "A"]


def test_who_leaves_the_audience_leaves_the_journey_where_it_says_so(stage: Stage, tmp_path: Path) -> None:
    slow = REGULARS.replace("steps:", "steps:\n  rest: {wait: 3 days, then: thank}")
    stage.start(campaign(slow, trigger="{on: joined}", audience=RULE, exits="[objection, trigger gone]"))
    stage.start(
        campaign(
            slow.replace("regulars", "others"), trigger="{on: joined}", exits="[objection, trigger gone]"
        )
    )
    joined(stage, firm(tmp_path, {}))
    joined(stage, firm(tmp_path, {"A": 3, "B": 3}))
    stage.tick()
    joined(stage, firm(tmp_path, {"A": 1, "B": 3}))
    stage.tick(hours=1)
    assert {row.customer_id: row.reason for row in stage.journeys("regulars")} == {
        "A": "trigger gone",
        "B": "",
    }
    assert {row.customer_id: row.state for row in stage.journeys("others")} == {
        "A": "waiting",
        "B": "waiting",
    }


def test_an_audience_described_anew_lets_nobody_in(stage: Stage, tmp_path: Path) -> None:
    stage.start(campaign(REGULARS, trigger="{on: joined}", audience=RULE))
    joined(stage, firm(tmp_path, {"A": 3, "B": 1, "C": 1}))
    stage.start(campaign(REGULARS, trigger="{on: joined}", audience="{rules: [orders more than 0]}"))
    assert joined(stage, Workspace(tmp_path)) == (0, 0)
    joined(stage, firm(tmp_path, {"A": 3, "B": 1, "C": 1, "D": 1}))
    stage.tick()
    assert entered(stage) == {"D"}


def test_a_list_to_which_somebody_is_added_is_an_audience_that_they_join(
    stage: Stage, tmp_path: Path
) -> None:
    stage.start(campaign(REGULARS, trigger="{on: joined}", audience="{file: club.txt}"))
    place = firm(tmp_path, {"A": 1, "B": 1})
    joined(stage, place)  # nobody is on it yet
    (tmp_path / "club.txt").write_text("A\n")
    assert joined(stage, place) == (1, 0)
    (tmp_path / "club.txt").write_text("A\nB\nnobody we know\n")
    assert joined(stage, place) == (1, 0)
    stage.tick()
    assert entered(stage) == {"A", "B"}


def test_who_joins_during_a_pause_is_let_in_by_no_flood_afterwards(stage: Stage, tmp_path: Path) -> None:
    stage.start(campaign(REGULARS, trigger="{on: joined}", audience=RULE))
    joined(stage, firm(tmp_path, {"A": 1, "B": 1}))
    pause(stage.store, "regulars", "Ann", "stock-taking", stage.now)
    joined(stage, firm(tmp_path, {"A": 3, "B": 1}))
    stage.tick()
    resume(stage.store, "regulars", "Ann", stage.now)
    joined(stage, firm(tmp_path, {"A": 3, "B": 3}))
    stage.tick()
    assert entered(stage) == {"B"}


def test_caps_of_entry_hold_for_those_who_join(stage: Stage, tmp_path: Path) -> None:
    stage.start(campaign(REGULARS, trigger="{on: joined}", audience=RULE, caps="{entries_a_day: 5, most: 9}"))
    joined(stage, firm(tmp_path, {}))
    joined(stage, firm(tmp_path, {f"C{number}": 3 for number in range(20)}))
    stage.tick()
    assert len(entered(stage)) == 5


def test_a_look_that_was_broken_off_is_finished_by_the_next(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from passend.flow.campaigns import membership

    stage.start(campaign(REGULARS, trigger="{on: joined}", audience=RULE))
    joined(stage, firm(tmp_path, {}))
    place = firm(tmp_path, {f"C{number}": 3 for number in range(5)})
    monkeypatch.setattr(membership, "_BATCH", 2)
    told = membership._tell
    calls: list[int] = []

    def breaks(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("full")
        told(*arguments)

    monkeypatch.setattr(membership, "_tell", breaks)
    with pytest.raises(OSError, match="full"):
        joined(stage, place)
    stage.tick()
    assert len(entered(stage)) == 2
    monkeypatch.setattr(membership, "_tell", told)
    joined(stage, place)
    stage.tick()
    assert entered(stage) == {f"C{number}" for number in range(5)}


def test_other_triggers_let_in_only_who_is_in_the_audience(stage: Stage, tmp_path: Path) -> None:
    stage.start(campaign(REGULARS, trigger="{on: viewed}", audience=RULE))
    joined(stage, firm(tmp_path, {"A": 3, "B": 1}))
    stage.happens("view", "A")
    stage.happens("view", "B")
    stage.tick()
    assert entered(stage) == {"A"}
    with stage.store.read() as connection:
        assert connection.execute(select(MemberRow.customer_id)).scalars().all() == ["A"]


def test_a_rule_that_cannot_be_read_stands_at_its_campaign_and_holds_up_no_other(
    stage: Stage, tmp_path: Path
) -> None:
    stage.start(campaign(REGULARS, trigger="{on: joined}", audience="{rules: [shoes more than 2]}"))
    stage.start(campaign(REGULARS.replace("regulars", "others"), trigger="{on: joined}"))
    joined(stage, firm(tmp_path, {"A": 1}))
    assert joined(stage, firm(tmp_path, {"A": 1, "B": 1})) == (1, 0)
    with stage.store.read() as connection:
        rows = connection.execute(select(CampaignRow.name, CampaignRow.last_error))
        errors = {name: error or "" for name, error in rows}
    assert "shoes" in errors["regulars"]
    assert errors["others"] == ""


def test_an_audience_is_rules_and_purchases_together(tmp_path: Path) -> None:
    place = firm(tmp_path, {"A": 3, "B": 3, "C": 1}, [("A", "P"), ("B", "Q"), ("C", "P")])
    asked = campaign(REGULARS, audience="{rules: [orders more than 2], bought: [P]}").audience
    assert members(place, asked).to_pylist() == ["A"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("trigger: {on: joined, products: [P]}", "by the audience alone"),
        ("trigger: {on: viewed}\naudience: {most: 5}", "has no 'most'"),
        ("trigger: {on: joined}\nname: x", "speaks of the trigger's product"),
    ],
)
def test_what_cannot_go_together_is_refused_with_its_line(text: str, says: str) -> None:
    name = "" if "name:" in text else "name: x\n"
    steps = "steps:\n  a: {send: email, offer: trigger, then: b, failed: b}\n  b: {stop: end}"
    with pytest.raises(InvalidCampaign, match=says):
        parse_campaign(f"{name}{text}\n{steps}", "x.yaml")


ORDERS = "order_id,customer_id,product_id,quantity,price,ordered_at\n"


def test_a_dry_run_tells_who_would_have_joined_yesterday(stage: Stage, tmp_path: Path) -> None:
    day = datetime(2026, 4, 1)
    rows = [(f"A{n}", "A", day + timedelta(days=n)) for n in range(4)]  # in since the third day
    rows += [
        (f"B{n}", "B", day + timedelta(days=n * 15)) for n in range(3)
    ]  # the third order comes on the last day
    rows += [("C0", "C", day)]
    (tmp_path / "orders.csv").write_text(ORDERS + "".join(f"{o},{c},P,1,5,{at}\n" for o, c, at in rows))
    passend("run", str(tmp_path / "orders.csv"), "-w", str(tmp_path / "ws"), "--quiet")
    place = Workspace(tmp_path / "ws")
    read = campaign(REGULARS, trigger="{on: joined}", audience=RULE)
    save_draft(stage.store, read, "Ann", stage.now)
    assert would_enter(stage.store, place, "regulars", stage.now, 1) == ["B"]
    assert would_enter(stage.store, place, "regulars", stage.now, 30) == ["A", "B"]

    # From the start on it is what really happens.
    token = impact(stage.store, "regulars").token
    assert start(place, stage.store, "regulars", token, "Ann", now=stage.now)[1] == 0
    (tmp_path / "more.csv").write_text(
        ORDERS + "".join(f"D{n},C,P,1,5,{day + timedelta(days=31)}\n" for n in (1, 2))
    )
    passend("run", str(tmp_path / "more.csv"), "-w", str(tmp_path / "ws"), "--quiet")
    joined(stage, Workspace(tmp_path / "ws"))
    stage.tick()
    assert entered(stage) == {"C"}
