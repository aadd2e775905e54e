"""The firm's rules with what it assumes where they, and its costs, say nothing: the same in every room."""

from dataclasses import replace

from passend.decisions.rules import Rules
from passend.decisions.rules.costs import with_costs
from passend.ports import Engine
from passend.settings import Settings


def rules_in_force(engine: Engine, settings: Settings, rules: Rules) -> Rules:
    """The firm's rules, with stated costs, and one set of assumptions for all rooms where nothing is stated."""
    values = rules.values
    for name in ("margin_share", "return_cost_cents"):
        if ("values", name) not in rules.lines:
            values = replace(values, **{name: settings.number(f"customers.{name}")})
    rules = with_costs(replace(rules, values=values), engine.fetch("costs"))
    if ("customer", "most_offers") not in rules.lines:
        rules = replace(rules, most_offers=settings.whole("decisions.per_customer"))
    return rules
