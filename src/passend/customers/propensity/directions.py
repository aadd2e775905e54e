"""Columns whose direction is known by sense: more of it never makes a purchase less (or more) likely."""

from collections.abc import Mapping, Sequence

from passend.customers.propensity.columns import Feature
from passend.errors import InvalidInput

#: passend's own facts. Recency has no direction: who bought yesterday may need nothing for a year.
KNOWN: Mapping[str, int] = {
    "orders_90_days": 1,
    "orders_365_days": 1,
    "revenue_365_days_cents": 1,
    "products_wanted": 1,
    "abandons": 1,
    "carts": 1,
    "offers_accepted": 1,
    "unsubscribes": -1,
}


def directions(features: Sequence[Feature], given: Mapping[str, int] | None) -> list[int]:
    """1, -1 or 0 for each column; what is given wins over what is known.

    Raises:
        InvalidInput: a direction is none of these, or is given for a column of classes.
    """
    told = {**KNOWN, **(given or {})}
    for feature in features:
        way = told.get(feature.name, 0)
        if way not in {-1, 0, 1}:
            raise InvalidInput(
                f"The direction of '{feature.name}' cannot be {way!r}.", remedy="Use 1, -1 or 0 for none."
            )
        if feature.is_class and (given or {}).get(feature.name):
            raise InvalidInput(f"'{feature.name}' holds classes, which have no direction.")
    return [0 if feature.is_class else told.get(feature.name, 0) for feature in features]
