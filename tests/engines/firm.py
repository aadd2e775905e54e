"""What the small shop knows beside its orders: customers, contracts, events, contacts, consents, costs, decisions."""

from datetime import datetime, timedelta

START = datetime(2023, 1, 2, 8)
CHANNELS = ("email", "phone", "desk", "onsite")
OUTCOMES = (None, "open", "click", "accept", "decline", "unsubscribe", "none", "held-out")
Rows = list[dict[str, object]]


def firm_tables(filled: bool = True) -> dict[str, Rows]:
    """The optional tables, with what such tables hold: gaps, ties, edges and strangers."""
    tables = {
        "customers": [_customer(number) for number in range(0, 150, 2)],
        "contracts": [_contract(number) for number in range(60)],
        "events": [_event(number) for number in range(400)],
        "contacts": [_contact(number) for number in range(600)],
        "consents": [_consent(number) for number in range(200)],
        "costs": [
            {"kind": "service", "name": "phone", "amount_cents": 90},
            {"kind": "service", "name": "any", "amount_cents": 75},
            {"kind": "contact", "name": "email", "amount_cents": 2},
            {"kind": "return", "name": "any", "amount_cents": 700},
        ],
        "treatment_edits": [_decision(number) for number in range(12)],
    }
    return tables if filled else {name: [] for name in tables}


def _customer(number: int) -> dict[str, object]:
    return {
        "customer_id": f"K{number}",
        "since": None if number % 3 else START - timedelta(days=number * 7),
        "name": f"Größe {number}",
        "email": f"k{number}@example.org",
        "region": ("DE", "AT", None)[number % 3],
        "birth_year": 1950 + number % 50,
        "segment": ("private", "business")[number % 2],
    }


def _contract(number: int) -> dict[str, object]:
    began = START + timedelta(days=number * 11)
    return {
        "contract_id": f"V{number}",
        "customer_id": f"K{number % 40}",
        "product_id": "P46",
        "started_at": began,
        "ends_at": began + timedelta(days=365) if number % 3 == 0 else None,
        "cancelled_at": began + timedelta(days=100) if number % 4 == 0 else None,
        "period_days": (30, 365, None)[number % 3],
        "fee_cents": None if number % 7 == 0 else 999,
    }


def _event(number: int) -> dict[str, object]:
    return {
        "event_id": f"E{number}",
        "customer_id": None if number % 9 == 0 else f"K{number * 7 % 90}",
        "happened_at": START + timedelta(hours=number * 29, seconds=number),
        "kind": ("search", "view", "cart", "abandon")[number % 4],
        "product_id": None if number % 5 == 0 else f"P{number % 30}",
    }


def _contact(number: int) -> dict[str, object]:
    is_service = number % 5 == 0
    # Some customers call again and again.
    customer = f"U{number % 6}" if is_service and number % 2 else f"K{number * 3 % 120}"
    return {
        "contact_id": f"T{number}",
        "customer_id": customer,
        "happened_at": START + timedelta(hours=number * 19, minutes=number % 60),
        "direction": "in" if is_service else "out",
        "channel": CHANNELS[number % 4],
        "purpose": (("service", "complaint") if is_service else ("offer", "news", "survey"))[number % 2],
        "outcome": OUTCOMES[number % 8],
        "discount_share": None if number % 3 else 0.2,
        "satisfaction": float(number % 11) if number % 6 == 0 else None,
        "minutes": 4.5 + number % 20 if is_service and number % 3 else None,
        "cost_cents": 350 if number % 13 == 0 else None,
    }


def _consent(number: int) -> dict[str, object]:
    return {
        "customer_id": f"K{number % 60}",
        "channel": CHANNELS[number % 3],
        "said_at": START + timedelta(days=number),
        "is_given": number % 4 != 0,
        "basis": "opt-in",
    }


def _decision(number: int) -> dict[str, object]:
    return {
        "customer_id": f"K{number % 8}",
        "verdict": ("leave alone", "offer", "up-sell instead", "automatic")[number % 4],
        "reason": "hat angerufen »ß«",
        "author": "Ännchen",
        "edited_at": START + timedelta(days=number // 2),
    }
