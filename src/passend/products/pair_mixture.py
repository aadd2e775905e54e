"""How likely it is that two products belong together where too few orders prove it: a mixture of two kinds of pairs.

A pair is related or not. Unrelated pairs meet by chance: a little less often than popularity alone would have it, for
related pairs take a share of all meetings, and more evenly than Poisson's law has it, for few orders have room; how
evenly is learned. Related ones meet in a share of the orders of both besides. Where they meet counts, too: two products
in an order of two are rarely chance, two among twelve mostly are, so that meetings are told apart by the size of the
order, and how often chance and how often a relation brings two together in each is learned. And two products that both
go with a third meet beside it without belonging to each other: such meetings are a third source, as large as the pairs
teach. Where some customers buy for one thing and some for another, all pairs of two categories meet more often; how
far that goes is learned, too. What is known beforehand of a pair (how often its categories meet, how alike its names
are) moves the odds that it is related. How much each of these speaks is learned from the shop's own pairs, by
expectation and maximisation, and stays near a cautious guess where the shop is small.

Dempster, Laird and Rubin (1977), JRSS B 39(1); for counts of pairs beside their expectation: DuMouchel (1999), The
American Statistician 53(3), whose two components these are; for counts more even than Poisson's: Conway and Maxwell
(1962), Journal of Industrial Engineering 12, and Shmueli et al. (2005), Applied Statistics 54(1).
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, logsumexp

Floats = NDArray[np.floating[Any]]

#: Share of its products' orders in which a related pair meets, beforehand, and the orders that this guess is worth.
RATE, RATE_ORDERS = 0.15, 20.0
#: Meetings beside a third that both go with, for each expected, and the expected ones that this guess is worth.
THROUGH, THROUGH_ORDERS = 0.1, 20.0
#: How sure it is beforehand that categories that meet often do so by some of their pairs only.
TASTES_SURE = 20.0
#: How much shares of related pairs differ, and rates of chance (shapes of Gamma laws).
SHAPE, CHANCE_SHAPE = 5.0, 10.0
#: Unrelated pairs that meet with such rates, as partners of one product do, and not evenly.
VARIED = 0.05
#: Related partners that a product has, beforehand, and how sure that is. In a shop where nothing goes together the
#: orders must be able to say so.
PARTNERS, PARTNERS_SURE = 5.0, 1.0
#: What each sign adds to the log odds beforehand, and how sure that is: likeness of names, names much alike, log of how
#: often the categories meet over chance, one category.
SIGNS = (1.0, 0.0, 1.0, 0.0)
SIGNS_SURE = (1.0, 1.0, 4.0, 1.0)
MUCH_ALIKE = 0.4
#: Meetings by chance that the guess is worth that these follow Poisson's law, and the most that they may be more even.
EVEN_ORDERS, MOST_EVEN = 20.0, 3.0
_ROUNDS, _STEPS, _SETTLED, _GRID = 100, 15, 1e-3, 200


@dataclass(frozen=True)
class Pairs:
    """What is known of pairs of products.

    Attributes:
        together: orders that hold both, by size of the order; pairs x sizes.
        expected: how many chance would make; pairs x sizes.
        through: how many others would make, with which both go (times ``PairMixture.through``); for each pair.
        size: geometric mean of both products' orders; pairs x sizes.
        likeness: of the names, 0 to 1.
        category_lift: log of how often products of their categories meet over chance, without this pair.
        same_category: 1 where both are of one category.
    """

    together: Floats
    expected: Floats
    through: Floats
    size: Floats
    likeness: Floats
    category_lift: Floats
    same_category: Floats

    def taken(self, places: NDArray[np.int64]) -> "Pairs":
        """Some of the pairs."""
        return Pairs(*(getattr(self, one.name)[places] for one in fields(self)))

    def signs(self) -> Floats:
        """The columns of what is known beforehand; pairs x 5."""
        much = np.maximum(self.likeness - MUCH_ALIKE, 0)
        return np.stack(
            [np.ones_like(much), self.likeness, much, self.category_lift, self.same_category], axis=1
        )


@dataclass(frozen=True)
class PairMixture:
    """What a shop's pairs taught.

    Attributes:
        odds: weights of the signs on the log odds of being related.
        rate: share of their orders of each size in which related pairs meet.
        chance: how often unrelated pairs meet in orders of each size, times the expectation.
        through: how often pairs meet in orders of each size beside a third that both go with, times what is expected.
        tastes: power of how often their categories meet over chance by which unrelated pairs meet more often; 0 where
            only some pairs of two categories do, 1 where all do, as when some customers buy for one thing and some for
            another.
        evenness: of these meetings, about their mean over their variance; 1 is Poisson's law.
    """

    odds: Floats
    rate: Floats
    chance: Floats
    through: Floats
    tastes: float = 0.0
    evenness: float = 1.0

    def chances(self, pairs: Pairs) -> Floats:
        """Chance that each pair is related."""
        return expit(pairs.signs() @ self.odds + self._evidence(pairs))

    def by_chance(self, pairs: Pairs) -> Floats:
        """Meetings that chance makes of each pair; pairs x sizes."""
        of_tastes = np.exp(self.tastes * pairs.category_lift)
        return np.asarray(self.chance * np.maximum(pairs.expected, 1e-9) * of_tastes[:, None])

    def by_others(self, pairs: Pairs) -> Floats:
        """Meetings that others make with which both go; pairs x sizes."""
        return self.through * pairs.through[:, None]

    def by_relation(self, pairs: Pairs) -> Floats:
        """Meetings that a relation makes besides, were there one; pairs x sizes."""
        return self.rate * pairs.size

    def _evidence(self, pairs: Pairs) -> Floats:
        """Log odds of the number of meetings, and of the sizes of orders in which they were."""
        without = self.by_chance(pairs) + self.by_others(pairs)
        with_it = without + self.by_relation(pairs)
        together, mean, more = pairs.together.sum(1), without.sum(1), with_it.sum(1)
        even = log_even(together, mean, self.evenness) + np.log1p(-VARIED)
        varied = _log_varied(together, mean, CHANCE_SHAPE) + np.log(VARIED)
        where = pairs.together * np.log(with_it * mean[:, None] / (without * more[:, None]))
        return np.asarray(_log_varied(together, more, SHAPE) - np.logaddexp(even, varied) + where.sum(1))


def learn_mixture(pairs: Pairs, weight: Floats, products: int) -> PairMixture:
    """Learn from pairs which signs tell that two products belong together.

    Args:
        pairs: all pairs of the shop, or a sample.
        weight: how many pairs each stands for.
        products: how many products the shop has.
    """
    share = min(PARTNERS / max(products, 1), 0.2)
    guess = np.array([np.log(share / (1 - share)), *SIGNS])
    sure = np.array([PARTNERS_SURE, *SIGNS_SURE])
    signs, sizes = pairs.signs(), pairs.expected.shape[1]
    mixture = PairMixture(guess, np.full(sizes, RATE), np.ones(sizes), np.full(sizes, THROUGH))
    for _ in range(_ROUNDS):
        related = mixture.chances(pairs)
        odds = _logistic(signs, (related, weight), (guess, sure), mixture.odds)
        settled = np.abs(odds - mixture.odds).max() < _SETTLED
        mixture = replace(_rates(pairs, weight, related, mixture), odds=odds)
        if settled:
            break
    return mixture


def _rates(pairs: Pairs, weight: Floats, related: Floats, mixture: PairMixture) -> PairMixture:
    """How often, and in orders of which size, unrelated and related pairs meet."""
    other, share_of = weight * (1 - related), weight * related
    by_chance, by_others, by_relation = (
        mixture.by_chance(pairs), mixture.by_others(pairs), mixture.by_relation(pairs)
    )  # fmt: skip
    without = pairs.together / (by_chance + by_others)
    with_it = pairs.together / (by_chance + by_others + by_relation)
    met = other @ (without * by_chance)
    of_tastes = np.exp(mixture.tastes * pairs.category_lift)
    chance = (met + 5) / (other @ (pairs.expected * of_tastes[:, None]) + 5)
    tastes = _tastes(pairs, other, (without * by_chance).sum(1), replace(mixture, chance=chance))
    rate = (share_of @ (with_it * by_relation) + RATE_ORDERS * RATE) / (share_of @ pairs.size + RATE_ORDERS)
    others = other @ (without * by_others) + share_of @ (with_it * by_others)
    through = (others + THROUGH_ORDERS * THROUGH) / (weight @ pairs.through + THROUGH_ORDERS)
    mean = (by_chance + by_others).sum(1)
    spread = (other @ (pairs.together.sum(1) - mean) ** 2 + EVEN_ORDERS) / (other @ mean + EVEN_ORDERS)
    evenness = float(np.clip(1 / spread, 1, MOST_EVEN))
    return PairMixture(mixture.odds, rate, chance, through, tastes, evenness)


def _tastes(pairs: Pairs, weight: Floats, by_chance: Floats, mixture: PairMixture) -> float:
    """One step of Newton's towards the power that tells the meetings of unrelated pairs best (Poisson's regression)."""
    lift = pairs.category_lift
    mean = mixture.by_chance(pairs).sum(1)
    slope = (weight * lift) @ (by_chance - mean) - TASTES_SURE * mixture.tastes
    bend = (weight * lift**2) @ mean + TASTES_SURE
    return float(np.clip(mixture.tastes + slope / bend, 0, 1))


def _logistic(
    signs: Floats, taught: tuple[Floats, Floats], guess: tuple[Floats, Floats], odds: Floats
) -> Floats:
    """Newton's steps to the weights that foresee soft answers, held near a guess."""
    answers, weight = taught
    mean, sure = guess
    for _ in range(_STEPS):
        told = expit(signs @ odds)
        slope = signs.T @ (weight * (answers - told)) - sure * (odds - mean)
        bend = (signs * (weight * told * (1 - told))[:, None]).T @ signs + np.diag(sure)
        step = np.clip(np.linalg.solve(bend, slope), -2, 2)
        odds = odds + step
        if np.abs(step).max() < 1e-4:
            break
    return odds


