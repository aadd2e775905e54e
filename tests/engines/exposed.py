"""What the small shop knows of its campaigns: who became eligible in which arm, goals, and plans."""

from datetime import timedelta

from tests.engines.firm import START, Rows


def campaign_tables(filled: bool = True) -> dict[str, Rows]:
    """Exposures with customers in two arms, phases and gaps; a goal for one of two campaigns; two plans."""
    if not filled:
        return {"exposures": [], "goals": [], "plans": [], "effects": []}
    return {
        "exposures": [_exposure(number) for number in range(240)],
        "goals": [
            {
                "campaign": "spring",
                "target_cents": 25.0,
                "window_days": 14,
                "planned_people": 300.0,
                "planned_days": 40,
                "look_rule": "weekly",
                "cap_cents": 900.0,
                "frozen_at": START,
            }
        ],
        "plans": [_plan(number) for number in (1, 2)],
        "effects": [_effect(campaign, phase) for campaign in ("spring", "summer") for phase in (1, 2)],
    }


def _exposure(number: int) -> dict[str, object]:
    held = number % 5 == 0
    at = START + timedelta(days=30 + number % 150, hours=number % 24)
    return {
        "campaign": ("spring", "summer")[number // 110 % 2],
        "phase": 1 + number // 220,
        "customer_id": f"{'U' if number % 3 else 'K'}{number % 110 // 2 if number % 110 < 100 else 3 + number % 3}",
        "arm": "held-out" if held else "treated",
        "held_by": ("programme", "campaign")[number % 2] if held else None,
        "chance": None if number % 11 == 0 else 0.8,
        "eligible_at": at,
        "exposed_at": None if number % 7 == 0 else at + timedelta(days=1),
        "is_contacted": not held and number % 7 > 0,
        "channel": ("email", "desk", None)[number % 3],
        "product_id": f"P{40 + number % 6}" if number % 4 else None,
        "variant": None,
        "variant_chance": None,
        "cluster": None,
    }


def _plan(number: int) -> dict[str, object]:
    return {
        "plan": number,
        "made_at": START + timedelta(days=90 * number),
        "as_of": START + timedelta(days=90 * number),
        "offers": 10,
        "customers": 10,
        "held_out": 2,
        "gap": 0.0,
        "basis": "planted",
        "rules": "",
        "changes": "",
    }


def _effect(campaign: str, phase: int) -> dict[str, object]:
    """What was told of a campaign as a whole: from it, groups take how far their interval reaches."""
    return {
        "campaign": campaign,
        "phase": phase,
        "slice": "all",
        "slice_value": "all",
        "metric": "profit",
        "people": 100,
        "held_out": 20,
        "verdict": "works",
        "is_provisional": False,
        "reach": 1.5 + phase,
        "reason": "",
    }
