"""A year of a small shop in which some customers are of the four costly kinds, and it is known who."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from passend.engines import DuckDBEngine
from passend.flow.steps import run_steps, steps_of
from passend.ports import Engine, Silence
from passend.settings import Settings
from passend.tables import contract
from passend.workspace import OPTIONAL
from tests.worlds import table

START = datetime(2025, 1, 1)
KINDS = ("revenue reverser", "service demander", "promotion maximiser", "spending limiter")


@dataclass(frozen=True)
class Shop:
    """The tables of the shop, and the truth about its customers."""

    tables: dict[str, pa.Table]
    truth: dict[str, str | None]


def shop(
    seed: int,
    customers: int = 600,
    share: float = 0.05,
    days: int = 365,
    bargains: tuple[float, bool] = (0.12, False),
) -> Shop:
    """A shop of which each costly kind makes up a share.

    ``bargains``: the chance that an ordinary customer buys at a reduction, and whether that is so line by line, as in a
    promotion of products, or for whole orders, as with a coupon.
    """
    random = np.random.default_rng(seed)
    truth: dict[str, str | None] = {}
    orders, returns, contacts = [], [], []
    for number in range(customers):
        name = f"c{number:04d}"
        kind = KINDS[number % 4] if random.random() < share * 4 else None
        truth[name] = kind
        day = float(random.exponential(30))
        pace = random.gamma(4, 6)
        served = 0.05 if kind != "service demander" else 1.4
        while day < days:
            order = f"{name}-{int(day * 24)}"
            at = START + timedelta(days=day)
            categories = 1 + int(random.poisson(1.2))
            reduced = 0.9 if kind == "promotion maximiser" else bargains[0]
            bargain = random.random() < reduced
            reverses = kind == "revenue reverser"
            # A limiter has a sum for each month, and spreads it over whatever is bought in it.
            month = at.year * 12 + at.month
            visits = 1 + (number + month) % 2
            budget = 3000 // visits if kind == "spending limiter" else None
            for line in range(categories):
                product = f"p{random.integers(0, 60):02d}"
                price = int(random.lognormal(8, 0.4)) if budget is None else max(budget // categories, 1)
                if bargains[1]:
                    bargain = random.random() < reduced
                discount = int(price * 0.3) if bargain else 0
                back = random.random() < (0.7 if reverses else 0.06)
                orders.append(
                    {
                        "order_id": order, "line": line + 1, "customer_id": name, "product_id": product,
                        "ordered_at": at, "quantity": 1.0, "returned_quantity": float(back),
                        "unit_price_cents": price, "discount_cents": discount, "revenue_cents": price - discount,
                        "currency": "EUR",
                    }
                )  # fmt: skip
                if back:
                    returns.append(
                        {
                            "return_id": f"R{order}-{line}", "line": 1, "customer_id": name, "product_id": product,
                            "returned_at": at + timedelta(days=12), "quantity": 1.0,
                            "amount_cents": price - discount, "currency": "EUR", "order_id": order,
                            "order_line": line + 1,
                        }
                    )  # fmt: skip
            contacts += [
                {
                    "contact_id": f"S{order}-{call}", "customer_id": name, "direction": "in", "channel": "phone",
                    "happened_at": at + timedelta(days=3, hours=call), "purpose": "service", "outcome": "resolved",
                }
                for call in range(random.poisson(served))
            ]  # fmt: skip
            day += max(0.1, _until_next(at, visits) if budget else random.exponential(pace))
    products = [
        {"product_id": f"p{number:02d}", "category": f"k{number // 5}", "kind": "good", "is_active": True}
        for number in range(60)
    ]
    tables = {
        "orders": table("orders", orders),
        "returns": table("returns", returns),
        "products": table("products", products),
        "contacts": table("contacts", contacts),
    }
    return Shop(tables, truth)


def _until_next(at: datetime, visits: int) -> float:
    """Days to the next visit: the middle of the month where there are two, else the first week of the next."""
    middle = at.replace(day=17, hour=12)
    later = (at.replace(day=1, hour=9) + timedelta(days=33)).replace(day=4)
    return ((middle if visits == 2 and at < middle else later) - at) / timedelta(days=1)


def engine_of(tables: dict[str, pa.Table], settings: Settings | None = None) -> Engine:
    """An engine in which the customers room has run on these tables."""
    engine = DuckDBEngine()
    load(engine, tables)
    run_steps(engine, steps_of("customers"), settings or Settings(), Silence())
    return engine


def load(engine: Engine, tables: dict[str, pa.Table]) -> None:
    """Load tables, and empty ones for what the room reads and the firm does not have."""
    for name in (*OPTIONAL, "orders", "returns", "products", "recommendations"):
        engine.load(name, tables[name] if name in tables else contract(name).empty())
