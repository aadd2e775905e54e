"""Pairs of two kinds, planted: what is told of them holds, and where nothing is planted nothing is told."""

import numpy as np
import pytest
from scipy.stats import poisson

from passend.products.pair_mixture import PairMixture, Pairs, learn_mixture, log_even


def planted(share: float, *, by_name: bool, seed: int = 1) -> tuple[Pairs, np.ndarray]:
    """Pairs of 150 products, some of which go together; names may tell which."""
    rng = np.random.default_rng(seed)
    number = 150 * 149 // 2
    likeness = rng.beta(1, 6, number)
    odds = np.log(share / (1 - share)) + (6 * (likeness - likeness.mean()) if by_name else 0)
    related = rng.random(number) < 1 / (1 + np.exp(-odds))
    size, expected = rng.gamma(2, 6, number) + 1, rng.gamma(1, 0.3, number)
    together = rng.poisson(expected + related * size * rng.gamma(2, 0.1, number)).astype(float)
    return pairs_of(together, expected, size, likeness), related


def pairs_of(
    together: np.ndarray, expected: np.ndarray, size: np.ndarray, likeness: np.ndarray, through: float = 0.0
) -> Pairs:
    """Pairs in orders of one size, of products without categories."""
    nothing = np.zeros(len(together))
    columns = together[:, None], expected[:, None], nothing + through, size[:, None]
    return Pairs(*columns, likeness, nothing, nothing)


def mixture(odds: float, rate: float, through: float = 0.0) -> PairMixture:
    """What is known for orders of one size."""
    one = np.ones(1)
    return PairMixture(np.array([odds, 1, 0, 1, 0]), rate * one, one, through * one)


def learned(pairs: Pairs) -> PairMixture:
    return learn_mixture(pairs, np.ones(len(pairs.together)), 150)


@pytest.mark.parametrize("by_name", [True, False])
def test_stated_chances_hold(by_name: bool) -> None:
    pairs, related = planted(0.03, by_name=by_name)
    chance = learned(pairs).chances(pairs)
    for low, high in ((0.1, 0.4), (0.4, 0.8), (0.8, 1.01)):
        some = (chance >= low) & (chance < high)
        noise = 3 * np.sqrt(0.25 / some.sum())
        assert abs(chance[some].mean() - related[some].mean()) < 0.05 + noise


def test_names_count_where_they_tell() -> None:
    telling = learned(planted(0.03, by_name=True)[0])
    silent = learned(planted(0.03, by_name=False)[0])
    assert telling.odds[1] > silent.odds[1] + 1.5


def test_more_orders_together_make_a_pair_likelier() -> None:
    ones, nothing = np.ones(5), np.zeros(5)
    pairs = pairs_of(np.arange(5.0), 0.3 * ones, 8 * ones, nothing)
    chance = mixture(-3.0, 0.2).chances(pairs)
    assert (np.diff(chance) > 0).all()


def test_by_hand() -> None:
    """One order together, .5 by chance, 10 orders each, a fifth of which related pairs share."""
    one, nothing = np.ones(1), np.zeros(1)
    chance = mixture(-2.0, 0.2).chances(pairs_of(one, one / 2, 10 * one, nothing))[0]
    # Negative binomial with mean m and shape a: P(1) = a (a / (a + m))^a m / (a + m).
    related = 5 * (5 / 7.5) ** 5 * 2.5 / 7.5
    varied = 10 * (10 / 10.5) ** 10 * 0.5 / 10.5
    by_chance = 0.95 * 0.5 * np.exp(-0.5) + 0.05 * varied
    odds = np.exp(-2.0) * related / by_chance
    assert chance == pytest.approx(odds / (1 + odds), rel=1e-3)


def test_one_order_of_two_says_more_than_one_of_many() -> None:
    """Both pairs met once; chance would have it .02 times in small orders, and 2 times in large ones."""
    nothing, once = np.zeros(2), np.eye(2)
    expected, size = np.tile([0.02, 2.0], (2, 1)), np.full((2, 2), 5.0)
    ones = np.ones(2)
    known = PairMixture(np.array([-3.0, 1, 0, 1, 0]), 0.2 * ones, ones, 0 * ones)
    small, large = known.chances(Pairs(once, expected, nothing, size, nothing, nothing, nothing))
    # The number of meetings is the same, so that only where they were tells: .02 + 1 and 2 + 1 beside .02 and 2.
    odds = (small / (1 - small)) / (large / (1 - large))
    assert odds == pytest.approx((1.02 / 0.02) / (3.0 / 2.0), rel=1e-3)


