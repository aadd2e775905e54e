"""Small shops with a known truth, for the tests of the next new product."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa


def planted_shop(seed: int = 0, customers: int = 500, orders: int = 4_000) -> pa.Table:
    """Customers of five tastes; each taste has its own twelve products and buys little else."""
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, customers, orders)
    day = rng.integers(0, 400, orders)
    rows = []
    for number in range(orders):
        taste = owner[number] % 5
        lines = set((taste * 12 + rng.integers(0, 12, 2)).tolist())
        if rng.random() < 0.1:
            lines.add(int(rng.integers(0, 60)))
        rows += [(f"o{number}", f"c{owner[number]}", f"p{line}", int(day[number])) for line in sorted(lines)]
    return _table(rows)


def null_shop(seed: int = 0, customers: int = 400, orders: int = 3_000) -> pa.Table:
    """Nobody has a taste: every line is drawn from the same popularity."""
    rng = np.random.default_rng(seed)
    chance = 1.0 / np.arange(1, 61)
    rows = []
    for number in range(orders):
        owner, day = int(rng.integers(0, customers)), int(rng.integers(0, 400))
        lines = set(rng.choice(60, 2, p=chance / chance.sum()).tolist())
        rows += [(f"o{number}", f"c{owner}", f"p{line}", day) for line in sorted(lines)]
    return _table(rows)


def planted_carts(seed: int = 0, orders: int = 3_000) -> pa.Table:
    """Carts in the order of adding: an anchor and something else, one of them first, and last its companion."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(orders):
        anchor = int(rng.integers(0, 20))
        lines = [f"anchor{anchor}", f"any{int(rng.integers(0, 40))}"]
        if rng.random() < 0.4:
            lines.reverse()
        lines.append(f"companion{anchor}" if rng.random() < 0.6 else f"late{int(rng.integers(0, 40))}")
        rows += [(f"o{number}", line, place) for place, line in enumerate(lines, start=1)]
    order, product, place = zip(*rows, strict=True)
    return pa.table({"order_id": order, "product_id": product, "line_number": place})


def _table(rows: list[tuple[str, str, str, int]]) -> pa.Table:
    order, customer, product, day = zip(*rows, strict=True)
    start = datetime(2024, 1, 1)
    return pa.table(
        {
            "order_id": order,
            "customer_id": customer,
            "product_id": product,
            "ordered_at": pa.array([start + timedelta(days=one) for one in day], pa.timestamp("us")),
            "sequence": day,
            "quantity": [1] * len(rows),
            "unit_price_cents": [100 + int(one[1:]) for one in product],
        }
    )
