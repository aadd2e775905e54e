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
    nothing = np.zeros(number)
    return Pairs(together, expected, size, likeness, nothing, nothing), related


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
    pairs = Pairs(np.arange(5.0), 0.3 * ones, 8 * ones, nothing, nothing, nothing)
    chance = PairMixture(np.array([-3.0, 1, 0, 1, 0]), 0.2, 1.0).chances(pairs)
    assert (np.diff(chance) > 0).all()


def test_by_hand() -> None:
    """One order together, .5 by chance, 10 orders each, a fifth of which related pairs share."""
    one, nothing = np.ones(1), np.zeros(1)
    pairs = Pairs(one, one / 2, 10 * one, nothing, nothing, nothing)
    chance = PairMixture(np.array([-2.0, 1, 0, 1, 0]), 0.2, 1.0).chances(pairs)[0]
    # Negative binomial with mean m and shape a: P(1) = a (a / (a + m))^a m / (a + m).
    related = 5 * (5 / 7.5) ** 5 * 2.5 / 7.5
    varied = 10 * (10 / 10.5) ** 10 * 0.5 / 10.5
    by_chance = 0.95 * 0.5 * np.exp(-0.5) + 0.05 * varied
    odds = np.exp(-2.0) * related / by_chance
    assert chance == pytest.approx(odds / (1 + odds), rel=1e-3)


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
    learned_ = learned(Pairs(together, 0.7 * ones, 6 * ones, nothing, nothing, nothing))
    assert 1.3 < learned_.evenness < 1.8
    assert learned(planted(0.03, by_name=False)[0]).evenness < 1.2


def test_without_plants_hardly_anything_is_told() -> None:
    told = 0
    for seed in range(5):
        pairs, _ = planted(1e-9, by_name=False, seed=seed)
        told += int((learned(pairs).chances(pairs) > 0.5).sum())
    assert told <= 3
