"""A new day of results: the figures of a full reckoning, of which only the cohorts that changed are made anew."""

import csv
import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest

from passend.engines import DuckDBEngine
from passend.flow.cohorts import KEPT, sum_up
from passend.flow.importing import import_sources
from passend.flow.measuring import TELLS_APART, effects_table, measured_on
from passend.flow.results import former_sums, load_outcomes, measure_workspace
from passend.flow.sources import ImportRequest
from passend.ports import Silence
from passend.settings import Settings
from passend.tables import contract
from passend.workspace import Workspace

START = datetime(2024, 1, 1, 9)
ORDERS = ["order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price"]
CONTACTS = [
    "contact_id", "customer_id", "happened_at", "direction", "channel", "purpose", "product_id", "campaign",
    "probability", "outcome", "cost_cents",
]  # fmt: skip


def _write(file, head, rows):
    with file.open("w", newline="", encoding="utf-8") as text:
        csv.writer(text).writerows([head, *rows])
    return ImportRequest(file, as_table=file.stem.split("-")[0])


def _days(draw, part, days):
    """What some days bring: orders, returns of far older ones, and contacts; some customers are in both arms."""
    orders, contacts = [], []
    for at in range(draw.randint(60, 120)):
        when = START + timedelta(days=draw.uniform(*days))
        price, product = draw.choice([10, 20, 40]), f"P{draw.randrange(6)}"
        orders.append(
            [f"{part}-{at}", f"K{draw.randrange(200)}", product, f"{when:%Y-%m-%d %H:%M}", 1, price]
        )
    for at, order in enumerate(draw.sample(orders, 6)):
        back = [*order[:3], f"{START + timedelta(days=days[1] - 0.1 * at):%Y-%m-%d %H:%M}", -1, order[5]]
        orders.append(["R" + order[0], *back[1:]])
    for at in range(draw.randint(100, 200)):
        when = START + timedelta(days=draw.uniform(*days))
        held = draw.random() < 0.3
        campaign = f"{('spring', 'summer', 'autumn', 'winter')[min(int(days[0] // 60), 3)]}"
        contacts.append(
            [f"T{part}-{at}", f"K{draw.randrange(200)}", f"{when:%Y-%m-%d %H:%M}", "out",
             draw.choice(["email", "phone"]), "offer", f"P{draw.randrange(6)}", campaign, 0.3 if held else 0.7,
             "held-out" if held else draw.choice(["click", "none"]), 2]
        )  # fmt: skip
    return orders, contacts


def _anew(workspace):
    with workspace.engine() as engine:
        load_outcomes(engine, workspace)
        return measured_on(engine, workspace.settings)


def _told(found):
    return [replace(one, goal=replace(one.goal, is_frozen=True)) for one in found]


@pytest.mark.parametrize("seed", range(4))
def test_day_after_day_the_figures_are_those_of_a_full_reckoning(tmp_path, seed):
    draw = random.Random(seed)
    ends = [0.0, 150.0, *sorted(draw.uniform(150, 320) for _ in range(3))]
    kept, first = [], []
    for part, days in enumerate(pairwise(ends)):
        orders, contacts = _days(draw, part, days)
        if part == 3:
            # A return of an order of the first days, and a correction: both concern windows that closed long ago.
            orders.append(
                ["R0-1", *first[1][1:3], f"{START + timedelta(days=days[1]):%Y-%m-%d}", -1, first[1][5]]
            )
        first = first or orders
        files = [
            _write(tmp_path / f"orders-{part}.csv", ORDERS, orders),
            _write(tmp_path / f"contacts-{part}.csv", CONTACTS, contacts),
        ]
        workspace = Workspace(tmp_path / "ws", ["results.window_days=14"])
        import_sources(workspace, files, Silence())
        if part:
            assert former_sums(workspace)
            with workspace.engine() as engine:
                load_outcomes(engine, workspace)
                anew = sum_up(engine, workspace.settings, former_sums(workspace))
                kept.append(engine.fetch("cohort_stamps").num_rows - anew)
        found = measure_workspace(workspace, Silence()).measured
        assert _told(found) == _told(_anew(Workspace(tmp_path / "ws", ["results.window_days=14"])))
    assert max(kept) > 0


