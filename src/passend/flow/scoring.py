"""From the firm's tables to the table ``scores``: learned from what came after an earlier date, at every plan.

A sample of customers is handed over as Arrow and their facts are computed anew as they were ``customers.buy_days`` ago,
in a small engine of its own. So both engines learn from the same rows, and the tables of the plan stay as they are.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from passend.customers.scores import Future, Lesson, score
from passend.engines import DuckDBEngine
from passend.flow.windows import Events, Window, labelled
from passend.ports import Engine, Statement
from passend.settings import Settings
from passend.tables import contract
from passend.tables.frames import plain

#: Computes ``customer_facts`` from the firm's tables in an engine.
Facts = Callable[[Engine, Settings], pa.Table]

#: What the facts are made of: by customer, and as a whole.
_BY_CUSTOMER = ("orders", "returns", "contacts", "events", "contracts", "customers")
_WHOLE = ("products", "costs")
#: The columns of orders that facts are made of; the others need not travel.
_OF_ORDERS = (
    "order_id", "line", "customer_id", "product_id", "ordered_at", "quantity", "revenue_cents", "discount_cents",
    "currency",
)  # fmt: skip
#: More order lines than this teach nothing new, and cost time.
_MOST_LINES = 1_500_000


def score_customers(engine: Engine, settings: Settings, facts_of: Facts) -> pa.Table:
    """Score every customer of the engine's ``customer_facts``.

    Args:
        engine: holds the firm's tables, the facts, ``order_days`` and ``customer_costs``.
        settings: horizons, and from how many customers to learn.
        facts_of: computes facts; used for those at the earlier date.
    """
    # In an order of their own: where a row stands moves the last digit of its sums.
    facts = plain(engine.fetch("customer_facts")).sort_by("customer_id")
    as_of: datetime | None = engine.fetch("decision_date")["as_of"][0].as_py()
    days = settings.whole("customers.buy_days")
    lesson = _lesson(engine, settings, facts_of, as_of, facts.num_rows)
    future = Future(plain(engine.fetch("order_days")), plain(engine.fetch("customer_costs")), as_of)
    # On one thread, as on many, the same sums; and threads that wait for each other cost more than they bring here.
    with threadpool_limits(1, user_api="blas"):
        return score(facts, lesson, future, (days, settings.whole("customers.lifetime_days")))


def _lesson(
    engine: Engine, settings: Settings, facts_of: Facts, as_of: datetime | None, customers: int
) -> Lesson:
    days = settings.whole("customers.buy_days")
    first = pc.min(engine.fetch("order_days")["ordered_at"]).as_py()
    if as_of is None or first is None:
        return Lesson(None, gap="no order has a date")
    window = Window(as_of - timedelta(days=days), days)
    span = (as_of - first).days
    if first >= window.as_of - timedelta(days=days):
        return Lesson(None, gap=f"orders go back {span} days, and {2 * days} are needed")
    lines = engine.create(
        "learning_lines", Statement("customers/learning_lines", "select order_id from orders")
    )
    engine.drop("learning_lines")
    share = min(1.0, settings.whole("customers.learn_from") / max(customers, 1), _MOST_LINES / max(lines, 1))
    tables = {name: _sample(engine, name, share) for name in _BY_CUSTOMER}
    tables |= {name: plain(engine.fetch(name)) for name in _WHOLE}
    apart = DuckDBEngine(settings.whole("engine.memory_mb"), settings.whole("engine.threads"))
    try:
        for name, table in tables.items():
            apart.load(name, table)
        earlier = settings.changed({"customers.as_of": window.as_of.isoformat(sep=" ")})
        facts = plain(facts_of(apart, earlier))
    finally:
        apart.close()
    told, contacted = labelled(
        facts, Events(tables["orders"], tables["contacts"], tables["products"]), window
    )
    return Lesson(told, contacted, as_of)


def _sample(engine: Engine, table: str, share: float) -> pa.Table:
    """The rows of a stable share of the customers; rows without a customer say nothing of anybody."""
    names = ", ".join(_OF_ORDERS if table == "orders" else contract(table).schema.names)
    text = f"select {names} from {table} where customer_id is not null"
    if share < 1:
        text += f" and substr(md5('learn:' || customer_id), 1, 8) < '{int(share * 16**8):08x}'"
    engine.create("learning_rows", Statement(f"customers/learning_{table}", text))
    rows = plain(engine.fetch("learning_rows"))
    engine.drop("learning_rows")
    return rows
