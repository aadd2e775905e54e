"""Answers from the arrays: what relates, whose it is, and who gets nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from passend.flow.serving.answering import Moment, Question, answer
from passend.flow.serving.cart_shelf import with_carts
from passend.flow.serving.learning import carts_folder, learn_carts
from passend.flow.serving.shelf import Shelf, open_shelf, version_in_force
from passend.flow.serving.stocking import lay_out, version_of
from passend.workspace import Workspace
from tests.flow.serving.shop import ALONE, HELD_OUT, NOW, OFFERED, REFUSING, RELATIONS, open_shop, relation
from tests.worlds import table


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The shop's shelf."""
    return open_shelf(open_shop(tmp_path_factory.mktemp("shop")).folder)


def ids(shelf: Shelf, asked: Question, moment: Moment | None = None) -> list[str]:
    """The products of the answer."""
    return [one.product_id for one in answer(shelf, moment or Moment(), asked).items]


def test_a_product_gets_its_relations_pinned_first_each_once(shelf: Shelf) -> None:
    assert ids(shelf, Question(product="bike", fallback="none")) == ["lamp", "helmet", "lock"]


def test_an_intent_gets_its_own_relations(shelf: Shelf) -> None:
    assert ids(shelf, Question(product="bike", intent="upgrade", fallback="none")) == ["racer"]
    assert ids(shelf, Question(product="bike", intent="related", fallback="none")) == []


def test_what_goes_with_most_of_a_cart_comes_first_and_nothing_of_the_cart(shelf: Shelf) -> None:
    assert ids(shelf, Question(cart=("helmet", "lock"), fallback="none")) == ["lamp"]
    assert ids(shelf, Question(cart=("bike", "lock"), fallback="none")) == ["lamp", "helmet"]


def test_the_reason_comes_when_asked(shelf: Shelf) -> None:
    first = answer(shelf, Moment(), Question(product="bike", explain=True)).items[0]
    assert (first.reason, first.because_of, first.type) == ("lamp goes with bike", "bike", "complement")
    assert answer(shelf, Moment(), Question(product="bike")).items[0].reason is None


def test_a_customer_gets_the_list_of_the_ranker(shelf: Shelf) -> None:
    found = answer(shelf, Moment(), Question(customer=OFFERED, fallback="none"))
    assert [one.product_id for one in found.items] == ["lamp", "helmet"]
    assert found.source == "customer"


def test_who_is_left_alone_or_refuses_gets_nothing_personal(shelf: Shelf) -> None:
    for who in (ALONE, REFUSING, "a stranger"):
        assert ids(shelf, Question(customer=who, fallback="none")) == []


def test_a_refusal_or_consent_of_this_moment_counts(shelf: Shelf) -> None:
    assert ids(shelf, Question(customer=OFFERED, fallback="none"), Moment(refusing={OFFERED: True})) == []
    again = Moment(refusing={REFUSING: False})
    assert ids(shelf, Question(customer=REFUSING, fallback="none"), again) == ["lamp", "helmet"]


def test_the_held_out_get_nothing_whatever_they_look_at(shelf: Shelf) -> None:
    for asked in (Question(customer=HELD_OUT), Question(product="bike", visit=HELD_OUT)):
        found = answer(shelf, Moment(), asked)
        assert (found.items, found.held_out) == ((), True)


def test_what_is_owned_excluded_or_not_sold_never_comes(shelf: Shelf) -> None:
    everything = Question(limit=50, fallback="popular")
    assert "bell" not in ids(shelf, everything)
    assert "bell" in ids(shelf, everything, Moment(sold=frozenset({shelf.code["bell"]})))
    assert "bike" not in ids(shelf, replace(everything, customer=OFFERED))
    assert "lamp" not in ids(shelf, replace(everything, exclude=("lamp",)))
    assert "lamp" not in ids(shelf, everything, Moment(unsold=frozenset({shelf.code["lamp"]})))
    bought = Moment(bought={OFFERED: frozenset({shelf.code["lamp"]})})
    assert "lamp" not in ids(shelf, replace(everything, customer=OFFERED), bought)


def test_the_price_of_this_moment_is_told(shelf: Shelf) -> None:
    found = answer(shelf, Moment(prices={shelf.code["lamp"]: 777}), Question(product="bike"))
    assert found.items[0].price_cents == 777


def test_an_unknown_product_falls_back_on_what_sells(shelf: Shelf) -> None:
    found = answer(shelf, Moment(), Question(product="never seen", limit=2))
    assert (found.source, [one.product_id for one in found.items]) == ("popular", ["bike", "helmet"])
    assert ids(shelf, Question(product="racer", limit=9)) == ["bike"]  # of the same category, not itself


