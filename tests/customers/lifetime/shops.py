"""Customers with a known rhythm: pace, chance to stop and amounts are drawn, orders follow."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

START = datetime(2024, 1, 1)


def shop(
    seed=1,
    customers=2500,
    weeks=78.0,
    *,
    gap=3.0,
    stop=(0.8, 2.4),
    pace=(0.6, 10.0),
    amounts=(6.0, 4.0, 15.0),
):
    """Orders by the story of BG/NBD and Gamma-Gamma; ``stop=None``: nobody ever stops.

    ``gap`` makes customers begin within so many weeks.
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(pace[0], 1 / pace[1], customers)
    quit_ = np.zeros(customers) if stop is None else random.beta(*stop, customers)
    p, q, v = amounts
    scale = random.gamma(q, 1 / v, customers)
    ids, times, cents = [], [], []
    for customer in range(customers):
        at = random.uniform(0, gap)
        while at < weeks:
            ids.append(f"c{customer:05d}")
            times.append(START + timedelta(weeks=at))
            cents.append(round(100 * random.gamma(p, 1 / scale[customer])) + 1)
            if len(ids) > 1 and random.uniform() < quit_[customer] and at > gap:
                break
            at += random.exponential(1 / max(rate[customer], 1e-9))
    return pa.table(
        {"customer_id": ids, "ordered_at": pa.array(times, pa.timestamp("us")), "revenue_cents": cents}
    )
