"""What the market sells: families that meet one need each, their variants, and which truly go together."""

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from passend.language import speaking, word
from passend.market import streams
from passend.market.scenario import Scenario

TYPES = ("complement", "next", "substitute", "upgrade", "service")
KINDS = ("good", "service", "contract")
TIERS = 3
MOST_RELATIONS = 6
_WORDS = (
    "Linden",
    "Ahorn",
    "Fjord",
    "Kies",
    "Strom",
    "Spatz",
    "Star",
    "Quell",
    "Wald",
    "Tal",
    "Berg",
    "See",
    "Ufer",
    "Moor",
    "Heide",
    "Hafen",
    "Turm",
    "Korn",
    "Falke",
    "Amsel",
    "Fuchs",
    "Dachs",
    "Luchs",
    "Igel",
    "Otter",
    "Biber",
    "Esche",
    "Buche",
    "Erle",
    "Eiche",
    "Birke",
    "Weide",
)


#: What parts the levels of a category, and names that are made up.
_LEVEL = " > "
NUMBERED = ("Article", "Category")
_NUMBERED = re.compile(rf"({'|'.join(NUMBERED)}) (\d+)")


class Goods(NamedTuple):
    """The catalogue as the compiled loops see it. Families are rows, products lie family by family.

    ``first`` (families + 1): where a family's products begin. ``margin`` (families, tiers, promotion): mean margin of a
    sale in cents before handling;
    ``unit_cost`` (families, tiers) likewise. ``mix`` (tiers, products): cumulated chance of a variant in its family.
    ``target``, ``boost``, ``lag``, ``attach`` (families, 6): true relations, -1 where none; a substitute has a negative
    boost. ``season`` (52, families); ``promotion`` and ``available`` (weeks, families).
    """

    first: NDArray[np.int64]
    family: NDArray[np.int32]
    tier: NDArray[np.int8]
    price: NDArray[np.int64]
    cost: NDArray[np.int64]
    mix: NDArray[np.float64]
    margin: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    lifetime: NDArray[np.float64]
    returns: NDArray[np.float64]
    category: NDArray[np.int32]
    popularity: NDArray[np.float64]
    target: NDArray[np.int32]
    boost: NDArray[np.float64]
    lag: NDArray[np.float64]
    attach: NDArray[np.float64]
    season: NDArray[np.float64]
    promotion: NDArray[np.bool_]
    available: NDArray[np.bool_]


class Catalogue(NamedTuple):
    """The goods with their words.

    ``relations``: true relations as (from family, to family, type); judges read it, learners never.
    """

    goods: Goods
    ids: NDArray[Any]
    names: NDArray[Any]
    family_names: tuple[str, ...]
    categories: NDArray[Any]
    kinds: NDArray[np.int8]
    relations: tuple[tuple[int, int, str], ...]


