"""Everything about one product or one customer, from the stored tables."""

from collections.abc import Iterable
from typing import Any

import pyarrow.compute as pc

from passend.errors import InvalidInput, NoSuchCustomer
from passend.flow.identity import customer_number
from passend.workspace import Workspace


def find_product(workspace: Workspace, wanted: str) -> dict[str, Any]:
    """A product with its relations, by its number or by words of its name.

    Raises:
        InvalidInput: no product fits, or several do.
    """
    row = _the_product(workspace, wanted)
    relations = _rows(workspace, "relations", row["product_id"], "product_id")
    names = names_of(workspace, (relation["other_id"] for relation in relations))
    by_type: dict[str, list[dict[str, Any]]] = {}
    for relation in sorted(relations, key=lambda item: (item["type"], item["rank"])):
        by_type.setdefault(relation["type"], []).append(
            {**relation, "name": names.get(relation["other_id"], "")}
        )
    return {
        "product": row,
        "relations": by_type,
        "likely": _likely(workspace, row["product_id"]),
        "does_not_fit": _misfits(workspace, row["product_id"]),
    }


def _likely(workspace: Workspace, product_id: str) -> list[dict[str, Any]]:
    """What likely goes with the product and is not proved."""
    if not workspace.has("likely_relations"):
        return []
    rows = sorted(_rows(workspace, "likely_relations", product_id, "product_id"), key=lambda row: row["rank"])
    names = names_of(workspace, (row["other_id"] for row in rows))
    return [{**row, "name": names.get(row["other_id"], "")} for row in rows]


def _misfits(workspace: Workspace, product_id: str) -> list[dict[str, Any]]:
    """What was measured with the product, but does not fit by the firm's rules."""
    if not workspace.has("misfits"):
        return []
    rows = _rows(workspace, "misfits", product_id, "product_id")
    return sorted(rows, key=lambda row: (row["type"], row["other_id"], row["rule"]))


def find_customer(workspace: Workspace, customer_id: str) -> dict[str, Any]:
    """A customer's facts, verdict, purchases and offers.

    Raises:
        NoSuchCustomer: there is no such customer.
    """
    customer_id = customer_number(workspace, customer_id)
    facts = _rows(workspace, "customer_facts", customer_id)
    if not facts:
        raise NoSuchCustomer(
            f"There is no customer '{customer_id}'.",
            remedy="Customer numbers stand in offers.csv in the workspace.",
        )
    offers, orders = (_rows(workspace, table, customer_id) for table in ("offers", "orders"))
    recommendations = sorted(_rows(workspace, "recommendations", customer_id), key=lambda item: item["rank"])
    names = names_of(workspace, (row["product_id"] for row in (*orders, *recommendations)))
    verdict = _judged(_rows(workspace, "verdicts", customer_id)[0], bool(offers))
    return {
        "facts": facts[0],
        "who": _optional(workspace, "customers", customer_id)[:1],
        "verdict": verdict,
        "why_not": _why_not(
            verdict, bool(recommendations or offers), bool(offers) and not offers[0]["chosen"]
        ),
        "kinds": _optional(workspace, "customer_kinds", customer_id)[:1],
        "scores": _optional(workspace, "scores", customer_id)[:1],
        "profit": _profit(_optional(workspace, "customer_profit", customer_id)),
        "channels": sorted(
            _optional(workspace, "customer_channels", customer_id),
            key=lambda row: (not row["is_allowed"], -(row["answer_share"] or 0.0), row["channel"]),
        ),
        "contracts": _optional(workspace, "contracts", customer_id),
        "decisions": sorted(
            _optional(workspace, "treatment_edits", customer_id),
            key=lambda row: row["edited_at"],
            reverse=True,
        ),
        "owns": _owned(orders, names),
        "recommendations": [
            {**row, "product_name": names.get(row["product_id"], "")} for row in recommendations
        ],
        "offers": sorted((row for row in offers if row["chosen"]), key=lambda row: row["rank"]),
        "needs": sorted(
            _optional(workspace, "needs", customer_id),
            key=lambda row: (row["state"] == "sated", -row["chance_30_days"]),
        ),
        "held_out": bool(offers) and not offers[0]["chosen"],
    }


