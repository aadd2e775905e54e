"""Facts and profit after new data: made anew only for customers whose rows changed, or whom the calendar touches.

What a customer's facts and profit say depends on the customer's own rows, on the decision date, and on what holds for
the whole firm. A stamp of all rows read of a customer tells whose rows changed. When the date moves on, plain counts of
days move along with it, and what left a window of days is taken off; a customer is reckoned anew where a row became
known in between. How dear a customer buys hangs on the prices paid by all, and is weighed anew for everybody. Where
anything else changed, everything is made anew.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

import duckdb

from passend.flow.steps import facts_steps, run_steps, statement, steps_of
from passend.flow.touched import GONE, RETURNS, STALE, STAMPS
from passend.ports import Engine, Progress, Statement
from passend.settings import Settings
from passend.workspace import Workspace

_TABLES = ("customer_facts", "customer_profit", "customer_stamps")
#: Made from all rows of the firm, before the rows of the others are put aside.
_FIRM_WIDE = ("decision_date", "price_tiers", "tier_shares")
#: What the facts and the profit read by customer; returns come last, for their orders tell whose they are.
_BY_CUSTOMER = ("orders", "contacts", "events", "contracts", "customers")

_FACTS = """
select
    f.* replace (
        d.as_of as as_of,
        f.recency_days + date_diff('day', f.as_of, d.as_of) as recency_days,
        f.tenure_days + date_diff('day', f.as_of, d.as_of) as tenure_days,
        f.last_contact_days + date_diff('day', f.as_of, d.as_of) as last_contact_days,
        f.last_event_days + date_diff('day', f.as_of, d.as_of) as last_event_days,
        f.anniversary_days - date_diff('day', f.as_of, d.as_of) as anniversary_days,
        f.orders_90_days - coalesce(g.orders_90_days, 0) as orders_90_days,
        f.orders_365_days - coalesce(g.orders_365_days, 0) as orders_365_days,
        f.revenue_365_days_cents - coalesce(g.revenue_365_days_cents, 0) as revenue_365_days_cents,
        f.events_30_days - coalesce(g.events_30_days, 0) as events_30_days,
        t.price_tier_share as price_tier_share
    )
from former_facts f
cross join decision_date d
left join tier_shares t on t.customer_id = f.customer_id
left join gone g on g.customer_id = f.customer_id
where f.customer_id not in (select customer_id from stale where customer_id is not null)
union all by name
select * from customer_facts where customer_id in (select customer_id from stale)
"""
_PROFIT = """
select * from former_profit where customer_id not in (select customer_id from stale where customer_id is not null)
union all by name
select * from customer_profit where customer_id in (select customer_id from stale)
"""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: of how many customers, how many were reckoned anew, and why all of them where it was so."""

    customers: int
    anew: int
    because: str = ""


def refresh_facts(workspace: Workspace, progress: Progress) -> Refreshed:
    """Bring ``customer_facts`` and ``customer_profit`` up to date: the same rows as making them anew, sooner.

    Scores, verdicts and offers are left as the last plan made them.

    Args:
        workspace: holds the orders; facts of an earlier refresh are gone on from where that is right.
        progress: is told of each step.
    """
    with workspace.change("refresh") as change, workspace.engine() as engine:
        done = _refresh(workspace, engine, progress)
        for table in _TABLES if engine.name == "duckdb" else _TABLES[:2]:
            change.write(engine, table)
    return done


def _refresh(workspace: Workspace, engine: Engine, progress: Progress) -> Refreshed:
    settings = workspace.settings
    steps = [*facts_steps(), *(step for step in steps_of("customers") if step.table == "customer_profit")]
    firm_wide = [step for step in steps if step.table in _FIRM_WIDE]
    run_steps(engine, firm_wide, settings, progress)
    if engine.name != "duckdb":
        rows = run_steps(engine, steps, settings, progress)
        return Refreshed(rows["customer_facts"], rows["customer_facts"], "the engine keeps no stamps")
    recipe = _recipe(engine, settings)
    engine.create("new_stamps", Statement("refresh/stamps", STAMPS, {"recipe": recipe}))
    because, span = _why_anew(workspace, engine, recipe)
    by_customer = [step for step in steps if step not in firm_wide]
    if span is None:
        everybody = run_steps(engine, by_customer, settings, progress)["customer_facts"]
        engine.create("customer_stamps", Statement("refresh/keep", "select * from new_stamps"))
        return Refreshed(everybody, everybody, because)
    for name in ("facts", "profit", "stamps"):
        engine.load(f"former_{name}", workspace.files(f"customer_{name}"))
    anew = engine.create("stale", Statement("refresh/stale", STALE, span))
    engine.create("gone", Statement("refresh/gone", GONE, span))
    _put_others_aside(engine)
    run_steps(engine, by_customer, settings, progress)
    customers = 0
    for name, text in (("customer_profit", _PROFIT), ("customer_facts", _FACTS)):
        customers = engine.create(f"{name}_merged", Statement(f"refresh/{name}", text))
        engine.create(name, Statement("refresh/keep", f"select * from {name}_merged"))
    engine.create("customer_stamps", Statement("refresh/keep", "select * from new_stamps"))
    return Refreshed(customers, anew)


def _put_others_aside(engine: Engine) -> None:
    """Leave in the engine only the rows of customers who are reckoned anew."""
    own = "select * from {0} where customer_id in (select customer_id from stale)"
    texts = {name: own.format(name) for name in _BY_CUSTOMER}
    texts["returns"] = f"""
        select distinct * exclude (concerns) from ({RETURNS}) where concerns in (select customer_id from stale)
    """
    for name, text in texts.items():
        engine.create(f"{name}_kept", Statement(f"refresh/{name}", text))
    for name in texts:
        engine.create(name, Statement(f"refresh/{name}", f'select * from "{name}_kept"'))


def _why_anew(workspace: Workspace, engine: Engine, recipe: str) -> tuple[str, dict[str, str] | None]:
    """The dates of the former facts and of the new ones, or why the former cannot be gone on from."""
    stored = [workspace.manifest.tables.get(name) for name in _TABLES]
    if None in stored or len({table.change for table in stored if table}) > 1:
        return "there is no earlier refresh to go on from", None
    if not all(table and table.rows for table in stored):
        return "nothing was known before", None
    former = engine.fetch("customer_stamps", limit=1)["recipe"][0].as_py()
    if former != recipe:
        return "settings, costs or the program have changed", None
    before: datetime | None = engine.fetch("customer_facts", limit=1)["as_of"][0].as_py()
    now: datetime | None = engine.fetch("decision_date")["as_of"][0].as_py()
    if before is None or now is None or now < before:
        return "the decision date went back, or there is none", None
    return "", {"former": before.isoformat(sep=" "), "now": now.isoformat(sep=" ")}


def _recipe(engine: Engine, settings: Settings) -> str:
    """A hash of all that facts and profit hang on, but for the rows of customers, products and the date itself."""
    parts: list[object] = [duckdb.__version__, STAMPS, STALE, GONE, _FACTS, _PROFIT]
    for step in steps_of("customers"):
        if step.table == "scores":
            break
        asked = statement(step.room, step.table, settings)
        given = {name: value for name, value in asked.values.items() if name != "as_of"}
        parts.append((asked.text, sorted(given.items()), asked.values.get("as_of") is not None))
    parts.append(sorted(map(str, engine.fetch("costs").to_pylist())))
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