def test_past_the_deadline_goes_out_what_there_is(shelf: Shelf) -> None:
    assert answer(shelf, Moment(), Question(product="bike", until=0.0)).source == "late"


def test_a_new_state_is_put_in_force_once_and_old_ones_go(tmp_path: Path) -> None:
    workspace = open_shop(tmp_path)
    before = open_shelf(tmp_path)
    assert not lay_out(workspace)
    for name in ("Bike one", "Bike two", "Bike three"):
        rows = [{**row, "name": name} for row in workspace.read("products").to_pylist()]
        with workspace.change("names") as change, workspace.engine() as engine:
            engine.load("products", table("products", rows))
            change.write(engine, "products")
        assert lay_out(workspace)
    assert b"Bike three" in open_shelf(tmp_path).goods.piece(0)
    assert version_in_force(tmp_path) == version_of(workspace)
    assert len([one for one in (tmp_path / "serving").iterdir() if one.is_dir()]) == 2
    # Whoever still answers from a version that is gone goes on answering.
    assert ids(before, Question(product="bike", fallback="none")) == ["lamp", "helmet", "lock"]


def test_a_workspace_with_products_alone_answers(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with workspace.change("a list") as change, workspace.engine() as engine:
        engine.load("products", table("products", [{"product_id": "a", "is_active": True}]))
        change.write(engine, "products")
    lay_out(workspace)
    assert ids(open_shelf(tmp_path), Question(customer="nobody", fallback="popular")) == ["a"]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The shop's shelf, with carts learned: lamps were bought beside helmets and locks, racers beside bikes."""
    workspace = open_shop(tmp_path_factory.mktemp("learned"))
    carts = 12 * [("helmet", "lock", "lamp")] + 8 * [("helmet", "racer")] + 6 * [("bike", "racer")]
    carts += 4 * [("bike", "lock")]
    rows = [
        {"order_id": f"c{number}", "customer_id": None, "product_id": one, "line": line, "ordered_at": NOW}
        for number, cart in enumerate(carts)
        for line, one in enumerate(cart)
    ]
    with workspace.change("carts") as change, workspace.engine() as engine:
        engine.load("orders", table("orders", rows))
        change.write(engine, "orders")
    assert learn_carts(workspace)
    assert not learn_carts(workspace), "the orders are the same"
    assert carts_folder(workspace).is_dir()
    assert lay_out(workspace)
    return with_carts(open_shelf(workspace.folder))


def test_what_was_added_to_such_carts_completes_one(learned: Shelf) -> None:
    asked = Question(cart=("helmet", "lock"), fallback="none", explain=True)
    found = answer(learned, Moment(), asked)
    assert (found.source, [one.product_id for one in found.items][:2]) == ("cart", ["lamp", "racer"])
    assert "together in 12 of its 16 orders" in (found.items[0].reason or "")
    assert found.items[0].because_of == "lock"


def test_a_product_that_lies_in_the_cart_twice_counts_once(learned: Shelf) -> None:
    assert learned.carts is not None
    bike, lock = learned.code["bike"], learned.code["lock"]
    first, *_ = learned.carts.complete([lock, bike])
    assert first == (learned.code["lamp"], lock)
    assert next(learned.carts.complete([lock, bike, bike, bike, bike])) == first, "racer goes with bike"


def test_until_carts_are_read_relations_answer(learned: Shelf) -> None:
    found = answer(replace(learned, carts=None), Moment(), Question(cart=("helmet", "lock"), fallback="none"))
    assert (found.source, [one.product_id for one in found.items]) == ("relations", ["lamp"])


def test_what_people_pinned_comes_before_what_carts_say(learned: Shelf) -> None:
    found = answer(learned, Moment(), Question(cart=("bike",), fallback="none"))
    assert [one.product_id for one in found.items] == ["lamp", "racer", "lock", "helmet"]
    assert found.items[0].type == "complement"


def test_a_page_of_a_product_and_other_intents_keep_to_relations(learned: Shelf) -> None:
    assert ids(learned, Question(product="bike", fallback="none")) == ["lamp", "helmet", "lock"]
    assert ids(learned, Question(cart=("bike",), intent="upgrade", fallback="none")) == ["racer"]


def test_what_replaces_a_product_of_the_cart_is_not_offered_beside_it(tmp_path: Path) -> None:
    workspace = open_shop(tmp_path)
    rows = [*RELATIONS, relation("bike", "helmet", "substitute", 1)]
    with workspace.change("one replaces another") as change, workspace.engine() as engine:
        engine.load("relations", table("relations", rows))
        change.write(engine, "relations")
    lay_out(workspace)
    assert ids(open_shelf(tmp_path), Question(product="bike", fallback="none")) == ["lamp", "lock"]
