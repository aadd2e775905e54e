"""A campaign on the bicycle shop from the command line: written, previewed, started, worked, explained, bridged."""

import json

import pytest

from passend.flow.campaigns.opening import campaigns_of, utc_now
from passend.flow.campaigns.pulling import appear, shown
from passend.market.sample import write_sample
from passend.workspace import Workspace
from tests.cli.calls import passend

CAMPAIGN = """
name: spring
holdout_share: 20 %
four_eyes: yes
audience: {rules: [orders more than 1]}
steps:
  choose: {decide: plan, onsite: show, desk: call, nothing: end}
  show: {send: onsite, then: end, failed: end, expires: 14 days}
  call: {hand: service, script: Ask for the bike., then: end, failed: end}
  end: {stop: all said}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    write_sample(folder / "orders.csv", customers=300, seed=4)
    passend("run", str(folder / "orders.csv"), "-w", str(folder / "ws"), "--quiet")
    (folder / "spring.yaml").write_text(CAMPAIGN, "utf-8")
    return folder


def test_a_campaign_goes_from_its_file_to_the_contract_tables(shop):
    place = ("-w", str(shop / "ws"))
    told = json.loads(passend("campaigns", "plan", str(shop / "spring.yaml"), *place, "--json").stdout)
    assert [(one["campaign"], one["state"]) for one in told] == [("spring", "new")]
    assert passend("campaigns", "diff", str(shop / "spring.yaml"), *place, ok=False).returncode == 1
    passend("campaigns", "apply", str(shop / "spring.yaml"), "--who", "Ann", *place)
    passend("campaigns", "diff", str(shop / "spring.yaml"), *place)

    seen = json.loads(passend("campaigns", "preview", "spring", *place, "--json").stdout)
    assert seen["value_low_cents"] <= seen["value_cents"] <= seen["value_high_cents"]
    assert 0 < seen["held_out"] < seen["people"]
    assert seen["funnel"][0]["left"] >= seen["funnel"][-1]["left"] == seen["people"]
    assert len(seen["examples"]) == 5
    assert seen["legal"] == {"onsite": {"not needed": seen["people"] - seen["held_out"]}}
    said = passend("campaigns", "preview", "spring", *place).stdout
    assert "Expected extra profit" in said

    token = seen["token"]
    refused = passend("campaigns", "start", "spring", token, "--who", "Ann", *place, ok=False)
    assert "approval of another person" in refused.stderr
    refused = passend("campaigns", "approve", "spring", token, "--who", "Ann", *place, ok=False)
    assert "cannot approve" in refused.stderr
    passend("campaigns", "approve", "spring", token, "--who", "Bob", *place)
    assert "Look at it again" in passend("campaigns", "start", "spring", "0", *place, ok=False).stderr
    started = json.loads(
        passend("campaigns", "start", "spring", token, "--who", "Ann", *place, "--json").stdout
    )
    assert started == {"version": 1, "entered": seen["people"]}

    passend("worker", "--once", *place)
    workspace = Workspace(shop / "ws")
    offered, ghost = None, None
    with campaigns_of(workspace) as store:
        for customer in workspace.read("offers")["customer_id"].unique().to_pylist():
            given = appear(store, customer, "product_page", utc_now())
            if given and not offered:
                offered = customer
                assert shown(store, [given[0].key], utc_now()) == 1
                assert shown(store, [given[0].key], utc_now()) == 0
    passend("worker", "--once", *place)
    contacts = Workspace(shop / "ws").read("contacts").to_pylist()
    outcomes = {row["customer_id"]: row["outcome"] for row in contacts}
    assert outcomes.pop(offered) == "none"
    assert len(outcomes) == seen["held_out"]
    assert set(outcomes.values()) == {"held-out"}
    passend("worker", "--once", *place)
    assert Workspace(shop / "ws").read("contacts").num_rows == len(contacts)

    ghost = next(iter(outcomes))
    assert "They are kept without offers" in passend("campaigns", "why", "spring", ghost, *place).stdout
    says = json.loads(passend("campaigns", "why", "spring", offered, *place, "--json").stdout)
    assert [one["says"] for one in says] == ["They entered.", "The offer was shown.", "They came to the end."]
    status = json.loads(passend("campaigns", "status", "spring", *place, "--json").stdout)
    assert status[0]["held_out"] == seen["held_out"]
    assert status[0]["messages"]["shown"] == 1


def test_who_fell_out_before_is_told_the_rule(shop, tmp_path):
    place = ("-w", str(shop / "ws"))
    facts = Workspace(shop / "ws").read("customer_facts").to_pylist()
    (tmp_path / "rich.yaml").write_text(
        CAMPAIGN.replace("spring", "rich").replace("orders more than 1", "orders more than 3")
    )
    passend("campaigns", "apply", str(tmp_path), *place)
    poor = next(row["customer_id"] for row in facts if row["orders"] == 1)
    (told,) = json.loads(passend("campaigns", "why", "rich", poor, *place, "--json").stdout)
    assert (told["step"], told["record"]) == ("rule: orders more than 3", "campaign/rich, audience")
    (told,) = json.loads(passend("campaigns", "why", "rich", "nobody", *place, "--json").stdout)
    assert told["says"] == "There is no such customer."


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_new_campaign_is_one_that_can_be_kept(shop, tmp_path, language):
    place = ("-w", str(shop / "ws"), "--language", language)
    for name, kind in ((f"first-{language}", ()), (f"always-{language}", ("--always-on",))):
        passend("campaigns", "new", name, *kind, "--folder", str(tmp_path), *place)
    assert f"first-{language}" in passend("campaigns", "apply", str(tmp_path), *place).stdout
    assert (
        passend(
            "campaigns", "new", f"first-{language}", "--folder", str(tmp_path), *place, ok=False
        ).returncode
        == 1
    )
    assert passend("campaigns", "dry-run", f"always-{language}", *place).stdout.startswith(
        ("0 people", "0 Menschen")
    )
