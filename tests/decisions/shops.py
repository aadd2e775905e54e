"""Offers of a small firm, drawn by chance, and the rules that they must keep."""

import numpy as np
import pyarrow as pa

RULES = {
    "customer": {"most_offers": 2, "most_contacts": 3, "within_days": 30, "gap_days": 2},
    "channels": {
        "email": {"legal_basis": "existing customer", "notice_at_collection": True, "notice_in_message": True,
                  "gap_days": 7, "capacity": 30},
        "onsite": {"placements": {"product_page": 1, "cart": 1}},
        "phone": {"use": True, "cost_cents": 50},
        "desk": {"cost_cents": 20},
    },
    "budget": {"money": 12, "offers": 90},
    "stock": {"p03": 4, "p05": 0},
    "staff": [{"team": "shop", "channels": ["desk"], "minutes_per_offer": 7, "minutes": {"monday": 30, "friday": 60}}],
    "fairness": [{"category": "A", "most_share": 0.4}, {"category": "B", "most": 25}],
    "never": [{"who": {"segment": "staff"}}],
    "only": [{"what": {"category": "C"}, "who": {"age_from": 18}}],
    "apart": [["p01", "p02"]],
    "explore": {"share": 0.2, "hope": 1.0, "most_cost_share": 0.1},
}  # fmt: skip


def offers(seed: int, customers: int = 60) -> pa.Table:
    """Pairs of customer and product with what is known of both."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        facts = {
            "returned_share": float(random.random() * 0.3),
            "segment": str(random.choice(["private", "business", "staff"], p=[0.6, 0.3, 0.1])),
            "birth_year": int(random.integers(1950, 2015)),
            "revenue_cents": int(random.integers(1000, 100_000)),
        }
        rows += [
            {
                "customer_id": f"c{customer:03d}",
                "product_id": f"p{product:02d}",
                "type": str(random.choice(["complement", "next", "upgrade", "popular"])),
                "score": float(random.random()),
                "because_of": f"p{(product + 3) % 12:02d}",
                "category": "ABC"[product % 3],
                "price_cents": 2000 + 700 * int(product),
                "unit_cost_cents": 900 if product % 2 else None,
                **facts,
            }
            for product in random.choice(12, size=int(random.integers(1, 8)), replace=False)
        ]
    return pa.Table.from_pylist(rows)


def words(seed: int, customers: int = 60) -> tuple[pa.Table, pa.Table]:
    """Consents and contacts of late."""
    random = np.random.default_rng(seed + 1)
    consents = [
        {"customer_id": f"c{customer:03d}", "channel": channel, "is_given": bool(random.random() < 0.6),
         "basis": str(random.choice(["double opt-in", "opt-in"]))}
        for customer in range(customers) for channel in ("email", "phone", "desk", "onsite") if random.random() < 0.3
    ]  # fmt: skip
    contacts = [
        {"customer_id": f"c{int(random.integers(customers)):03d}", "channel": str(random.choice(["email", "phone"])),
         "days_ago": float(random.integers(0, 40))}
        for _ in range(customers)
    ]  # fmt: skip
    return pa.Table.from_pylist(consents), pa.Table.from_pylist(contacts)