def _engine(exposures, outcomes, as_of, goals=None):
    engine = DuckDBEngine()
    engine.load(
        "exposure_log",
        contract("exposures").check(pa.Table.from_pylist(exposures, contract("exposures").schema)),
    )
    engine.load("outcomes", pa.Table.from_pylist(outcomes))
    for name in TELLS_APART:
        engine.load(name, contract(name).empty())
    engine.load("goals", goals or contract("goals").empty())
    engine.load("decision_date", pa.table({"as_of": pa.array([as_of], pa.timestamp("us"))}))
    return engine


def _exposure(number, arm, day, campaign="spring"):
    at = START + timedelta(days=day)
    return {
        "campaign": campaign, "phase": 1, "customer_id": f"K{number}", "arm": arm, "held_by": None, "chance": 0.5,
        "eligible_at": at, "exposed_at": at, "is_contacted": arm == "treated", "channel": "email", "product_id": "P1",
        "variant": None, "cluster": None,
    }  # fmt: skip


def _outcome(number, day, cents=1000.0, returned=0.0):
    return {
        "customer_id": f"K{number}", "happened_at": START + timedelta(days=day), "order_id": f"O{number}-{day}",
        "orders": 1, "product_id": "P2", "revenue_cents": cents, "returned_cents": returned, "goods_cents": 0.0,
        "service_cents": 0.0, "contact_cents": 0.0, "answers": 0, "complaints": 0,
    }  # fmt: skip


@pytest.fixture
def settled(tmp_path):
    """Two cohorts of one campaign, 140 days apart, measured after 250 days; what was kept, and what it came from."""
    exposures = [_exposure(n, ("treated", "held-out")[n % 2], 0 if n < 20 else 140) for n in range(40)]
    outcomes = [_outcome(n, 5 if n < 20 else 150) for n in range(0, 40, 3)]
    engine = _engine(exposures, outcomes, START + timedelta(days=250))
    measured_on(engine, Settings())
    former = {name: engine.write(name, tmp_path / name) for name in KEPT}
    goals = engine.fetch("campaign_goals").select(contract("goals").schema.names)
    engine.close()
    return exposures, outcomes, former, goals


def _next(settled, *, exposures=(), outcomes=None, days=251, settings=()):
    """How many cohorts are made anew; all figures are those of a full reckoning."""
    before, brought, former, goals = settled
    given = (
        [*before, *exposures],
        brought if outcomes is None else outcomes,
        START + timedelta(days=days),
        goals,
    )
    rules = Settings(dict(settings))
    one, other = _engine(*given), _engine(*given)
    try:
        found = measured_on(one, rules, former)
        assert effects_table(found, None).equals(effects_table(measured_on(other, rules), None))
        again = _engine(*given)
        return sum_up(again, rules, former)
    finally:
        one.close()
        other.close()


def test_nothing_is_made_anew_where_nothing_happened(settled):
    assert _next(settled) == 0


def test_a_late_return_concerns_the_cohorts_whose_time_it_falls_into(settled):
    late = [{**one, "returned_cents": 400.0} if one["order_id"] == "O3-5" else one for one in settled[1]]
    assert _next(settled, outcomes=late) == 2  # the order is history of the second cohort
    assert _next(settled, outcomes=[*settled[1], _outcome(5, 160)]) == 1
    assert _next(settled, outcomes=[*settled[1], _outcome(5, 249)]) == 0


def test_new_customers_and_those_in_both_arms_are_seen(settled):
    assert _next(settled, exposures=[_exposure(77, "treated", 240)]) == 1
    # A customer of the first cohort comes into the other arm of a new one: both are looked at.
    assert _next(settled, exposures=[_exposure(2, "held-out", 240)]) == 2


def test_other_settings_an_earlier_date_and_an_open_window_make_it_anew(settled):
    assert _next(settled, settings=[("results.returns_days", 20)]) == 2
    assert _next(settled, days=195) == 1
