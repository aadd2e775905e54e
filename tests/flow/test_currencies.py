"""Several currencies: kept apart, or converted at the firm's rates; never added up."""

import pyarrow.compute as pc
import pytest

from passend.errors import InvalidSetting
from passend.flow.currencies import load_currencies
from passend.settings import Settings
from tests.worlds import compute, intake, rows_of

LINES = [
    {"order_id": "1", "unit_price": 10.0, "currency": "EUR"},
    {"order_id": "2", "unit_price": 1500.0, "currency": "JPY"},
    {"order_id": "3", "unit_price": 12.0, "currency": "USD"},
    {"order_id": "4", "unit_price": 10.125, "currency": "KWD"},
    {"order_id": "5", "unit_price": 5.0, "currency": "EUR"},
]
SALES = [{"customer_id": "k", "product_id": "A", "quantity": 1.0, **line} for line in LINES]


def amounts(engine):
    return {row["order_id"]: (row["revenue_cents"], row["currency"]) for row in rows_of(engine, "orders")}


def test_each_keeps_its_minor_units():
    assert amounts(intake(SALES)) == {
        "1": (1000, "EUR"), "2": (1500, "JPY"), "3": (1200, "USD"), "4": (10125, "KWD"), "5": (500, "EUR"),
    }  # fmt: skip


def test_rates_turn_them_into_one():
    settings = Settings({"intake.currency": "EUR", "intake.rates": "JPY=0.0061 usd=0.92 KWD=3"})
    assert amounts(intake(SALES, settings)) == {
        "1": (1000, "EUR"), "2": (915, "EUR"), "3": (1104, "EUR"), "4": (3038, "EUR"), "5": (500, "EUR"),
    }  # fmt: skip


@pytest.mark.parametrize("rates", ["USD", "USD=x", "USD=-1", "USD=nan", "=1", "USD:0.9"])
def test_what_is_no_rate_is_told(rates):
    with pytest.raises(InvalidSetting, match="no rate"):
        load_currencies(intake([]), Settings({"intake.currency": "EUR", "intake.rates": rates}))
    with pytest.raises(InvalidSetting, match="which currency"):
        load_currencies(intake([]), Settings({"intake.rates": "USD=1"}))


def test_what_a_customer_paid_in_another_currency_is_not_added_up():
    engine = intake(SALES)
    compute(engine, "customers", "decision_date", "known_returns", "sold_lines", "customer_orders")
    assert pc.sum(engine.fetch("customer_orders")["revenue_cents"]).as_py() == 1500
    assert {row["currency"] for row in rows_of(engine, "customer_orders")} == {"EUR"}
