"""The firm's limits as arrays for the allocator, and as words for people."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from passend.decisions.allocate import Problem
from passend.decisions.candidates import Candidates
from passend.decisions.rules.eligibility import under
from passend.decisions.rules.schema import WEEKDAYS, Path, Rules, Team
from passend.vocabulary import minor_units, say_money

#: A share is kept in steps of a ten-thousandth.
_STEPS = 10_000
#: Units of money in a budget from which on one more of them is a small step.
_WHOLE_UNITS = 20.0


@dataclass(frozen=True)
class Limit:
    """One limit that customers share.

    Attributes:
        kind: money, offers, capacity, stock, staff, fairness, share or permissions.
        name: of what: the channel, product, team or category; empty for the whole plan.
        unit: what it is counted in.
        capacity: how much there is.
        path: the rule that sets it.
        scale: how many of the limit's units make the unit in which people think of its price.
        thing: that unit in words.
    """

    kind: str
    name: str
    unit: str
    capacity: float
    path: Path
    scale: float
    thing: str

    @property
    def code(self) -> str:
        """A short word that programs can rely on."""
        return f"{self.kind}: {self.name}" if self.name else self.kind


@dataclass(frozen=True)
class Family:
    """Limits of which an offer uses at most one: int32 (candidates) which, -1 for none; float32 how much."""

    limits: tuple[Limit, ...]
    at: NDArray[np.int32]
    weight: NDArray[np.float32]


def families(
    made: Candidates, rules: Rules, contact_cents: NDArray[np.float32], currency: str | None
) -> list[Family]:
    """All limits that the rules set, for these candidates."""
    one, all_ones = np.zeros(len(made), np.int32), np.ones(len(made), np.float32)
    found = []
    if rules.money is not None:
        minor = minor_units(currency)
        # A small budget is told by its hundredths: what one more unit would earn beyond all contacts is nobody's gain.
        scale, more = (float(minor), "one") if rules.money >= _WHOLE_UNITS else (minor / 100, "a hundredth")
        limit = Limit("money", "", "minor units", rules.money * minor, ("budget", "money"), scale,
                      f"{more} more {currency or 'unit'} for contacts")  # fmt: skip
        found.append(Family((limit,), one, contact_cents))
    if rules.offers is not None:
        limit = Limit("offers", "", "offers", rules.offers, ("budget", "offers"), 1.0, "one more offer")
        found.append(Family((limit,), one, all_ones))
    capped = [name for name in made.channels if rules.channels[name].capacity is not None]
    if capped:
        places = np.array([capped.index(name) if name in capped else -1 for name in made.channels], np.int32)
        limits = tuple(
            Limit("capacity", name, "offers", float(rules.channels[name].capacity or 0),
                  ("channels", name, "capacity"), 1.0, f"one more offer by {name}")
            for name in capped
        )  # fmt: skip
        found.append(Family(limits, places[made.channel], all_ones))
    found += _stock(made, rules, all_ones)
    for team in rules.staff:
        limit = staff_limit(team, rules, made)
        served = np.isin(
            made.channel, [made.channels.index(name) for name in team.channels if name in made.channels]
        )
        found.append(Family((limit,), np.where(served, 0, -1).astype(np.int32), all_ones))
    return found + _fairness(made, rules, all_ones)


def _stock(made: Candidates, rules: Rules, all_ones: NDArray[np.float32]) -> list[Family]:
    ids = sorted(rules.stock)
    codes = made.products.codes_of(ids)
    kept = [(code, name) for code, name in zip(codes.tolist(), ids, strict=True) if code >= 0]
    if not kept:
        return []
    place = np.full(len(made.products), -1, np.int32)
    for at, (code, _) in enumerate(kept):
        place[code] = at
    limits = tuple(
        Limit(
            "stock",
            name,
            "pieces",
            float(rules.stock[name]),
            ("stock", name),
            1.0,
            f"one more piece of {name}",
        )
        for _, name in kept
    )
    return [Family(limits, place[made.product], all_ones)]


def staff_limit(team: Team, rules: Rules, made: Candidates) -> Limit:
    """A team's time in the days of the plan, in whole offers: what does not fit into a day is not begun."""
    offers = sum(team_days(team, rules, made.as_of.weekday()))
    hours = 60.0 * rules.days / team.minutes_per_offer
    return Limit(
        "staff", team.team, "offers", float(offers), team.path, hours, f"one more hour of {team.team} a day"
    )


