"""Every placement against nothing: a stable draw, counted alike in both arms, and a verdict from planted truth."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, insert, select

from passend.flow.forgetting import Person, forget
from passend.flow.serving.adjusting import Placement
from passend.flow.serving.answering import Question
from passend.flow.serving.desk import Desk
from passend.flow.serving.placing import set_placement
from passend.flow.serving.receiving import Told
from passend.flow.serving.trial_results import CANNOT, OPEN, arms_of, compared
from passend.flow.serving.trials import CUSTOMER, HOUR, VISIT, Trials, drawn, visit_mark
from passend.kernels.holdout import is_held_out
from passend.results.verdict import HARMS, WORKS
from passend.store.placements import TrialRow
from passend.workspace import Workspace
from tests.flow.serving.shop import HELD_OUT, NOW, SALT, open_shop
from tests.worlds import table

BIKE = Question(product="bike", placement="product_page", fallback="none")
HALF = Placement(share=0.5, round=2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The shop's desk; half of its visitors see nothing on product pages."""
    open_shop(tmp_path)
    made = Desk(tmp_path)
    set_placement(made.store, "product_page", 0.5, "Ann", NOW)
    made.look()
    yield made
    made.close()


def rows(desk: Desk, kind: str) -> dict[str, tuple[bool, int]]:
    """What was counted: unit -> shown, answers."""
    asked = select(TrialRow.unit, TrialRow.is_shown, TrialRow.answers).where(TrialRow.kind == kind)
    with desk.store.read() as connection:
        return {row.unit: (bool(row.is_shown), row.answers) for row in connection.execute(asked)}


def test_a_visitor_is_drawn_once_and_by_the_best_that_is_known() -> None:
    assert drawn("cart", HALF, SALT, ("K1", "V1", "9/bike")) == drawn("cart", HALF, SALT, ("K1", "V2", "7/"))
    assert drawn("cart", HALF, SALT, ("K1", "V1", "9/bike")).key == ("cart", 2, CUSTOMER, "K1")
    assert drawn("cart", HALF, SALT, ("", "V1", "9/bike")).key == ("cart", 2, VISIT, "V1")
    assert drawn("cart", HALF, SALT, ("", "", "9/bike")).key == ("cart", 2, HOUR, "9/bike")


def test_the_share_is_drawn_and_each_placement_by_itself() -> None:
    names = [f"K{number}" for number in range(4000)]
    draws = {
        place: np.array(
            [drawn(place, replace(HALF, share=0.2), SALT, (one, "", "")).is_shown for one in names]
        )
        for place in ("cart", "home")
    }
    for one in draws.values():
        assert abs(1 - one.mean() - 0.2) < 0.03
    both = (~draws["cart"] & ~draws["home"]).mean()
    assert abs(both - 0.04) < 0.015  # as often as by chance
    more = np.array([drawn("cart", HALF, SALT, (one, "", "")).is_shown for one in names])
    assert not (more & ~draws["cart"]).any()  # a larger share holds back whom the smaller one did


def test_both_arms_are_counted_where_there_is_a_list(desk: Desk) -> None:
    shown = {}
    for number in range(40):
        asked = replace(BIKE, visit=f"V{number}")
        given = desk.recommend(asked)
        shown[visit_mark(f"V{number}")] = bool(given.items)
        assert given.held_out is not bool(given.items)
        desk.recommend(asked)
    assert 5 < sum(shown.values()) < 35
    desk.recommend(
        replace(BIKE, product="unheard of", visit="V-none")
    )  # no list in either arm: nothing to compare
    desk.trials.keep(desk.store, NOW)
    shelf = desk.present[0]
    assert shelf is not None
    firm = {visit_mark(f"V{n}") for n in range(40) if is_held_out(f"V{n}", SALT, shelf.share)}
    assert rows(desk, VISIT).keys() == shown.keys() - firm
    found = {unit: one for unit, one in rows(desk, VISIT).items() if unit in shown}
    assert {unit: (one, 2) for unit, one in shown.items() if unit in found} == found
    desk.recommend(replace(BIKE, visit="V0"))
    desk.trials.keep(desk.store, NOW + timedelta(days=1))
    assert sum(answers for _, answers in rows(desk, VISIT).values()) == 2 * len(found) + (
        visit_mark("V0") in found
    )


