"""``passend placements``: decisions by the command line hold in the answers, and are told and taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from passend.flow.serving.answering import Question
from passend.flow.serving.desk import Desk
from tests.cli.calls import passend
from tests.flow.serving.shop import open_shop


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The workspace of the small shop."""
    open_shop(tmp_path)
    return str(tmp_path)


def called(shop: str, *arguments: str) -> Any:
    """What a command tells as JSON."""
    return json.loads(passend("placements", *arguments, "-w", shop, "--json").stdout)


def ids(shop: str) -> list[str]:
    """What the product page of the bike shows."""
    desk = Desk(Path(shop))
    desk.look()
    asked = Question(product="bike", placement="product_page", fallback="none")
    found = [one.product_id for one in desk.recommend(asked).items]
    desk.close()
    return found


def test_decisions_hold_are_listed_and_taken_back(shop: str) -> None:
    pinned = called(shop, "pin", "product_page", "lock", "--beside", "bike", "--note", "new", "--who", "Ann")
    called(shop, "bury", "product_page", "helmet", "--note", "recalled", "--until", "2100-01-01")
    called(shop, "boost", "product_page", "lamp", "--category", "bikes", "--note", "season", "--factor", "2")
    assert ids(shop) == ["lock", "lamp"]
    told = called(shop, "show", "product_page")
    assert [(row["action"], row["anchor_kind"], row["factor"]) for row in told["decided"]] == [
        ("boost", "category", 2.0), ("bury", "all", 1.0), ("pin", "product", 1.0),
    ]  # fmt: skip
    assert called(shop, "undo", "product_page", str(pinned["decision"])) == {"taken back": pinned["decision"]}
    assert ids(shop) == ["lamp", "lock"]
    called(shop, "remove", "product_page")
    assert ids(shop) == ["lamp", "helmet", "lock"]


def test_why_tells_the_rule_in_words(shop: str) -> None:
    called(shop, "bury", "product_page", "helmet", "--note", "recalled", "--who", "Ann")
    said = passend("placements", "why", "product_page", "helmet", "--page", "bike", "-w", shop).stdout
    assert "Buried at this placement by Ann: recalled" in said
    assert called(shop, "why", "product_page", "lamp", "--page", "bike")["place"] == 1


def test_placements_are_added_and_shares_set(shop: str) -> None:
    assert called(shop, "set", "home", "--share", "0.1", "--note", "first page")["share"] == 0.1
    assert [one["name"] for one in called(shop, "list")][-1] == "home"
    assert "home" in passend("placements", "list", "-w", shop).stdout
    refused = passend("placements", "set", "home", "--share", "0.9", "-w", shop, ok=False)
    assert (refused.returncode, "half of the visitors" in refused.stderr) == (1, True)
    refused = passend(
        "placements", "pin", "home", "lock", "--note", "x", "--until", "soon", "-w", shop, ok=False
    )
    assert "no day" in refused.stderr
    passend("placements", "show", "home", "-w", shop)
