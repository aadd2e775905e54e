"""Few contacts, or none: effects by kind of contact, pulled towards what is known above, and at last a prior.

Kinds nest: all contacts, by channel, by relation of the offered product, by how the customer answered before. The
effect seen in a kind is pulled towards the effect of the kind above it, the more the fewer contacts it rests on
(normal-normal shrinkage; spread between siblings after DerSimonian and Laird 1986).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from passend.customers.uplift.design import Floats, Ints

LEVELS = ("channel", "relation_type", "response_class")
FEWEST = 5  # contacts an arm needs in a kind before its own effect is looked at
Key = tuple[str | None, ...]


@dataclass(frozen=True)
class EffectPrior:
    """What to expect of an offer before anything is known.

    The default says: an offer moves a yes-or-no outcome by 0, give or take 2 points (standard deviation). Hillstrom's
    two mails moved purchases by .3 and .7 points and visits by 4.5 and 7.7. For other outcomes the same holds in
    standard deviations of the outcome.
    """

    mean: float = 0.0
    sd: float = 0.02


@dataclass(frozen=True)
class Belief:
    """An effect and how sure it is."""

    effect: float
    error: float
    contacts: int


@dataclass(frozen=True)
class Hierarchy:
    """Effects of each treatment by kind of contact; the empty kind stands for all."""

    levels: tuple[str, ...]
    beliefs: tuple[dict[Key, Belief], ...]

    def effects(self, keys: list[Key]) -> tuple[Floats, Floats]:
        """Effect and error of each treatment for each row, by the deepest kind that is known."""
        found = [[_deepest(one, key) for one in self.beliefs] for key in keys]
        shape = (len(keys), len(self.beliefs))
        mean = np.array([[belief.effect for belief in row] for row in found]).reshape(shape)
        error = np.array([[belief.error for belief in row] for row in found]).reshape(shape)
        return mean, error


def levels_in(table: pa.Table) -> tuple[str, ...]:
    """The kinds that a table tells apart."""
    return tuple(name for name in LEVELS if name in table.column_names)


def keys_of(table: pa.Table, levels: tuple[str, ...]) -> list[Key]:
    """The kind of each row."""
    if not levels:
        return [()] * table.num_rows
    columns = [
        table[name].cast(pa.string()).to_pylist() if name in table.column_names else [None] * table.num_rows
        for name in levels
    ]
    return list(zip(*columns, strict=True))


def fit_hierarchy(
    keys: list[Key], arm: Ints, y: Floats, treatments: int, prior: tuple[EffectPrior, tuple[str, ...]]
) -> Hierarchy:
    """Effects by kind; with no contacts at all, the prior.

    Args:
        keys: the kind of each contact.
        arm: 0 for the control.
        y: the outcome.
        treatments: arms beside the control.
        prior: the prior, in standard deviations of the outcome (in points for yes or no), and the kinds' names.
    """
    expected, levels = prior
    scale = outcome_scale(y)
    top = Belief(expected.mean * scale, expected.sd * scale, 0)
    beliefs: list[dict[Key, Belief]] = []
    for treatment in range(1, treatments + 1):
        known: dict[Key, Belief] = {(): _pulled(_seen(arm, y, treatment), top)}
        for depth in range(1, len(levels) + 1):
            _add_level(known, (keys, arm, y, treatment), depth)
        beliefs.append(known)
    return Hierarchy(levels, tuple(beliefs))


def outcome_scale(y: Floats) -> float:
    """1 for yes or no (and where nothing is known), else the outcome's standard deviation."""
    if not len(y) or np.isin(y, (0, 1)).all():
        return 1.0
    return float(y.std()) or 1.0


def _add_level(known: dict[Key, Belief], contacts: tuple[list[Key], Ints, Floats, int], depth: int) -> None:
    keys, arm, y, treatment = contacts
    rows_of: dict[Key, list[int]] = {}
    for place, key in enumerate(keys):
        if None not in key[:depth]:
            rows_of.setdefault(key[:depth], []).append(place)
    for parent in [key for key in known if len(key) == depth - 1]:
        children = {
            key: _seen(arm[rows], y[rows], treatment)
            for key, rows in sorted(rows_of.items())
            if key[:-1] == parent
        }
        seen = [one for one in children.values() if one is not None]
        spread = _between(seen)
        above = known[parent]
        for key, one in children.items():
            known[key] = _pulled(one, Belief(above.effect, float(np.hypot(above.error, spread)), 0))


def _seen(arm: Ints, y: Floats, treatment: int) -> Belief | None:
    """Difference of means; None with too few contacts. One made-up yes and no keep the error off zero."""
    treated, control = y[arm == treatment], y[arm == 0]
    if min(len(treated), len(control)) < FEWEST:
        return None
    floor = float(np.ptp(y)) if len(y) else 0.0
    variance = sum((float(part.var()) * len(part) + floor**2 / 4) / (len(part) + 1) / len(part)
                   for part in (treated, control))  # fmt: skip
    return Belief(float(treated.mean() - control.mean()), variance**0.5, len(treated) + len(control))


def _between(seen: list[Belief]) -> float:
    """Standard deviation between siblings beyond what chance explains."""
    if len(seen) < 2:
        return 0.0
    weight = np.array([1 / max(one.error, 1e-12) ** 2 for one in seen])
    effect = np.array([one.effect for one in seen])
    mean = float(weight @ effect / weight.sum())
    excess = float(weight @ (effect - mean) ** 2) - (len(seen) - 1)
    return float(np.sqrt(max(excess / (weight.sum() - (weight**2).sum() / weight.sum()), 0.0)))


def _pulled(seen: Belief | None, above: Belief) -> Belief:
    if seen is None or seen.error <= 0:
        return above
    own, given = 1 / seen.error**2, 1 / max(above.error, 1e-12) ** 2
    return Belief(
        (own * seen.effect + given * above.effect) / (own + given), (own + given) ** -0.5, seen.contacts
    )


def _deepest(known: dict[Key, Belief], key: Key) -> Belief:
    for depth in range(len(key), 0, -1):
        if key[:depth] in known:
            return known[key[:depth]]
    return known[()]
