"""Versions of a campaign's words that compete: with which chance each is drawn, and what each really brought.

Chances that follow the answers make plain shares of answers lie: a version that is drawn more in a good month looks
good. So the chance of each draw is kept, and every answer counts as much as its draw was rare (Horvitz and Thompson
1952; divided by the weights, Hajek 1971).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from passend.kernels.thompson import best_chances


@dataclass(frozen=True)
class Tried:
    """People who were contacted with one version, all drawn with the same chance.

    Attributes:
        variant: which version.
        chance: with which they were drawn.
        people: how many.
        answered: how many of them did what the campaign wants.
    """

    variant: str
    chance: float
    people: int
    answered: int


@dataclass(frozen=True)
class Rate:
    """The share of people who answer a version, as if everybody had got it.

    Attributes:
        people: contacted with it.
        answered: of these, have answered.
        share, low, high: weighted by the chances, with its 95 % interval; None where nobody was contacted yet.
    """

    people: int
    answered: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


def chances_of(tried: Iterable[Tried], variants: Iterable[str], floor: float) -> dict[str, float]:
    """The chance with which each version is drawn next: by how likely it is the best, and never below the floor.

    By the root of that likelihood (Thall and Wathen 2007): where there is no difference, the likelihood itself wanders
    from end to end by luck alone; where there is one, both come to the same.

    Args:
        tried: what is known of the answers.
        variants: the versions, in their order.
        floor: the least chance of each.
    """
    people, answered = dict.fromkeys(variants, 0), dict.fromkeys(variants, 0)
    for one in tried:
        if one.variant in people:
            people[one.variant] += one.people
            answered[one.variant] += one.answered
    best = np.sqrt(best_chances(np.array([*people.values()]), np.array([*answered.values()])))
    best /= best.sum()
    rest = 1.0 - floor * len(people)
    return {name: floor + rest * float(chance) for name, chance in zip(people, best, strict=True)}


def rates_of(tried: Iterable[Tried], variants: Iterable[str]) -> Mapping[str, Rate]:
    """What each version really brought: each answer counts by one over the chance of its draw."""
    made: dict[str, list[Tried]] = {name: [] for name in variants}
    for one in tried:
        if one.variant in made and one.people:
            made[one.variant].append(one)
    return {name: _rate(some) for name, some in made.items()}


def _rate(some: list[Tried]) -> Rate:
    if not some:
        return Rate(0, 0)
    weight = sum(one.people / one.chance for one in some)
    share = sum(one.answered / one.chance for one in some) / weight
    # Wilson's interval at the size to which unequal weights shrink the sample (Kish 1965).
    size = weight**2 / sum(one.people / one.chance**2 for one in some)
    middle = (share + 1.96**2 / (2 * size)) / (1 + 1.96**2 / size)
    half = 1.96 * sqrt(share * (1 - share) / size + 1.96**2 / (4 * size**2)) / (1 + 1.96**2 / size)
    people, answered = sum(one.people for one in some), sum(one.answered for one in some)
    return Rate(people, answered, share, max(0.0, middle - half), min(1.0, middle + half))
