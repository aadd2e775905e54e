"""Why a customer's chance is high or low, in plain words."""

from collections.abc import Sequence

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
    for row, moved in zip(numbers, pulls, strict=True):
        order = np.argsort(-np.abs(moved), kind="stable")[:most]
        named = [place for place in order if abs(moved[place]) >= WORTH_A_WORD]
        up = [_said(features[place], row[place]) for place in named if moved[place] > 0]
        down = [_said(features[place], row[place]) for place in named if moved[place] < 0]
        parts = [f"more likely because {' and '.join(up)}"] if up else []
        parts += [f"less likely because {' and '.join(down)}"] if down else []
        sentences.append("; ".join(parts) or "much like the average customer")
    return sentences


def _said(feature: Feature, value: float) -> str:
    name = feature.name.removesuffix("_cents").replace("_", " ").strip()
    if np.isnan(value):
        return f"{name} is not known"
    if feature.classes is not None:
        known = int(value) < len(feature.classes)
        return f"{name} is {feature.classes[int(value)]}" if known else f"{name} is something rare"
    amount = value / 100 if feature.name.endswith("_cents") else value
    usual = feature.usual / 100 if feature.name.endswith("_cents") else feature.usual
    return f"{name} is {_short(amount)} (usually {_short(usual)})"


def _short(number: float) -> str:
    """Four digits, and no powers of ten."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
