"""A lesson: what some customers owned at one moment, and which new things they bought next.

Everything learnt from those next purchases is here. Whoever is to be scored while training must not be among the
reference customers of the lesson, or their answer would be among their own features.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from passend.products.next_product.neighbours import KEPT
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.seasons import Seasons, seasons
from passend.products.next_product.sparse_rows import (
    Floats,
    Ints,
    Rows,
    nearest_weights,
    scaled,
    strongest,
    sums,
)
from passend.products.next_product.tastes import Tastes, profile, rarity

FADING = 0.8
RIDGE = 3_000.0
PSEUDO_BUYERS = 100.0
SEASON_WEIGHT = 1_000.0


@dataclass(frozen=True)
class Lesson:
    """What followed a snapshot.

    Args:
        before: what was known when the customers decided.
        bought_next: the products each customer bought next, novel ones only; all customers x products.
        reference: customers whose next purchases may be used.
        following: all products each customer bought next, those bought before among them; none where time is known:
            there the calendar's own signals tell of the moment (on Online Retail II they are better alone).
    """

    before: Snapshot
    bought_next: Rows
    reference: Ints
    following: Rows | None = None

    @cached_property
    def answers(self) -> Rows:
        """The reference customers' next novel products."""
        return self.bought_next[self.reference].astype(np.float32)

    @cached_property
    def popularity(self) -> Floats:
        """Share of the reference customers who bought each product next: popularity of the very moment."""
        if not len(self.reference):
            return sums(self.before.owned, 0) / np.float32(max(self.before.shape[0], 1))
        return sums(self.answers, 0) / np.float32(len(self.reference))

    @cached_property
    def in_last(self) -> Floats:
        """The same of all they bought: few customers tell more of the moment by what they buy again, too."""
        if self.following is None or not len(self.reference):
            return np.full(self.before.shape[1], np.nan, np.float32)
        return sums(self.following[self.reference], 0) / np.float32(len(self.reference))

    def seasons(self) -> Seasons:
        """Seasons from all orders known at the snapshot and the reference customers' next ones."""
        baskets, owner, back = self.before.baskets
        known = owner >= 0
        following = self.bought_next[self.reference]
        buyers = np.flatnonzero(np.diff(following.indptr) > 0)
        stacked = sp.vstack([baskets[known], following[buyers].astype(np.float32)]).tocsr()
        whose = np.concatenate([owner[known], self.reference[buyers]])
        turn = np.concatenate([back[known], np.full(len(buyers), -1)])
        order = np.lexsort((-turn, whose))
        return seasons(stacked[order], whose[order], self.before.shape[0], self.reference[buyers])


@dataclass(frozen=True)
class Wisdom:
    """What a lesson taught, ready to be applied to any customers at the same or a later moment."""

    lesson: Lesson
    transition: Rows
    transition_base: Floats
    seen: dict[str, Rows]
    rare: Floats
    tastes: Tastes
    habit_scale: tuple[Floats, Floats]
    season: Seasons | None
    season_sales: Floats | None
    responses: dict[str, Floats]

    @property
    def popularity(self) -> Floats:
        """Share of reference customers who bought each product next."""
        return self.lesson.popularity

    def scores(self, now: Snapshot, recent: Rows, tastes: Tastes, customers: Ints) -> dict[str, Floats]:
        """Every learnt signal for every product; dense, customers x products."""
        answers, owned = self.lesson.answers, self.lesson.before.owned[self.lesson.reference]
        mine = recent[customers]
        width = np.sqrt(np.maximum(sums(mine, 1), 1e-9))[:, None]
        out = {
            "transition": (
                (mine @ self.transition).toarray() - (mine @ self.transition_base)[:, None] * self.popularity
            )
            / width
        }
        alike = (profile(mine, self.rare) @ self.seen["recent"].T).toarray()
        few = nearest_weights(alike, 50)
        out["alike_few"] = (few @ answers).toarray()
        out["alike_many"] = (nearest_weights(alike, 1_000) @ answers).toarray()
        out["alike_own"] = (few @ owned).toarray()
        alike = (profile(now.last[customers], self.rare) @ self.seen["last"].T).toarray()
        out["alike_last"] = (nearest_weights(alike, 300) @ answers).toarray()
        taste = tastes.directions()[customers] @ self.tastes.directions()[self.lesson.reference].T
        out["alike_taste"] = (nearest_weights(np.maximum(taste, 0) ** 3, 500) @ answers).toarray()
        if self.season is not None and self.season_sales is not None:
            out["season"] = self.season.forecast[customers] @ self.season_sales
        for name, weights in self.responses.items():
            out[name] = _facts(name, self, now, tastes, customers) @ weights + self.popularity
        return out


