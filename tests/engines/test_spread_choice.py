"""Customers who choose on Spark's machines, part by part, make the plan that they make here."""

import pytest

from passend.decisions.rules import load_rules
from passend.engines.spark import SparkEngine
from passend.flow.deciding import MADE, Deciding, choose_offers
from passend.flow.steps import run_steps, steps_of
from passend.ports import Silence, Spreads
from passend.settings import Settings
from tests.worlds import baskets, intake

pytestmark = pytest.mark.spark

#: All that the choice reads, and what its files read in turn.
READ = (
    "orders", "known_returns", "events", "contacts", "costs", "decision_date", "decision_customers",
    "decision_products", "latest_consents", "recent_contacts", "owned_products", "barred_offers", "lifted_offers",
    "recommendations", "relations", "products",
)  # fmt: skip


@pytest.mark.usefixtures("local_spark")
def test_the_plan_is_the_same_wherever_customers_choose(tmp_path, monkeypatch):
    rules = {"budget": {"offers": 150}, "channels": {"desk": {"capacity": 40}}}
    here = intake(baskets(1))
    run_steps(here, steps_of("products", "customers", "decisions"), Settings(), Silence())
    spark = SparkEngine("local[2]", tmp_path)
    asked = []
    each = spark.each
    monkeypatch.setattr(spark, "each", lambda *given: asked.append(1) or each(*given))
    assert isinstance(spark, Spreads)
    assert not isinstance(here, Spreads)
    for name in READ:
        spark.load(name, here.fetch(name))
    settings = Settings({"decisions.spread_offers": 0})
    one = choose_offers(here, settings, Deciding(load_rules(rules)))
    two = choose_offers(spark, settings, Deciding(load_rules(rules)))
    assert len(asked) > 2
    assert one.decision_.allocation.prices.any()
    assert (one.decision_.allocation.prices == two.decision_.allocation.prices).all()
    for name in MADE:
        assert here.fetch(name).to_pylist() == spark.fetch(name).to_pylist(), name
    few = choose_offers(spark, Settings(), Deciding(load_rules(rules)))
    assert few.totals_ == two.totals_
    here.close()
    spark.close()
