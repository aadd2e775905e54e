"""A campaign played in a market: through the real store, worker and outbox, with the truth beside what was measured."""

import json
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from passend.campaigns import parse_campaign
from passend.channels.port import Message, Outcome
from passend.errors import InvalidInput
from passend.market.post import Post, place_of
from passend.market.rehearsal import CAMPAIGN, RETURNS, WINDOW, Rehearsal, rehearse
from passend.market.truly import Beside, truly
from passend.market.world import Market
from passend.workspace import Workspace
from tests.cli.calls import passend

PEOPLE = {"customers.number": 700, "market.history_weeks": 40, "response.base": 0.3}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rehearsal, Beside]:
    """A shop whose customers like offers."""
    market = Market("bicycle-shop", 3, PEOPLE)
    found = rehearse(market, tmp_path_factory.mktemp("shop") / "firm", [parse_campaign(CAMPAIGN)], 1)
    (beside,) = truly(found, ["spring"])[0]
    return found, beside


def test_from_first_contact_to_verdict(played: tuple[Rehearsal, Beside]) -> None:
    found, beside = played
    place = Workspace(found.folder)
    assert len(found.weekly) == len(found.gains) == 1 + WINDOW + RETURNS
    sent = sum(one.sent for one in found.weekly)
    contacts = place.read("contacts")
    ours = contacts.filter(pc.equal(contacts["campaign"], "spring"))
    outcomes = ours["outcome"].to_pylist()
    assert len(outcomes) - outcomes.count("held-out") == sent > 50
    assert outcomes.count("click") == sum(one.clicked for one in found.weekly) > 0
    assert outcomes.count("held-out") > 10
    assert sum(beside.measured.people) == found.weekly[0].entered
    assert (
        beside.measured.effects["profit"].total_low
        < beside.true_cents
        < beside.measured.effects["profit"].total_high
    )
    assert beside.true_cents > 0


def test_the_truth_is_the_difference_to_the_same_weeks_without(played: tuple[Rehearsal, Beside]) -> None:
    found, beside = played
    exposures = Workspace(found.folder).read("exposures").to_pylist()
    gained = np.sum(found.gains[:WINDOW], axis=0)
    held = [place_of(one["customer_id"]) for one in exposures if one["arm"] == "held-out"]
    treated = [place_of(one["customer_id"]) for one in exposures if one["arm"] == "treated"]
    assert held
    assert not gained[held].any()  # who is held out lives as if there were no campaign
    assert gained[treated].sum() == pytest.approx(beside.true_cents)
    outside = np.setdiff1d(np.arange(len(gained)), treated)
    assert not gained[outside].any()


def test_a_goodbye_is_heard_by_the_ledger(played: tuple[Rehearsal, Beside]) -> None:
    found, _ = played
    words = Workspace(found.folder).read("consents").to_pylist()
    left = [one for one in words if (one["evidence"] or "").startswith("consent_words/")]
    assert len(left) == sum(one.unsubscribed for one in found.weekly)


def test_the_command_puts_the_truth_beside_the_verdict(
    played: tuple[Rehearsal, Beside], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found, beside = played
    monkeypatch.setattr("passend.market.rehearsal.rehearse", lambda *_: found)
    call = (
        "market",
        "rehearse",
        str(tmp_path),
        "--change",
        "customers.number=50",
        "--change",
        "market.history_weeks=2",
    )
    (told,) = json.loads(passend(*call, "--json").stdout)["campaigns"]
    assert (told["campaign"], told["true_cents"], told["is_inside"]) == ("spring", beside.true_cents, True)
    said = passend(*call, "--quiet").stdout
    for words in (
        "The campaign week by week",
        "a mail tool would claim",
        "true, added profit",
        "holds the truth",
    ):
        assert words in said


def test_a_folder_with_a_firm_in_it_is_left_alone(played: tuple[Rehearsal, Beside]) -> None:
    with pytest.raises(InvalidInput, match="workspace in this folder"):
        rehearse(Market("bicycle-shop", 3, PEOPLE), played[0].folder, [], 1)


def test_the_market_refuses_whom_it_cannot_reach() -> None:
    market = Market("bicycle-shop", 3, PEOPLE | {"customers.number": 50, "market.history_weeks": 4})
    post, product = Post(market, "email"), str(market.catalogue.ids[0])
    agreed = int(np.flatnonzero(market.state.consent[:, 0] & (market.people.begins <= market.week))[0])
    refuses = int(np.flatnonzero(~market.state.consent[:, 0])[0])

    def message(key: str, who: int, what: str | None = product) -> Message:
        return Message(key, f"K{1000 + who}", "spring", 1, "mail", "email", product_id=what)

    batch = [message("a", agreed), message("b", agreed), message("c", refuses), message("d", agreed, None)]
    told = {one.key: one.outcome for one in post.send([*batch, message("e", 10**6)], market.now())}
    assert told["a"] is Outcome.ACCEPTED
    assert {told[key] for key in "bcde"} == {Outcome.REFUSED}
    assert not post.reactions()
    market.step(1)
    assert {one.key for one in post.reactions()} <= {"a"}
    assert not post.reactions()
