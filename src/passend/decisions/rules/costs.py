"""The costs that a firm states in its table ``costs`` replace the assumed ones; ``rules.yaml`` wins over both."""

from dataclasses import replace
from math import inf

import pyarrow as pa

from passend.decisions.rules.schema import Rules


def with_costs(rules: Rules, costs: pa.Table) -> Rules:
    """The rules with the stated costs of contacts, returns and orders."""
    stated = {(row["kind"], row["name"]): float(row["amount_cents"]) for row in costs.to_pylist()}
    channels = dict(rules.channels)
    for name, one in rules.channels.items():
        cost = stated.get(("contact", name), stated.get(("contact", "any")))
        if cost is not None and ("channels", name, "cost_cents") not in rules.lines:
            channels[name] = replace(one, cost_cents=cost)
    values = rules.values
    for kind, field in (("return", "return_cost_cents"), ("order", "order_cost_cents")):
        found = [amount for (one, _), amount in sorted(stated.items()) if one == kind]
        if found and ("values", field) not in rules.lines:
            values = replace(values, **{field: stated.get((kind, "any"), found[0])})
            if kind == "return":
                values = replace(values, return_most_share=inf)
    return replace(rules, channels=channels, values=values)
