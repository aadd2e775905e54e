"""From recommendations and verdicts to chosen offers: the one step of the story that is computed on arrays.

The engine, whichever it is, hands over candidates and facts as Arrow; the choice depends on identifiers alone, so both
engines and every order of rows give the same plan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from passend.decisions.allocate import Ask, Problem
from passend.decisions.allocate.parts import ANSWER, elsewhere, rows_of
from passend.decisions.candidates import Side, candidates, side
from passend.decisions.deciding import Firm
from passend.decisions.funnel import Library
from passend.decisions.plan import Plan
from passend.decisions.rules import Finding, Known, Rules, findings, insist, load_rules
from passend.decisions.rules.costs import with_costs
from passend.engines import sql
from passend.ports import Engine, Spreads
from passend.settings import Settings
from passend.tables import contract
from passend.tables.frames import plain
from passend.workspace import Workspace

#: Tables that the decision leaves in the engine.
MADE = ("chosen_offers", "plan_totals", "funnel", "limits", "why_not")


@dataclass(frozen=True)
class Deciding:
    """What a plan is made with.

    Attributes:
        rules: the firm's rules.
        number: of the plan.
        changes: rules changed on the command line, as they were written.
    """

    rules: Rules = field(default_factory=lambda: load_rules(None))
    number: int = 1
    changes: tuple[str, ...] = ()


def deciding(workspace: Workspace, changes: Sequence[str] = ()) -> Deciding:
    """The workspace's rules and the number of its next plan.

    Raises:
        InvalidRules: ``rules.yaml`` cannot be used.
    """
    number = 1
    if workspace.has("plans"):
        number += int(pc.max(workspace.read("plans")["plan"]).as_py() or 0)
    rules = load_rules(rules_text(workspace), changes)
    insist(findings(rules))
    return Deciding(rules, number, tuple(changes))


def rules_text(workspace: Workspace) -> str:
    """What stands in ``rules.yaml``; empty where there is none."""
    file = workspace.folder / "rules.yaml"
    return file.read_text("utf-8-sig") if file.exists() else ""


def check_rules(workspace: Workspace) -> list[Finding]:
    """All that is wrong with ``rules.yaml``, seen beside the firm's tables where they are there."""
    values: dict[str, frozenset[str]] = {}
    if workspace.has("products"):
        products = workspace.read("products")
        values = {
            name: _texts(products, column)
            for name, column in (("product", "product_id"), ("category", "category"))
        }
    if workspace.has("customers"):
        customers = workspace.read("customers")
        values |= {name: _texts(customers, name) for name in ("segment", "region", "language")}
    return findings(load_rules(rules_text(workspace)), Known(values))


def _texts(table: pa.Table, column: str) -> frozenset[str]:
    return frozenset(one for one in pc.unique(table[column]).to_pylist() if one)


def choose_offers(engine: Engine, settings: Settings, how: Deciding) -> Plan:
    """Choose from the engine's tables, and leave the results in it; returns the plan with all that led to it."""
    customers, products = _side(engine, "decision_customers"), _side(engine, "decision_products")
    rules = with_costs(how.rules, engine.fetch("costs"))
    if ("customer", "most_offers") not in rules.lines:
        rules = replace(rules, most_offers=settings.whole("decisions.per_customer"))
    insist(findings(rules, _known(customers, products)))
    currency = _currency(customers)
    firm = Firm(
        plain(engine.fetch("latest_consents")),
        plain(engine.fetch("recent_contacts")),
        _owned(engine, rules),
        settings.number("decisions.holdout_share"),
        settings.text("decisions.salt"),
        currency,
        settings.text("intake.timezone"),
        _effects(engine),
        _asking(engine, settings.whole("decisions.spread_offers")),
    )
    as_of = _as_of(customers)
    fits = plain(engine.fetch("offer_candidates"))
    channels = tuple(one.name for one in rules.used)
    made = candidates(customers, products, fits, channels, as_of or datetime(1970, 1, 1))
    plan = Plan(rules, holdout_share=firm.holdout_share, salt=firm.salt)
    active = int(products.flags("is_active", missing=True).sum())
    chosen = plan.decide(made, firm, Library(len(customers), active, len(channels)))
    if as_of is None:
        chosen = chosen.set_column(
            chosen.schema.get_field_index("send_at"), "send_at", pa.nulls(chosen.num_rows, pa.timestamp("us"))
        )
    for name, table in _tables(plan, chosen, how, (as_of, currency)).items():
        engine.load(name, table)
    return plan


