"""Facts are frozen at their date: what happens later changes nothing."""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from passend.engines import DuckDBEngine
from passend.errors import InvalidSetting
from passend.flow.steps import run_steps, steps_of
from passend.ports import Silence
from passend.settings import Settings
from passend.tables import contract
from tests.customers.kinds_world import START, engine_of, load, shop
from tests.engines.firm import firm_tables
from tests.worlds import compute, rows_of, table

AS_OF = datetime(2025, 6, 15, 12)
TIMES = {
    "orders": "ordered_at",
    "returns": "returned_at",
    "contacts": "happened_at",
    "events": "happened_at",
    "contracts": "started_at",
    "treatment_edits": "edited_at",
}
RESULTS = ("customer_facts", "customer_profit", "customer_kinds", "verdicts")


def _world() -> dict[str, pa.Table]:
    """The shop of the kinds, with events, contracts and contacts moved into its year."""
    tables = dict(shop(5, customers=60).tables)
    moved = timedelta(days=(START - datetime(2023, 1, 2)).days)
    for name, rows in firm_tables().items():
        if name in {"costs", "customers", "consents", "treatment_edits"}:
            tables[name] = table(name, rows)
            continue
        for row in rows:
            row["customer_id"] = row["customer_id"] and f"c{int(row['customer_id'][1:]) % 60:04d}"
            for column, value in row.items():
                if isinstance(value, datetime):
                    row[column] = value + moved
            if row.get("product_id"):
                row["product_id"] = f"p{int(row['product_id'][1:]) % 60:02d}"
        made = pa.Table.from_pylist(
            [{**dict.fromkeys(contract(name).schema.names), **row} for row in rows],
            schema=contract(name).schema,
        )
        tables[name] = pa.concat_tables([tables[name], made]) if name in tables else made
    return tables


def _only_the_past(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    past = {
        name: rows.filter(pc.less(rows[TIMES[name]], AS_OF))
        if name in TIMES and name != "treatment_edits"
        else rows
        for name, rows in tables.items()
    }
    orders = past["orders"]
    back = pa.array([0.0] * orders.num_rows)
    past["orders"] = orders.set_column(
        orders.schema.get_field_index("returned_quantity"), "returned_quantity", back
    )
    contracts = past["contracts"]
    for name in ("cancelled_at", "ends_at"):
        unknown = pc.if_else(
            pc.less(contracts[name], AS_OF), contracts[name], pa.scalar(None, pa.timestamp("us"))
        )
        contracts = contracts.set_column(contracts.schema.get_field_index(name), name, unknown)
    past["contracts"] = contracts
    return past


def _results(tables: dict[str, pa.Table]) -> dict[str, list]:
    engine = engine_of(tables, Settings({"customers.as_of": AS_OF.isoformat()}))
    found = {}
    for name in RESULTS:
        rows = engine.fetch(name)
        found[name] = sorted(
            (
                {k: round(v, 9) if isinstance(v, float) else v for k, v in row.items()}
                for row in rows.to_pylist()
            ),
            key=lambda row: (row["customer_id"], str(row.get("period_start"))),
        )
    return found


@pytest.fixture(scope="module")
def world():
    return _world()


def test_the_future_does_not_leak(world):
    whole, past = _results(world), _results(_only_the_past(world))
    for name in RESULTS:
        assert whole[name] == past[name], name
    assert len(whole["customer_facts"]) > 40
    assert any(row["contracts"] for row in whole["customer_facts"])
    assert any(row["abandons"] for row in whole["customer_facts"])


def test_another_future_changes_nothing(world):
    def shuffled(rows: pa.Table, column: str) -> pa.Table:
        late = pc.greater_equal(rows[column], AS_OF)
        future, past = rows.filter(late), rows.filter(pc.invert(late))
        who = future["customer_id"].to_pylist()
        index = future.schema.get_field_index("customer_id")
        return pa.concat_tables([past, future.set_column(index, "customer_id", pa.array(who[1:] + who[:1]))])

    other = dict(world)
    for name in ("orders", "contacts", "events"):
        other[name] = shuffled(world[name], TIMES[name])
    assert _results(other) == _results(world)


def test_what_the_facts_say():
    day = timedelta(days=1)
    orders = table(
        "orders",
        [
            {"order_id": "1", "customer_id": "a", "product_id": "p", "ordered_at": START, "quantity": 2.0,
             "returned_quantity": 1.0, "discount_cents": 100, "revenue_cents": 300},
            {"order_id": "2", "customer_id": "a", "product_id": "q", "ordered_at": START + 10 * day, "quantity": 1.0,
             "returned_quantity": 0.0, "discount_cents": 0, "revenue_cents": 900},
        ],
    )  # fmt: skip
    returns = table(
        "returns",
        [{"return_id": "R", "customer_id": "a", "product_id": "p", "returned_at": START + 3 * day, "quantity": 1.0,
          "amount_cents": 150, "order_id": "1", "order_line": 1}],
    )  # fmt: skip
    events = table(
        "events",
        [
            {"event_id": "1", "customer_id": "a", "kind": "abandon", "product_id": "q", "happened_at": START},
            {
                "event_id": "2",
                "customer_id": "a",
                "kind": "view",
                "product_id": "r",
                "happened_at": START + 9 * day,
            },
        ],
    )
    contracts = table(
        "contracts", [{"contract_id": "v", "customer_id": "a", "started_at": START - 360 * day, "fee_cents": 100,
                       "period_days": 30}]
    )  # fmt: skip
    (facts,) = rows_of(
        engine_of({"orders": orders, "returns": returns, "events": events, "contracts": contracts}),
        "customer_facts",
    )
    expected = {
        "orders": 2, "products": 2, "categories": 2, "recency_days": 0, "tenure_days": 370, "revenue_cents": 1200,
        "returned_cents": 150, "returned_share": 0.125, "orders_with_returns": 1, "orders_with_discount": 1,
        "order_gap_days": 10.0, "abandons": 1, "views": 1, "products_wanted": 1, "contracts": 1,
        "anniversary_days": 361, "contract_fees_year_cents": 1218, "price_tier_share": 0.75,
    }  # fmt: skip
    assert {name: facts[name] for name in expected} == expected


def test_facts_of_undated_orders():
    orders = table("orders", [{"order_id": "1", "customer_id": "a", "product_id": "p", "ordered_at": None}])
    (facts,) = rows_of(engine_of({"orders": orders}), "customer_facts")
    assert (facts["orders"], facts["as_of"], facts["recency_days"]) == (1, None, None)


def test_no_orders_give_no_facts():
    engine = engine_of({})
    assert [engine.fetch(name).num_rows for name in RESULTS] == [0, 0, 0, 0]


def test_a_date_that_is_none():
    engine = DuckDBEngine()
    load(engine, {})
    with pytest.raises(InvalidSetting, match="as_of"):
        run_steps(engine, steps_of("customers"), Settings({"customers.as_of": "soon"}), Silence())


def test_a_zone_is_turned_into_utc():
    engine = DuckDBEngine()
    load(engine, {})
    compute(
        engine, "customers", "decision_date", settings=Settings({"customers.as_of": "2025-01-01T01:00+01:00"})
    )
    assert rows_of(engine, "decision_date") == [{"as_of": START, "is_given": True}]