def _log_varied(count: Floats, mean: Floats, shape: float) -> Floats:
    """Log chance of a count by the negative binomial law."""
    return np.asarray(
        gammaln(count + shape)
        - gammaln(shape)
        - gammaln(count + 1)
        + shape * np.log(shape / (shape + mean))
        + count * np.log(mean / (shape + mean))
    )


def log_even(count: Floats, mean: Floats, evenness: float) -> Floats:
    """Log chance of a count by the law of Conway, Maxwell and Poisson, found by its mean.

    Both products of a pair fill few places in few orders, so that they meet by chance less unevenly than Poisson's law
    has it; evenness is about mean over variance, and 1 is Poisson's law.
    """
    least, most = np.log(mean.min()) - 1, evenness * np.log(mean.max() + 2) + 1
    rates = np.linspace(least, most, _GRID)
    counts = np.arange(int(mean.max() + 10 * np.sqrt(mean.max()) + 20))
    terms = rates[:, None] * counts - evenness * gammaln(counts + 1)
    norms = logsumexp(terms, axis=1)
    means = np.exp(terms - norms[:, None]) @ counts
    rate, norm = (np.interp(np.log(mean), np.log(means), of) for of in (rates, norms))
    return np.asarray(rate * count - evenness * gammaln(count + 1) - norm)