def build_catalogue(scenario: Scenario, seed: int, weeks: int) -> Catalogue:
    """The catalogue of a scenario and seed, with seasons, promotions and outages for so many weeks."""
    random = streams.generator(seed, 1)
    families = [dict(one) for one in scenario.families] or _families(scenario, random)
    _fill(families, scenario, random)
    count = len(families)
    variants = np.array([one["variants"] for one in families])
    first = np.concatenate([[0], np.cumsum(variants)])
    family = np.repeat(np.arange(count), variants)
    place = np.arange(first[-1]) - first[family]
    middle = np.array([one["price"] for one in families])
    margin_share = np.array([one["margin"] for one in families])
    # Variants run from simple to fine: each a fifth dearer than the one before, around the family's middle price.
    price = middle[family] * 1.22 ** (place - (variants[family] - 1) / 2)
    price = np.maximum(np.round(price / 5) * 5, 5).astype(np.int64)
    cost = np.round(price * (1 - margin_share[family])).astype(np.int64)
    tier = np.minimum(place * TIERS // np.maximum(variants[family], 1), TIERS - 1)
    tier[variants[family] == 1] = 1
    mixes, margin, unit_cost = _variants(scenario, first, (tier, price, cost), random)
    relations = _relations(scenario, families, random)
    target, boost, lag, attach = _graph(count, relations)
    names = tuple(one["name"] for one in families)
    goods = Goods(
        first, family.astype(np.int32), tier.astype(np.int8), price, cost, mixes, margin,
        unit_cost,
        np.array([one["lifetime_weeks"] for one in families], dtype=float),
        np.array([one["returns"] for one in families], dtype=float),
        np.unique([one["category"] for one in families], return_inverse=True)[1].astype(np.int32),
        _popularity(families), target, boost, lag, attach,
        _season(families),
        random.random((weeks, count)) < scenario.number("products.promotions"),
        random.random((weeks, count)) >= scenario.number("products.outages"),
    )  # fmt: skip
    # Names are told last: what is drawn and what is counted is the same in every language.
    with speaking(scenario.text("market.language")):
        names = tuple(_told(one) for one in names)
        categories = [_told(one["category"]) for one in families]
    variant = [
        f"{names[one]} {_WORDS[(spot * 7 + one) % len(_WORDS)]}" if variants[one] > 1 else names[one]
        for one, spot in zip(family, place, strict=True)
    ]
    variant = [
        f"{name} {spot // len(_WORDS) + 1}" if spot >= len(_WORDS) else name
        for name, spot in zip(variant, place, strict=True)
    ]
    return Catalogue(
        goods,
        np.array([f"{1001 + number}" for number in range(len(family))], dtype=object),
        np.array(variant, dtype=object),
        names,
        np.array(categories, dtype=object),
        np.array([KINDS.index(one["kind"]) for one in families], dtype=np.int8),
        tuple((int(one), int(other), kind) for one, other, kind, *_ in relations),
    )


def _told(name: str) -> str:
    """The name of a family or the path of a category in the language that is spoken; what is not known stays."""
    generated = _NUMBERED.fullmatch(name)
    if generated:
        return f"{word(generated[1])} {generated[2]}"
    return _LEVEL.join(word(level) for level in name.split(_LEVEL))


def _families(scenario: Scenario, random: np.random.Generator) -> list[dict[str, Any]]:
    count, categories = scenario.whole("products.families"), scenario.whole("products.categories")
    shelf = random.integers(0, categories, count)
    return [
        {
            "name": f"Article {number + 1}",
            "category": f"Category {shelf[number] + 1}",
            "kind": "good",
            "given": {"name", "category", "kind", "peak_week"},
            "peak_week": 0
            if random.random() >= scenario.number("products.seasonal")
            else int(random.integers(1, 53)),
        }
        for number in range(count)
    ]


def _fill(families: list[dict[str, Any]], scenario: Scenario, random: np.random.Generator) -> None:
    """What a family does not say is drawn."""
    ranks = random.permutation(len(families))
    for number, one in enumerate(families):
        drawn = {
            "price": scenario.number("products.price")
            * np.exp(random.normal(0, scenario.number("products.price_spread"))),
            "margin": min(scenario.number("products.margin") * random.uniform(0.7, 1.3), 0.95),
            "popularity": (ranks[number] + 3.0) ** -scenario.number("products.tail"),
            "lifetime_weeks": scenario.number("products.lifetime_weeks") * np.exp(random.normal(0, 0.5)),
            "returns": min(scenario.number("products.returns") * random.uniform(0.4, 1.6), 1.0),
            "variants": scenario.whole("products.variants"),
        }
        for name, value in drawn.items():
            if name not in one["given"]:
                one[name] = value


def _popularity(families: list[dict[str, Any]]) -> NDArray[np.float64]:
    popularity = np.array([one["popularity"] for one in families], dtype=float)
    return np.asarray(popularity / max(popularity.mean(), 1e-12), dtype=np.float64)


def _variants(
    scenario: Scenario, first: NDArray[np.int64], arrays: tuple[Any, ...], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    tier, price, cost = arrays
    liking = random.gamma(2.0, size=len(price))
    weights = np.stack([liking * np.exp(-1.2 * np.abs(tier - wanted)) for wanted in range(TIERS)])
    starts = first[:-1]
    family = np.repeat(np.arange(len(starts)), np.diff(first))
    weights /= np.add.reduceat(weights, starts, axis=1)[:, family]
    running = np.cumsum(weights, axis=1)
    before = np.concatenate([np.zeros((TIERS, 1)), running], axis=1)[:, first[:-1]]
    depth = scenario.number("products.promotion_depth")
    margin = np.empty((len(starts), TIERS, 2))
    for promoted in range(2):
        # A reduced price is rounded to whole cents, as at the till.
        paid = price - np.floor(price * depth + 0.5) * promoted
        margin[:, :, promoted] = np.add.reduceat(weights * (paid - cost), starts, axis=1).T
    unit_cost = np.ascontiguousarray(np.add.reduceat(weights * cost, starts, axis=1).T)
    return running - before[:, family], margin, unit_cost


def _relations(
    scenario: Scenario, families: list[dict[str, Any]], random: np.random.Generator
) -> list[tuple[int, int, str, float, float, float]]:
    place = {one["name"]: number for number, one in enumerate(families)}
    if scenario.relations:
        return [
            (place[one["from"]], place[one["to"]], one["type"], one["boost"], one["lag_weeks"],
             one["attach"] if one["type"] == "complement" else 0.0)
            for one in scenario.relations
        ]  # fmt: skip
    count = len(families)
    if count < 2:
        return []
    made: dict[tuple[int, int], tuple[int, int, str, float, float, float]] = {}
    for one in range(count):
        for _ in range(min(random.poisson(scenario.number("products.relations")), MOST_RELATIONS)):
            other = int(random.integers(0, count))
            kind = TYPES[int(random.choice(4, p=[0.45, 0.3, 0.15, 0.1]))]
            lag = max(0.5, random.gamma(2.0, scenario.number("products.lag_weeks") / 2))
            boost = scenario.number("products.boost") * random.uniform(0.5, 1.5)
            attach = (
                scenario.number("products.attach") * random.uniform(0.5, 1.5) if kind == "complement" else 0.0
            )
            if other != one:
                made[one, other] = (one, other, kind, boost, lag, min(attach, 1.0))
    return list(made.values())


def _graph(count: int, relations: list[tuple[int, int, str, float, float, float]]) -> tuple[Any, ...]:
    target = np.full((count, MOST_RELATIONS), -1, dtype=np.int32)
    numbers = np.zeros((3, count, MOST_RELATIONS))
    numbers[1] = 1.0
    used = np.zeros(count, dtype=int)
    for one, other, kind, boost, lag, attach in sorted(relations, key=lambda one: -one[5]):
        if used[one] == MOST_RELATIONS:
            continue
        spot = (one, used[one])
        target[spot] = other
        numbers[0][spot] = -min(boost / (1.0 + boost), 0.9) if kind == "substitute" else boost
        numbers[1][spot], numbers[2][spot] = lag, attach
        used[one] += 1
    return target, numbers[0], numbers[1], numbers[2]


def _season(families: list[dict[str, Any]]) -> NDArray[np.float64]:
    week = np.arange(52)[:, None]
    peak = np.array([one["peak_week"] for one in families])
    wave = np.exp(1.3 * np.cos(2 * np.pi * (week - peak) / 52))
    wave /= wave.mean(axis=0)
    return np.ascontiguousarray(np.where(peak > 0, wave, 1.0))
