"""Placements: what people decided holds in the answers, and never beyond stock, consent, hold-outs or bans."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from passend.errors import InvalidInput, StoreError
from passend.flow.changes import list_changes
from passend.flow.serving.answering import Moment, Question, answer
from passend.flow.serving.desk import Desk
from passend.flow.serving.inspecting import why
from passend.flow.serving.looking_at import look_at
from passend.flow.serving.moment import Watch
from passend.flow.serving.placing import (
    Decision,
    decide,
    decisions_at,
    drop_placement,
    find_placement,
    list_placements,
    set_placement,
    take_back_decision,
)
from passend.store.audit import AuditRow
from tests.flow.serving.shop import ALONE, HELD_OUT, OFFERED, REFUSING, open_shop

NOW = datetime(2026, 11, 2, 12)
LATER = NOW + timedelta(days=1)
BIKE = Question(product="bike", placement="product_page", fallback="none")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The shop's desk; nobody decided anything."""
    open_shop(tmp_path)
    made = Desk(tmp_path)
    made.look()
    yield made
    made.close()


def said(desk: Desk, product: str, action: str, **more: object) -> int:
    """A decision of Ann's that holds at once."""
    told: dict[str, object] = {"placement": "product_page", "note": "because", **more}
    number = decide(
        desk.store, desk.workspace(), Decision(product_id=product, action=action, **told), "Ann", NOW
    )  # type: ignore[arg-type]
    desk.look()
    return number


def ids(desk: Desk, asked: Question = BIKE, moment: Moment | None = None) -> list[str]:
    """The products of the answer."""
    shelf, present = desk.present
    assert shelf is not None
    return [one.product_id for one in answer(shelf, moment or present, asked).items]


def test_without_a_decision_the_list_is_what_the_figures_say(desk: Desk) -> None:
    assert ids(desk) == ["lamp", "helmet", "lock"]


def test_what_is_pinned_stands_in_front_in_the_order_of_saying(desk: Desk) -> None:
    said(desk, "lock", "pin")
    said(desk, "racer", "pin")
    assert ids(desk) == ["lock", "racer", "lamp", "helmet"]
    told = desk.recommend(replace(BIKE, explain=True))
    assert [(one.type, one.because_of) for one in told.items[:2]] == [
        ("complement", "bike"),
        ("pinned", None),
    ]
    assert told.source == "relations"


def test_a_decision_holds_at_its_placement_alone(desk: Desk) -> None:
    said(desk, "helmet", "bury")
    assert ids(desk, replace(BIKE, placement="cart")) == ["lamp", "helmet", "lock"]
    assert ids(desk, replace(BIKE, placement="")) == ["lamp", "helmet", "lock"]
    assert ids(desk) == ["lamp", "lock"]


def test_a_boost_lifts_what_is_there_and_brings_nothing_else(desk: Desk) -> None:
    said(desk, "lock", "boost", factor=3)
    assert ids(desk) == ["lock", "lamp", "helmet"]  # of two at place 1 the boosted one comes first
    assert ids(desk, replace(BIKE, limit=1)) == ["lock"]
    said(desk, "racer", "boost", factor=10)
    assert ids(desk) == ["lock", "lamp", "helmet"]
    said(desk, "lock", "boost", factor=1.4)  # place 3 / 1.4 stands behind place 2
    assert ids(desk) == ["lamp", "helmet", "lock"]


def test_beside_a_product_a_category_or_everywhere(desk: Desk) -> None:
    said(desk, "helmet", "bury", anchor_kind="product", anchor="racer")
    assert "helmet" in ids(desk)
    said(desk, "lamp", "bury", anchor_kind="category", anchor="bikes")
    assert ids(desk) == ["helmet", "lock"]
    assert ids(desk, replace(BIKE, product="helmet")) == ["lamp"]  # of the category parts
    said(desk, "lock", "bury")
    assert ids(desk) == ["helmet"]


def test_the_sternest_word_counts(desk: Desk) -> None:
    said(desk, "helmet", "pin", anchor_kind="product", anchor="bike")
    said(desk, "helmet", "bury")
    assert ids(desk) == ["lamp", "lock"]


def test_a_cart_takes_the_decisions_of_all_its_products(desk: Desk) -> None:
    said(desk, "racer", "pin", placement="cart", anchor_kind="product", anchor="helmet")
    said(desk, "lamp", "bury", placement="cart", anchor_kind="product", anchor="lock")
    asked = Question(cart=("helmet", "lock"), placement="cart", fallback="none")
    assert ids(desk, asked) == ["racer"]
    assert ids(desk, replace(asked, cart=("helmet",))) == ["racer", "lamp"]


