"""From recommendations and verdicts to chosen offers: the one step of the story that is computed on arrays.

The engine, whichever it is, hands over candidates and facts as Arrow; the choice depends on identifiers alone, so both
engines and every order of rows give the same plan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.decisions.allocate import Ask, Problem
from passend.decisions.allocate.parts import ANSWER, elsewhere, rows_of
from passend.decisions.candidates import Side, side
from passend.decisions.deciding import Firm
from passend.decisions.funnel import Library
from passend.decisions.goods import Assortment
from passend.decisions.knowledge import Knowledge, Past, learn
from passend.decisions.knowledge.history import Ints
from passend.decisions.needed import Need, needs_of, needs_table
from passend.decisions.options import Options, Related, Shelf, candidates_of, options
from passend.decisions.permissions import permissions_of
from passend.decisions.plan import Plan
from passend.decisions.related import larger_packs, related_of
from passend.decisions.rules import Known, Rules, findings, insist, load_rules
from passend.decisions.rules.schema import Values
from passend.flow.assumed_rules import rules_in_force
from passend.flow.pasts import fetched, past_of
from passend.flow.rules_file import rules_text
from passend.ports import Engine, Spreads
from passend.settings import Settings
from passend.tables import contract
from passend.tables.frames import plain
from passend.vocabulary import Treatment, Verdict
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


#: What was learned from the past already, by the assumptions it was learned under.
Lessons = dict[Values, tuple[Past, Knowledge]]


def choose_offers(engine: Engine, settings: Settings, how: Deciding, lessons: Lessons | None = None) -> Plan:
    """Choose from the engine's tables, and leave the results in it; returns the plan with all that led to it.

    Args:
        engine: with the tables.
        settings: of the firm.
        how: the rules.
        lessons: of earlier choices from the same tables; what is learned is kept there.
    """
    customers, products = _side(engine, "decision_customers"), _side(engine, "decision_products")
    rules = rules_in_force(engine, settings, how.rules)
    insist(findings(rules, _known(customers, products)))
    currency, as_of = _currency(customers), _as_of(engine)
    lessons = {} if lessons is None else lessons
    if rules.values not in lessons:
        learned_from = past_of(engine, (customers, products), rules.values, as_of or datetime(1970, 1, 1))
        lessons[rules.values] = learned_from, learn(learned_from)
    past, knowledge = lessons[rules.values]
    needs: list[Need] = []
    rhythm = knowledge.taught.needs.rhythm
    found = options(
        past, knowledge, rules, _shelf(engine, customers, products),
        seen=lambda some, wants: needs.append(needs_of(past, some, wants, rhythm)),
    )  # fmt: skip
    channels = tuple(one.name for one in rules.used)
    made = candidates_of(
        found, (customers, products), channels, _related(engine, found, (customers, products))
    )
    words = plain(engine.fetch("latest_consents"))
    firm = Firm(
        words,
        plain(engine.fetch("recent_contacts")),
        plain(engine.fetch("owned_products")) if any(one.asks_for_owned for one in rules.gates) else None,
        settings.number("decisions.holdout_share"),
        settings.text("decisions.salt"),
        currency,
        settings.text("intake.timezone"),
        knowledge.taught.basis,
        permissions_of(made, rules, words, knowledge.patience),
        knowledge.taught.trust,
        _asking(engine, settings.whole("decisions.spread_offers")),
    )
    plan = Plan(rules, holdout_share=firm.holdout_share, salt=firm.salt)
    active = int(products.flags("is_active", missing=True).sum())
    chosen = plan.decide(made, found.informed, firm, Library(len(customers), active, len(channels)))
    if as_of is None:
        chosen = chosen.set_column(
            chosen.schema.get_field_index("send_at"), "send_at", pa.nulls(chosen.num_rows, pa.timestamp("us"))
        )
    for name, table in _tables(plan, chosen, how, (as_of, currency)).items():
        engine.load(name, table)
    engine.load("learned_effects", _effects(knowledge))
    assortment = Assortment.of(products, rules.values.margin_share)
    table = needs_table(past, needs, customers.ids, assortment.needs) if needs else contract("needs").empty()
    engine.load("needs", contract("needs").check(table))
    return plan


def _shelf(engine: Engine, customers: Side, products: Side) -> Shelf:
    """What may be offered to whom, before anything is weighed."""

    def pairs(name: str) -> tuple[Ints, Ints]:
        table = plain(engine.fetch(name))
        who, what = customers.codes_of(table["customer_id"]), products.codes_of(table["product_id"])
        kept = (who >= 0) & (what >= 0)
        return who[kept].astype(np.int64), what[kept].astype(np.int64)

    verdict = customers.texts("verdict")
    return Shelf(
        products.flags("is_active", missing=True),
        verdict != Verdict.LEAVE_ALONE.value,
        pairs("barred_offers"),
        verdict == Verdict.UP_SELL.value,
        pairs("lifted_offers"),
        pairs("recommendations"),
        customers.texts("treatment") != Treatment.NO_DISCOUNTS.value,
    )


def _related(engine: Engine, found: Options, sides: tuple[Side, Side]) -> Related:
    """How the options relate to what their customers have."""
    customers, products = sides
    asked = pa.table(
        {
            "customer_id": customers.ids.take(pa.array(found.customer)),
            "product_id": products.ids.take(pa.array(found.product)),
        }
    )
    engine.load("offer_options", asked)
    table = fetched(engine, "related_options")
    engine.drop("offer_options")
    return larger_packs(found, related_of(found, sides, table))


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


def _as_of(engine: Engine) -> datetime | None:
    """Today, as all rooms have it."""
    day: datetime | None = engine.fetch("decision_date")["as_of"][0].as_py()
    return day


def _effects(knowledge: Knowledge) -> pa.Table:
    """What offers of the past added, by channel, and how that is known."""
    rows: list[dict[str, object]] = [
        {"channel": "all", "contacts": int(knowledge.taught.contacts.sum()), "basis": knowledge.taught.basis}
    ]
    rows += [
        {"channel": one.channel, "contacts": one.contacts, "effect": one.effect, "effect_low": one.low,
         "effect_high": one.high, "basis": "learned from offers"}
        for one in knowledge.taught.effects
    ]  # fmt: skip
    return contract("learned_effects").check(
        pa.Table.from_pylist(rows, schema=contract("learned_effects").schema)
    )


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