def test_who_is_held_out_by_the_firm_is_in_no_arm(desk: Desk) -> None:
    assert desk.recommend(replace(BIKE, customer=HELD_OUT)).held_out
    desk.trials.keep(desk.store, NOW)
    assert rows(desk, CUSTOMER) == {}


def test_strangers_are_compared_by_the_hour_of_a_page(desk: Desk) -> None:
    shelf, moment = desk.present
    assert shelf is not None
    seen = set()
    for hour in range(40):
        desk.present = (shelf, replace(moment, hour=hour))
        seen.add((bool(desk.recommend(BIKE).items), bool(desk.recommend(BIKE).items)))
    assert seen == {(True, True), (False, False)}  # on or off for whoever comes in that hour
    desk.trials.keep(desk.store, NOW)
    assert {unit.partition("/")[2] for unit in rows(desk, HOUR)} == {"bike"}
    assert len(rows(desk, HOUR)) == 40


def test_looking_counts_nothing_and_holds_nobody_back(desk: Desk) -> None:
    for number in range(20):
        found = desk.look_up(replace(BIKE, visit=f"V{number}", is_rehearsed=True))
        assert found is not None
        assert found.found
        assert found.trial is None
    desk.trials.keep(desk.store, NOW)
    assert rows(desk, VISIT) == {}


def test_counts_survive_a_store_that_is_away(desk: Desk) -> None:
    trials = Trials()
    trial = drawn("cart", HALF, SALT, ("K1", "", ""))
    trials.note(trial)

    class Away:
        def change(self) -> None:
            raise ConnectionError("away")

    with pytest.raises(ConnectionError, match="away"):
        trials.keep(Away(), NOW)  # type: ignore[arg-type]
    trials.note(trial)
    trials.keep(desk.store, NOW)
    assert rows(desk, CUSTOMER) == {"K1": (trial.is_shown, 2)}


def test_an_erased_customer_is_in_no_arm(desk: Desk) -> None:
    desk.trials.note(drawn("cart", HALF, SALT, ("K1", "", "")))
    desk.trials.note(drawn("cart", HALF, SALT, ("K2", "", "")))
    desk.trials.keep(desk.store, NOW)
    forget(desk.store, Person.of(["K1"], []), lambda name: name, NOW)
    assert set(rows(desk, CUSTOMER)) == {"K2"}


def planted(desk: Desk, kind: str, units: list[tuple[str, bool, int]], at: datetime) -> None:
    """Units of round 2 that came past at a moment."""
    told = [
        {"placement": "product_page", "round": 2, "kind": kind, "unit": unit, "is_shown": shown, "first_at": at,
         "answers": answers}
        for unit, shown, answers in units
    ]  # fmt: skip
    with desk.store.change() as connection:
        connection.execute(insert(TrialRow), told)


def orders_of(workspace: Workspace, rows: list[dict[str, object]]) -> None:
    """The shop's orders from now on."""
    with workspace.change("orders") as change, workspace.engine() as engine:
        engine.load("orders", table("orders", rows))
        change.write(engine, "orders")


@pytest.mark.parametrize(("added", "verdict"), [(2000, WORKS), (0, OPEN), (-2000, HARMS)])
def test_customers_are_judged_by_what_they_bought_since(desk: Desk, added: int, verdict: str) -> None:
    rng = np.random.default_rng(7)
    begin = NOW - timedelta(days=40)
    units = [(f"K{number}", bool(number % 2), 1) for number in range(3000)]
    planted(desk, CUSTOMER, units, begin)
    orders = []
    for unit, shown, _ in units:
        usual = int(rng.integers(1000, 9000))
        spent = max(4000 + added * shown + int(rng.normal(0, 800)), 1)
        for place, (at, cents) in enumerate(((-20, usual), (3, spent), (35, 90_000 * shown))):
            orders.append(
                {"order_id": f"{unit}-{place}", "customer_id": unit, "product_id": "bike", "quantity": 1.0,
                 "returned_quantity": 0.0, "revenue_cents": cents, "ordered_at": begin + timedelta(days=at)}
            )  # fmt: skip
    orders_of(desk.workspace(), orders)
    (found,) = compared(desk.store, desk.workspace(), "product_page", 2, NOW)
    assert (found.verdict, found.shown.units, found.nothing.units) == (verdict, 1500, 1500)
    assert found.effect is not None
    low, middle, high = found.effect
    assert low < added < high  # orders of 35 days later and of before do not count
    assert abs(middle - added) < 150