def team_days(team: Team, rules: Rules, weekday: int) -> list[int]:
    """Offers that a team can make on each day of the plan, which begins on the day after the decision."""
    return [
        int(team.minutes.get(WEEKDAYS[(weekday + 1 + day) % 7], 0.0) // team.minutes_per_offer)
        for day in range(rules.days)
    ]


def _fairness(made: Candidates, rules: Rules, all_ones: NDArray[np.float32]) -> list[Family]:
    """A category's most offers, and its largest share of all offers.

    A share s is the limit (offers inside) - s x (all offers) <= 0, in ten-thousandths, so that sums are exact.
    """
    categories = made.products.texts("category")
    found = []
    for one in rules.fairness:
        inside = under(categories, one.category)[made.product]
        thing = f"one more offer of {one.category}"
        if one.most is not None:
            limit = Limit("fairness", one.category, "offers", float(one.most), one.path, 1.0, thing)
            found.append(Family((limit,), np.where(inside, 0, -1).astype(np.int32), all_ones))
        if one.most_share is not None:
            part = round(one.most_share * _STEPS)
            limit = Limit(
                "share", one.category, "ten-thousandths of an offer", 0.0, one.path, float(_STEPS), thing
            )
            weight = np.where(inside, _STEPS - part, -part).astype(np.float32)
            found.append(Family((limit,), np.zeros(len(made), np.int32), weight))
    return found


@dataclass(frozen=True)
class Grouping:
    """Products of which a customer gets at most one share a code; alone, a product has its own."""

    code: NDArray[np.int32]


def grouping(made: Candidates, rules: Rules) -> Grouping:
    """The codes of products that are kept apart: those that meet one need, and those that the rules name.

    Pairs that share a product are one group.
    """
    code = (
        np.arange(len(made.products), dtype=np.int32) if made.needs is None else made.needs.astype(np.int32)
    )
    for words in rules.apart:
        group = [int(one) for one in made.products.codes_of(list(words)) if one >= 0]
        together = np.isin(code, code[group])
        if together.any():
            code[together] = code[together].min()
    return Grouping(code)


def problem(
    made: Candidates,
    value: NDArray[np.float64],
    found: list[Family],
    rooms: tuple[NDArray[np.int16], NDArray[np.int16]],
    groups: Grouping,
) -> tuple[Problem, NDArray[np.int64], list[Limit]]:
    """The allocator's arrays; also the candidate behind each of its offers, and its limits."""
    code = groups.code[made.product]
    order = np.lexsort((made.channel, made.product, code, made.customer))
    sizes = np.bincount(made.customer, minlength=len(made.customers))
    limits: list[Limit] = []
    at = np.full((len(made), len(found)), -1, np.int32)
    weight = np.zeros((len(made), len(found)), np.float32)
    for place, family in enumerate(found):
        here = family.at[order]
        at[:, place] = np.where(here >= 0, here + len(limits), -1)
        weight[:, place] = family.weight[order]
        limits += family.limits
    room, channel_room = rooms
    made_problem = Problem(
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.ascontiguousarray(value[order]),
        code[order],
        made.channel[order],
        at,
        weight,
        np.array([one.capacity for one in limits], dtype=np.float64),
        room,
        channel_room,
    )
    return made_problem, order, limits


def without_limits(one: Problem) -> Problem:
    """The same offers for customers who use nothing up: the hold-out."""
    return replace(one, capacity=np.full(len(one.capacity), 1e18))


def say_price(limit: Limit, price: float, currency: str | None) -> str:
    """What one more unit of a limit would earn, in words."""
    if price <= 0:
        return f"{limit_name(limit)} does not bind: more of it would earn nothing"
    worth = price * limit.scale
    amount = (
        say_money(worth, currency)
        if worth >= 0.5
        else f"{worth / minor_units(currency):.4f} {currency or ''}".strip()
    )
    return f"{limit.thing} would earn {amount}"


def limit_name(limit: Limit) -> str:
    """A limit in words."""
    names = {
        "money": "the budget",
        "offers": "the number of offers",
        "capacity": f"the capacity of {limit.name}",
        "stock": f"the stock of {limit.name}",
        "staff": f"the time of {limit.name}",
        "fairness": f"the number of offers of {limit.name}",
        "share": f"the share of {limit.name}",
        "permissions": "the number of permissions that may be lost",
    }
    return names[limit.kind]