def test_a_pin_never_breaks_stock_purchase_exclusion_or_page(desk: Desk) -> None:
    for product in ("bell", "lock", "bike"):
        said(desk, product, "pin")
    assert ids(desk)[0] == "lock"
    assert "bell" not in ids(desk)  # sold out
    assert "bike" not in ids(desk)
    shelf, present = desk.present
    assert shelf is not None
    assert "lock" not in ids(desk, moment=replace(present, unsold=frozenset({shelf.code["lock"]})))
    assert "lock" not in ids(desk, replace(BIKE, exclude=("lock",)))
    bought = replace(present, bought={OFFERED: frozenset({shelf.code["lock"]})})
    assert "lock" not in ids(desk, replace(BIKE, customer=OFFERED), bought)
    assert ids(desk, replace(BIKE, customer=HELD_OUT)) == []


@pytest.mark.parametrize("who", [REFUSING, ALONE])
def test_who_refuses_or_is_left_alone_sees_nothing_that_people_placed(desk: Desk, who: str) -> None:
    asked = replace(BIKE, customer=who)
    before = ids(desk, asked)
    said(desk, "racer", "pin")
    said(desk, "lock", "boost", factor=5)
    assert ids(desk, asked) == before
    said(desk, "helmet", "bury")
    assert ids(desk, asked) == [one for one in before if one != "helmet"]


def test_a_decision_ends_by_its_time_and_can_be_taken_back(desk: Desk) -> None:
    watch = Watch(desk.store)
    shelf = desk.present[0]
    assert shelf is not None
    said(desk, "lock", "pin", valid_until=LATER)
    assert ids(desk, moment=watch.look(shelf, NOW))[0] == "lock"
    assert ids(desk, moment=watch.look(shelf, LATER))[0] == "lamp"
    number = said(desk, "helmet", "pin")
    again = said(desk, "helmet", "bury")
    assert "helmet" not in ids(desk)
    take_back_decision(desk.store, "product_page", again, "Ann", NOW)
    desk.look()
    assert ids(desk)[:2] == ["helmet", "lamp"]  # the word before holds again, and the ended one does not
    assert [row["id"] for row in decisions_at(desk.store, "product_page", LATER)] == [number]
    take_back_decision(desk.store, "product_page", number, "Ann", NOW)
    desk.look()
    assert ids(desk) == ["lamp", "helmet", "lock"]
    with pytest.raises(StoreError, match="No decision"):
        take_back_decision(desk.store, "product_page", number, "Ann", NOW)


def test_the_same_said_again_is_the_same_decision(desk: Desk) -> None:
    number = said(desk, "lock", "pin")
    assert said(desk, "lock", "pin") == number
    assert said(desk, "lock", "pin", note="another reason") > number
    assert len(decisions_at(desk.store, "product_page", NOW)) == 1


def test_every_change_is_written_to_the_log(desk: Desk) -> None:
    number = said(desk, "lock", "boost", factor=2, note="too many of them")
    take_back_decision(desk.store, "product_page", number, "Ben", NOW)
    set_placement(desk.store, "home", 0.1, "Ann", NOW)
    drop_placement(desk.store, "home", "Ann", NOW)
    with desk.store.read() as connection:
        rows = connection.execute(select(AuditRow.who, AuditRow.what, AuditRow.subject)).all()
    assert [tuple(row) for row in rows] == [
        ("Ann", "boosted", "placement/product_page"), ("Ben", "taken back", "placement/product_page"),
        ("Ann", "set", "placement/home"), ("Ann", "removed", "placement/home"),
    ]  # fmt: skip
    assert "too many of them" in list_changes(desk.store, 9, subject="placement/product_page")[-1]["details"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"action": "praise"}, "cannot be done"),
        ({"note": "  "}, "needs a reason"),
        ({"factor": 1.0, "action": "boost"}, "factor above 1"),
        ({"factor": 11.0, "action": "boost"}, "factor above 1"),
        ({"valid_until": NOW}, "over already"),
        ({"product_id": "unknown"}, "no product"),
        ({"anchor_kind": "product", "anchor": "unknown"}, "no product"),
        ({"anchor_kind": "product", "anchor": "lock"}, "beside itself"),
        ({"anchor_kind": "category", "anchor": "boats"}, "no category"),
        ({"anchor_kind": "moon"}, "beside"),
    ],
)
def test_what_says_nothing_is_refused(desk: Desk, wrong: dict[str, object], says: str) -> None:
    told = {"placement": "product_page", "product_id": "lock", "action": "pin", "note": "because", **wrong}
    with pytest.raises(InvalidInput, match=says):
        decide(desk.store, desk.workspace(), Decision(**told), "Ann", NOW)  # type: ignore[arg-type]
    assert decisions_at(desk.store, "product_page", NOW) == []


