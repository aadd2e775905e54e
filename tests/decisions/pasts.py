"""Pasts of small firms with a planted truth, without tables: products that each meet a need of their own."""

from datetime import datetime

import numpy as np

from passend.decisions.knowledge import Goods, Looks, Past, Sales, Service, Touches
from passend.decisions.knowledge.past import in_order

NOBODY = np.zeros(0)


def past_of(customers, week, prices, *, sales=(), looks=(), touches=(), service=(), shelf=None, department=None,
            group=None, packs=None):  # fmt: skip
    """A past.

    Args:
        sales: rows of customer, product, day; then, where they hold, is_reduced, is_back, is_free.
        looks: rows of customer, group, week.
        packs: of each product what it is whatever the pack, and the amount; by default none is one of several packs.
        touches: rows of customer, product, channel, day; then discount, chance, noticed, withdrawn, held out.
    """
    prices = np.asarray(prices, float)
    count = len(prices)
    group = np.arange(count) if group is None else np.asarray(group)
    needs = int(group.max()) + 1
    shelf = np.arange(needs) if shelf is None else np.asarray(shelf)
    department = np.zeros(int(shelf.max()) + 1, np.int64) if department is None else np.asarray(department)
    same, amount = packs or (np.arange(count), np.full(count, np.nan))
    goods = Goods(group, np.ones(count), prices, prices / 2, np.zeros(count, bool), prices / 2, same, amount)

    def columns(rows, kinds, defaults):
        full = [(*row, *defaults[len(row) - len(kinds) :]) if len(row) < len(kinds) else row for row in rows]
        parts = list(zip(*full, strict=True)) if full else [() for _ in kinds]
        return [np.array(part, kind) for part, kind in zip(parts, kinds, strict=True)]

    whole, number, flag = np.int64, float, bool
    return in_order(
        Past(
            customers, datetime(2026, 1, 5), week, goods, shelf, department,
            Sales(*columns(sales, (whole, whole, number, flag, flag, flag), (False, False, False))),
            Looks(*columns(looks, (whole, whole, whole), ())),
            Touches(*columns(touches, (whole, whole, whole, number, number, number, flag, flag, flag),
                             (0.0, np.nan, False, False, False))),
            Service(*columns(service, (whole, number), ())),
        )
    )  # fmt: skip