def test_what_was_returned_was_not_brought(desk: Desk) -> None:
    begin = NOW - timedelta(days=20)
    units = [(f"K{number}", bool(number % 2), 1) for number in range(400)]
    planted(desk, CUSTOMER, units, begin)
    rows = [
        {"order_id": unit, "customer_id": unit, "product_id": "bike", "quantity": 2.0, "revenue_cents": 8000,
         "returned_quantity": 2.0 if shown else 1.0, "ordered_at": begin + timedelta(days=1)}
        for unit, shown, _ in units
    ]  # fmt: skip
    orders_of(desk.workspace(), rows)
    (found,) = compared(desk.store, desk.workspace(), "product_page", 2, NOW)
    assert found.effect is not None
    assert found.effect[1] == pytest.approx(-4000)


def test_where_it_cannot_be_measured_it_says_why(desk: Desk) -> None:
    planted(desk, CUSTOMER, [("K1", True, 3), ("K2", False, 1)], datetime(2030, 1, 1))
    planted(desk, VISIT, [("a", True, 1), ("b", False, 1)], NOW)
    planted(desk, HOUR, [("1/bike", True, 9), ("2/bike", False, 9)], NOW)
    found = compared(desk.store, desk.workspace(), "product_page", 2, NOW)
    assert [(one.kind, one.verdict, one.effect) for one in found] == [
        (CUSTOMER, CANNOT, None), (VISIT, CANNOT, None), (HOUR, CANNOT, None),
    ]  # fmt: skip
    assert "end before the first visit" in found[0].says
    assert "anonymousId" in found[1].says
    assert "tells no orders" in found[2].says
    assert (found[0].shown.answers, found[0].nothing.answers) == (3, 1)
    assert arms_of(desk.store, [("product_page", 2), ("cart", 1)])["product_page"][0].answers == 13
    assert compared(desk.store, desk.workspace(), "product_page", 1, NOW) == []  # another round


def ordered(number: int, visit: str, at: datetime, *products: str) -> Told:
    """An order as the shop tells it."""
    lines = [{"product_id": one} for one in products]
    told = {"order_id": f"o{number}", "products": lines}
    return Told("Order Completed", f"m{number}", at, None, visit, told)


def test_visits_are_judged_by_whether_they_ordered(desk: Desk) -> None:
    units = [(visit_mark(f"V{number}"), bool(number % 2), 1) for number in range(2000)]
    planted(desk, VISIT, units, NOW - timedelta(days=10))
    told = [ordered(n, f"V{n}", NOW, "bike") for n in range(2000) if n % 20 in (1, 3, 5, 7, 9, 2)]
    for start in range(0, len(told), 500):
        desk.events.receive(told[start : start + 500], NOW)
    (found,) = compared(desk.store, desk.workspace(), "product_page", 2, NOW)
    assert found.effect is not None
    assert (found.verdict, found.metric) == (WORKS, "orders")
    assert found.effect[1] == pytest.approx(0.5 - 0.1)
    with desk.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(TrialRow)).scalar() == 2000


def test_hours_are_judged_by_lines_of_orders_that_held_the_product(desk: Desk) -> None:
    start = int((NOW - datetime(1970, 1, 1)) // timedelta(hours=1))
    units = [(f"{start + number}/bike", number % 2 == 0, 10) for number in range(40)]
    planted(desk, HOUR, units, NOW)
    told = []
    for number in range(40):
        at = NOW + timedelta(hours=number, minutes=5)
        products = ("bike", "lamp", "lock") if number % 2 == 0 else ("bike",)
        told.append(ordered(number, "", at, *products))
        told.append(ordered(100 + number, "", at, "helmet"))  # without the page's product
    desk.events.receive(told, NOW + timedelta(days=3))
    (found,) = compared(desk.store, desk.workspace(), "product_page", 2, NOW + timedelta(days=3))
    assert found.effect is not None
    assert found.effect[1] == pytest.approx((3 - 1) / 10)
    assert found.verdict == WORKS