def test_the_shop_adds_placements_and_forgets_them(desk: Desk) -> None:
    with pytest.raises(StoreError, match="no placement"):
        said(desk, "lock", "pin", placement="home")
    set_placement(desk.store, "home", None, "Ann", NOW)
    said(desk, "lock", "pin", placement="home")
    assert ids(desk, replace(BIKE, placement="home"))[0] == "lock"
    assert [one.name for one in list_placements(desk.store, 0.05, NOW)][-1] == "home"
    drop_placement(desk.store, "home", "Ann", NOW)
    desk.look()
    assert ids(desk, replace(BIKE, placement="home"))[0] == "lamp"
    for name in ("", "Home", "a b", "x" * 61):
        with pytest.raises(InvalidInput, match="name of a placement"):
            set_placement(desk.store, name, None, "Ann", NOW)
    for share in (-0.1, 0.51):
        with pytest.raises(InvalidInput, match="half of the visitors"):
            set_placement(desk.store, "cart", share, "Ann", NOW)


def test_another_share_begins_a_new_comparison(desk: Desk) -> None:
    assert find_placement(desk.store, "cart", 0.05, NOW).share == 0.05
    set_placement(desk.store, "cart", 0.2, "Ann", NOW)
    first = find_placement(desk.store, "cart", 0.05, NOW)
    set_placement(desk.store, "cart", 0.2, "Ann", NOW, note="the same")
    assert find_placement(desk.store, "cart", 0.05, NOW).round == first.round
    set_placement(desk.store, "cart", None, "Ann", NOW)
    assert find_placement(desk.store, "cart", 0.05, NOW).round == first.round + 1


def test_the_inspector_tells_the_first_rule(desk: Desk) -> None:
    place = desk.workspace()

    def rule(product: str, asked: Question = BIKE) -> str:
        return why(desk, place, asked, product).rule

    said(desk, "helmet", "bury", note="recalled")
    assert rule("helmet") == "buried"
    assert why(desk, place, BIKE, "helmet").says == ("Buried at this placement by Ann: recalled",)
    assert rule("bell") == "stock"
    assert rule("bike") == "at hand"
    assert rule("lock", replace(BIKE, exclude=("lock",))) == "excluded"
    assert rule("bike", Question(customer=OFFERED, placement="product_page")) == "owned"
    assert rule("lamp", replace(BIKE, customer=HELD_OUT)) == "held out"
    assert rule("lamp", Question(customer=REFUSING, placement="product_page", fallback="none")) == "consent"
    assert rule("lamp", Question(customer=ALONE, placement="product_page", fallback="none")) == "left alone"
    assert rule("lock", replace(BIKE, limit=1)) == "limit"
    assert rule("racer", BIKE) == "below the threshold"  # 0 orders with both
    assert rule("lamp", Question(placement="product_page", fallback="none")) == "not retrieved"
    assert rule("moon") == "unknown"


def test_the_inspector_tells_why_something_stands_there(desk: Desk) -> None:
    place = desk.workspace()
    found = why(desk, place, BIKE, "helmet")
    assert (found.rule, found.place, found.says) == ("shown", 2, ("helmet goes with bike",))
    said(desk, "lock", "boost", factor=3, note="overstock")
    found = why(desk, place, BIKE, "lock")
    assert found.place == 1
    assert found.says[0] == "Boosted from place 3 to place 1 by Ann: overstock"
    said(desk, "racer", "pin", note="new")
    assert why(desk, place, BIKE, "racer").says == ("Pinned at this placement by Ann: new",)


def test_looking_shows_the_very_answer_and_who_changed_it(desk: Desk) -> None:
    said(desk, "lock", "pin", note="new")
    said(desk, "helmet", "bury", note="recalled")
    look = look_at(desk, BIKE)
    assert [one.item.product_id for one in look.shown] == ids(desk) == ["lock", "lamp"]
    assert look.shown[0].decision is not None
    assert look.shown[0].decision["note"] == "new"
    assert [row["note"] for row in look.buried] == ["recalled"]
    held = look_at(desk, replace(BIKE, customer=HELD_OUT))
    assert (held.kept_without, len(held.shown)) == ("firm", 2)