def test_meetings_beside_a_third_explain_a_pair() -> None:
    """What a third makes counts as chance does."""
    three, nothing = np.full(1, 3.0), np.zeros(1)
    alone = mixture(-2.0, 0.2, 0.5).chances(pairs_of(three, three / 10, 10 * three, nothing))
    explained = mixture(-2.0, 0.2, 0.5).chances(pairs_of(three, three / 10, 10 * three, nothing, through=4.0))
    by_chance = mixture(-2.0, 0.2).chances(pairs_of(three, three / 10 + 2.0, 10 * three, nothing))
    assert explained < alone / 2
    assert explained == pytest.approx(by_chance)


@pytest.mark.parametrize("all_of_them", [True, False])
def test_tastes_are_told_from_relations(all_of_them: bool) -> None:
    """A third of the pairs are of categories that meet thrice as often: all of them do, or a tenth much more."""
    rng = np.random.default_rng(6)
    number = 6_000
    ones, nothing = np.ones(number), np.zeros(number)
    often = rng.random(number) < 1 / 3
    related = often & (rng.random(number) < 0.1)
    more = 3.0 if all_of_them else np.where(related, 21.0, 1.0)
    together = rng.poisson(0.5 * np.where(often, more, 1.0)).astype(float)
    lift = np.where(often, np.log(3.0), 0.0)
    pairs = Pairs(together[:, None], 0.5 * ones[:, None], nothing, 30 * ones[:, None], nothing, lift, nothing)
    found = learned(pairs)
    chance = found.chances(pairs)
    if all_of_them:
        assert found.tastes > 0.9
        assert (chance > 0.5).sum() <= 6
    else:
        assert found.tastes < 0.1
        assert chance[related].mean() > 0.9
        assert chance[~related].mean() < 0.01


def test_how_much_thirds_make_is_learned() -> None:
    """A tenth of the pairs have a third, which makes .3 of what is expected of it; chance makes the rest."""
    rng = np.random.default_rng(4)
    number = 6_000
    ones, nothing = np.ones(number), np.zeros(number)
    through = np.where(rng.random(number) < 0.1, 6.0, 0.0)
    together = rng.poisson(0.4 + 0.3 * through).astype(float)
    pairs = Pairs(
        together[:, None], 0.4 * ones[:, None], through, 8 * ones[:, None], nothing, nothing, nothing
    )
    found = learned(pairs)
    assert found.through[0] == pytest.approx(0.3, abs=0.05)
    assert found.chance[0] == pytest.approx(1, abs=0.07)
    assert (found.chances(pairs) > 0.5).sum() <= 3


@pytest.mark.parametrize("evenness", [1.0, 2.0])
def test_an_even_law_has_its_mean_and_adds_up(evenness: float) -> None:
    counts = np.arange(60.0)
    for mean in (0.05, 0.8, 6.0):
        chance = np.exp(log_even(counts, np.full(60, mean), evenness))
        assert chance.sum() == pytest.approx(1, rel=2e-3)
        assert chance @ counts == pytest.approx(mean, rel=5e-3)
        if evenness == 1:
            assert chance == pytest.approx(poisson.pmf(counts, mean), abs=2e-3)
        else:
            assert chance @ (counts - mean) ** 2 < 0.99 * mean


def test_how_evenly_chance_brings_products_together_is_learned() -> None:
    """Each pair has two occasions to meet, so that none meets thrice."""
    rng = np.random.default_rng(3)
    number = 4_000
    together = (rng.random((number, 2)) < 0.35).sum(1).astype(float)
    ones, nothing = np.ones(number), np.zeros(number)
    learned_ = learned(pairs_of(together, 0.7 * ones, 6 * ones, nothing))
    assert 1.3 < learned_.evenness < 1.8
    assert learned(planted(0.03, by_name=False)[0]).evenness < 1.2


def test_without_plants_hardly_anything_is_told() -> None:
    told = 0
    for seed in range(5):
        pairs, _ = planted(1e-9, by_name=False, seed=seed)
        told += int((learned(pairs).chances(pairs) > 0.5).sum())
    assert told <= 3
