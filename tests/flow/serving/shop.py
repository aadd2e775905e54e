"""A small shop whose answers can be told by looking: five products, four customers."""

from datetime import datetime, timedelta
from pathlib import Path

from passend.flow.serving.stocking import lay_out
from passend.kernels.holdout import is_held_out
from passend.workspace import Workspace
from tests.worlds import table

NOW = datetime(2026, 11, 1)
SALT = "secret-of-the-shop"
PRODUCTS = ("bike", "helmet", "lock", "lamp", "racer", "bell")


def _in_or_out(wanted: bool) -> str:
    return next(name for name in map(str, range(1000)) if is_held_out(name, SALT, 0.1) is wanted)


HELD_OUT, OFFERED = _in_or_out(wanted=True), _in_or_out(wanted=False)


def _free(start: int) -> str:
    return next(name for name in map(str, range(start, start + 500)) if not is_held_out(name, SALT, 0.1))


ALONE, REFUSING = _free(2000), _free(3000)
CUSTOMERS = (HELD_OUT, OFFERED, ALONE, REFUSING)


def relation(product: str, other: str, kind: str, rank: int, **more: object) -> dict[str, object]:
    """One relation with its sentence."""
    reason = f"{other} goes with {product}"
    return {"product_id": product, "other_id": other, "type": kind, "rank": rank, "reason": reason, **more}


RELATIONS = (
    relation("bike", "helmet", "complement", 1),
    relation("bike", "lock", "complement", 2),
    relation("bike", "lamp", "complement", 3, is_pinned=True),
    relation("bike", "racer", "upgrade", 1),
    relation("bike", "helmet", "next", 1),
    relation("helmet", "lamp", "complement", 1),
    relation("lock", "lamp", "complement", 1),
)


def open_shop(folder: Path) -> Workspace:
    """The shop's workspace, laid out."""
    (folder / "settings.toml").write_text(
        f'[decisions]\nsalt = "{SALT}"\n[serve]\nplacement_share = 0.0\n', "utf-8"
    )
    workspace = Workspace(folder)
    rows = {
        "products": [
            {
                "product_id": one, "name": one.title(), "category": "bikes" if one in ("bike", "racer") else "parts",
                "price_cents": 1000, "currency": "EUR", "is_active": True, "stock": 0.0 if one == "bell" else 5.0,
                "orders": 10 - place,
            }
            for place, one in enumerate(PRODUCTS)
        ],
        "lines": [],
        "relations": RELATIONS,
        "orders": [
            {"order_id": f"o{place}", "customer_id": who, "product_id": "bike", "ordered_at": NOW - timedelta(days=3)}
            for place, who in enumerate(CUSTOMERS)
        ],
        "recommendations": [
            {"customer_id": who, "rank": rank, "product_id": one, "type": "next", "because_of": "bike"}
            for who in CUSTOMERS
            for rank, one in enumerate(("lamp", "helmet"), start=1)
        ],
        "customers": [{"customer_id": who, "email": f"{who}@example.org"} for who in CUSTOMERS],
        "verdicts": [
            {"customer_id": who, "verdict": "leave alone" if who == ALONE else "offer"} for who in CUSTOMERS
        ],
        "latest_consents": [{"customer_id": REFUSING, "channel": "onsite", "is_given": False}],
    }  # fmt: skip
    with workspace.change("a shop") as change, workspace.engine() as engine:
        for name, made in rows.items():
            engine.load(name, table(name, made))
            change.write(engine, name)
    lay_out(workspace)
    return workspace
