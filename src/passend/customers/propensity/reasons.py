"""Why a customer's chance is high or low, in plain words."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from passend.customers.propensity.columns import Feature, Numbers

#: A column that moves the odds by less than this factor is not worth a word.
WORTH_A_WORD = 0.05


def say_why(pulls: Numbers, numbers: Numbers, features: Sequence[Feature], most: int = 3) -> list[str]:
    """One sentence for each row: the columns that move its chance most, and in which direction.

    Args:
        pulls: how far each column moves the log odds of each row, against the average customer.
        numbers: the rows, as the models read them.
        features: the columns.
        most: how many columns are named.
    """
    sentences = []
    # As many again stand by for those that are as usual: these speak neither for nor against.
    orders = np.argsort(-np.abs(pulls), axis=1, kind="stable")[:, : 2 * most]
    pulled = np.take_along_axis(pulls, orders, axis=1).tolist()
    values = np.take_along_axis(numbers, orders, axis=1).tolist()
    said = lru_cache(maxsize=100_000)(lambda place, value: _said(features[place], value))
    for order, moves, row in zip(orders.tolist(), pulled, values, strict=True):
        named = [
            (moved > 0, words)
            for place, moved, value in zip(order, moves, row, strict=True)
            if abs(moved) >= WORTH_A_WORD and (words := said(place, value))
        ][:most]
        up, down = ([words for raised, words in named if raised is way] for way in (True, False))
        parts = [f"more likely because {' and '.join(up)}"] if up else []
        parts += [f"less likely because {' and '.join(down)}"] if down else []
        sentences.append("; ".join(parts) or "much like the average customer")
    return sentences


def _said(feature: Feature, value: float) -> str:
    """The column in words; empty where an amount is as usual."""
    name = feature.name.removesuffix("_cents").replace("_", " ").strip()
    if np.isnan(value):
        return f"{name} is not known"
    if feature.classes is not None:
        known = int(value) < len(feature.classes)
        return f"{name} is {feature.classes[int(value)]}" if known else f"{name} is something rare"
    amount = value / 100 if feature.name.endswith("_cents") else value
    usual = feature.usual / 100 if feature.name.endswith("_cents") else feature.usual
    if _short(amount) == _short(usual):
        return ""
    return f"{name} is {_short(amount)} (usually {_short(usual)})"


def _short(number: float) -> str:
    """No more digits than people compare by, and no powers of ten: whole from 10 on, else two digits."""
    return f"{number:,.0f}" if abs(number) >= 10 else f"{number:.2g}"