def _optional(workspace: Workspace, table: str, customer_id: str) -> list[dict[str, Any]]:
    return _rows(workspace, table, customer_id) if workspace.has(table) else []


def names_of(workspace: Workspace, products: Iterable[str]) -> dict[str, str]:
    """The names of some products, by their numbers."""
    rows = workspace.find("products", "product_id", *sorted(set(products)))
    return dict(zip(rows["product_id"].to_pylist(), rows["name"].to_pylist(), strict=True))


def _profit(periods: list[dict[str, Any]]) -> dict[str, Any]:
    """A customer's profit and loss in sum, and by period, the latest last."""
    ordered = sorted(periods, key=lambda row: str(row["period_start"] or ""))
    sums = {
        name: sum(row[name] for row in ordered)
        for name in (
            "revenue_cents", "discount_cents", "returned_cents", "goods_cost_cents", "return_cost_cents",
            "service_cost_cents", "contact_cost_cents", "profit_cents",
        )
    }  # fmt: skip
    return {"total": sums, "periods": ordered}


def _judged(verdict: dict[str, Any], has_offers: bool) -> dict[str, Any]:
    """A verdict beside the plan: it is given before, by purchases alone, and the plan knows what was looked at, too."""
    if verdict["verdict"] != "nothing fits" or not has_offers:
        return verdict
    says = "no purchase points to a product yet; the offers rest on what was looked at, or on what many buy"
    return {**verdict, "verdict": "offer", "reason": says}


def _why_not(verdict: dict[str, Any], has_something: bool, is_held_out: bool) -> list[str]:
    """Why this customer gets no (or fewer) offers; empty where nothing speaks against them."""
    reasons = []
    if verdict["verdict"] not in {"offer", "nothing fits"}:
        reasons.append(f"{verdict['verdict']}: {verdict['reason']}")
    elif verdict["treatment"] != "none":
        reasons.append(f"{verdict['treatment']}: {verdict['reason']}")
    if not has_something:
        reasons.append("no product is known to go with what this customer bought")
    if is_held_out:
        reasons.append("in the hold-out, to measure what offers bring")
    return reasons


def _the_product(workspace: Workspace, wanted: str) -> dict[str, Any]:
    exact = _rows(workspace, "products", wanted, "product_id")
    if exact:
        return exact[0]
    found = workspace.read("products")
    for word in wanted.split():
        found = found.filter(pc.match_substring(found["name"], word, ignore_case=True))
    if found.num_rows == 1:
        return dict(found.to_pylist()[0])
    if found.num_rows == 0:
        raise InvalidInput(
            f"There is no product '{wanted}'.", remedy="Give its number, or words of its name."
        )
    best = found.sort_by([("orders", "descending")]).slice(0, 8).to_pylist()
    listing = "; ".join(f"{row['product_id']} {row['name']}" for row in best)
    raise InvalidInput(
        f"{found.num_rows} products fit '{wanted}'.", remedy=f"Give one number, e.g. of these: {listing}"
    )


def _owned(orders: list[dict[str, Any]], names: dict[str, str]) -> list[dict[str, Any]]:
    owned: dict[str, dict[str, Any]] = {}
    for line in orders:
        known = owned.setdefault(
            line["product_id"],
            {
                "product_id": line["product_id"],
                "name": names.get(line["product_id"], ""),
                "ids": set(),
                "last_at": None,
            },
        )
        known["ids"].add(line["order_id"])
        times = [time for time in (known["last_at"], line["ordered_at"]) if time is not None]
        known["last_at"] = max(times) if times else None
    rows = [
        {
            "product_id": row["product_id"],
            "name": row["name"],
            "orders": len(row["ids"]),
            "last_at": row["last_at"],
        }
        for row in owned.values()
    ]
    return sorted(rows, key=lambda row: (str(row["last_at"]), row["product_id"]), reverse=True)


def _rows(workspace: Workspace, table: str, value: str, column: str = "customer_id") -> list[dict[str, Any]]:
    return list(workspace.find(table, column, value).to_pylist())