def _side(engine: Engine, table: str) -> Side:
    return side(plain(engine.fetch(table)), "customer_id" if table == "decision_customers" else "product_id")


def _known(customers: Side, products: Side) -> Known:
    values = {
        "product": frozenset(products.ids.to_pylist()),
        "category": frozenset(filter(None, products.texts("category"))),
    }
    for name in ("segment", "region", "language"):
        values[name] = frozenset(filter(None, customers.texts(name)))
    return Known(values)


def _currency(customers: Side) -> str | None:
    """The currency of most customers."""
    counts: dict[str, int] = {}
    for row in pc.value_counts(customers.facts["currency"]).to_pylist():
        if row["values"]:
            counts[row["values"]] = row["counts"]
    return min(counts, key=lambda one: (-counts[one], one)) if counts else None


def _as_of(customers: Side) -> datetime | None:
    day: datetime | None = pc.max(customers.facts["as_of"]).as_py()
    return day


def _owned(engine: Engine, rules: Rules) -> pa.Table | None:
    """Who has what, fetched only where a rule asks for it."""
    if not any("owns" in gate.who.texts for gate in rules.gates):
        return None
    engine.create("owned_products", sql("products", "owned_products"))
    return plain(engine.fetch("owned_products"))


def _effects(engine: Engine) -> str:
    """How the effects of contacts are known, in words; nothing where there are no contacts."""
    rows = plain(engine.fetch("learned_effects"))
    return "".join(rows.filter(pc.equal(rows["channel"], "all"))["basis"].to_pylist())


def _asking(engine: Engine, least: int) -> Callable[[Problem], Ask | None] | None:
    """What lets the customers of a large plan choose on the engine's machines, at the same prices."""
    if not isinstance(engine, Spreads):
        return None

    def asking(problem: Problem) -> Ask | None:
        if len(problem.value) < max(least, 1):
            return None
        engine.spread("choosing_parts", rows_of(problem))
        return elsewhere(problem, lambda work: engine.each("choosing_parts", work, ANSWER))

    return asking


def _tables(
    plan: Plan, chosen: pa.Table, how: Deciding, told: tuple[datetime | None, str | None]
) -> Mapping[str, pa.Table]:
    as_of, currency = told
    totals = plan.totals_
    number = how.number
    summary = {
        "plan": number, "as_of": as_of, "offers": totals.offers, "customers": totals.customers,
        "held_out": totals.held_out, "value_cents": totals.value_cents, "value_low_cents": totals.low_cents,
        "value_high_cents": totals.high_cents, "bound_cents": totals.bound_cents, "gap": totals.gap,
        "explore_cost_cents": totals.explore_cost_cents, "contact_cents": totals.contact_cents, "currency": currency,
        "basis": totals.basis, "rules": how.rules.text, "changes": " ".join(how.changes),
    }  # fmt: skip
    schema = contract("plans").schema
    schema = pa.schema([one for one in schema if one.name != "made_at"])
    return {
        "chosen_offers": _numbered(chosen, number),
        "plan_totals": pa.Table.from_pylist([summary], schema=schema),
        "funnel": contract("funnel").check(_numbered(plan.funnel_, number)),
        "limits": contract("limits").check(_numbered(_placed(plan.limits_), number)),
        "why_not": contract("why_not").check(_numbered(plan.why_not_, number)),
    }


def _numbered(table: pa.Table, number: int) -> pa.Table:
    return table.append_column("plan", pa.array([number] * table.num_rows, pa.int64()))


def _placed(table: pa.Table) -> pa.Table:
    return table.append_column("place", pa.array(range(1, table.num_rows + 1), pa.int64()))