def learn_transitions(lesson: Lesson, tastes: Tastes) -> Wisdom:
    """Only what follows what, and what is popular: for where there is no time for more."""
    recent = lesson.before.recent(FADING)[lesson.reference]
    support = sums(recent, 0)
    following = scaled((recent.T @ lesson.answers).tocsr(), left=1.0 / (support + PSEUDO_BUYERS))
    nothing = np.empty(0, np.float32)
    return Wisdom(
        lesson,
        strongest(following, KEPT),
        support / (support + PSEUDO_BUYERS),
        {},
        nothing,
        tastes,
        (nothing, nothing),
        None,
        None,
        {},
    )


def learn(lesson: Lesson, tastes: Tastes, *, with_seasons: bool) -> Wisdom:
    """Draw everything from a lesson that its reference customers teach."""
    before, reference, answers = lesson.before, lesson.reference, lesson.answers
    recent = before.recent(FADING)[reference]
    support = sums(recent, 0)
    rare = rarity(before)
    habits = before.habits[reference]
    centre = habits.mean(0) if len(habits) else np.zeros(habits.shape[1], np.float32)
    scale = (centre, (habits.std(0) if len(habits) else 0.0 * centre) + np.float32(1e-3))
    season = lesson.seasons() if with_seasons and len(reference) else None
    sales = None
    if season is not None:
        weight = season.of_target.sum(0)[:, None]
        mix = np.asarray((answers[np.diff(lesson.bought_next[reference].indptr) > 0].T @ season.of_target).T)
        sales = ((mix + SEASON_WEIGHT * lesson.popularity) / (weight + SEASON_WEIGHT)).astype(np.float32)
    wisdom = Wisdom(
        lesson,
        scaled((recent.T @ answers).tocsr(), left=1.0 / (support + PSEUDO_BUYERS)),
        support / (support + PSEUDO_BUYERS),
        {"recent": profile(recent, rare), "last": profile(before.last[reference], rare)},
        rare,
        tastes,
        scale,
        season,
        sales,
        {},
    )
    for name in ("habit", "habit_season", "habit_taste") if season is not None else ("habit", "habit_taste"):
        facts = _facts(name, wisdom, before, tastes, reference)
        wisdom.responses[name] = _ridge(facts, answers)
    return wisdom


def _facts(name: str, wisdom: Wisdom, now: Snapshot, tastes: Tastes, customers: Ints) -> Floats:
    mean, spread = wisdom.habit_scale
    parts: list[Floats] = [(now.habits[customers] - mean) / spread]
    if wisdom.season is not None and name != "habit":
        forecast = wisdom.season.forecast
        centre = forecast[wisdom.lesson.reference]
        parts.append((forecast[customers] - centre.mean(0)) / (centre.std(0) + np.float32(1e-3)))
    if name == "habit_taste":
        parts.append(tastes.directions()[customers] * np.float32(np.sqrt(tastes.products.shape[1])))
    return np.asarray(np.clip(np.concatenate(parts, axis=1), -6.0, 6.0), dtype=np.float32)


def _ridge(facts: Floats, answers: Rows) -> Floats:
    """Linear response of each product's sales to the facts; ridge, centred by the standardised facts."""
    gram = facts.T @ facts
    gram[np.diag_indices(len(gram))] += np.float32(RIDGE)
    pull = np.asarray((answers.T @ facts).T) - facts.sum(0)[:, None] * (sums(answers, 0) / max(len(facts), 1))
    return np.linalg.solve(gram, pull).astype(np.float32)
