"""Held against statsmodels, and against values of GrowthBook's gbstats 0.8.0, frozen: it needs an older NumPy."""

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.meta_analysis import _fit_tau_iterative
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from passend.results.clusters import compare_clusters
from passend.results.difference import difference, history, unpooled_error
from passend.results.looks import any_time, once, weekly
from passend.results.moments import Moments, moments_of
from passend.results.pooling import pool
from passend.results.ratio import Ratio, ratio_difference

EXACT = 1e-8


@pytest.fixture(scope="module")
def customers():
    random = np.random.default_rng(5)
    treated = np.arange(900) < 700
    before = random.gamma(1.5, 20, 900)
    spend = np.where(random.random(900) < 0.4, 0.6 * before + random.lognormal(3, 1, 900) + 4 * treated, 0.0)
    return spend, before, treated


def arms(customers, with_history=True):
    spend, before, treated = customers
    return [moments_of(spend[arm], before[arm] if with_history else None) for arm in (treated, ~treated)]


def test_history_is_the_regression_on_arm_and_history(customers):
    spend, before, treated = customers
    one, other = arms(customers)
    with_it = sm.OLS(spend, np.column_stack([np.ones(900), treated, before])).fit()
    without = sm.OLS(spend, np.column_stack([np.ones(900), treated])).fit()
    slope, cut = history(one, other)
    assert difference(one, other, once()).value == pytest.approx(with_it.params[1], rel=EXACT)
    assert slope == pytest.approx(with_it.params[2], rel=EXACT)
    assert cut == pytest.approx(1 - with_it.ssr / without.ssr, rel=EXACT)


def test_the_unpooled_error_is_welchs(customers):
    spend, _, treated = customers
    both = CompareMeans(DescrStatsW(spend[treated]), DescrStatsW(spend[~treated]))
    assert unpooled_error(*arms(customers, with_history=False)) == pytest.approx(
        both.std_meandiff_separatevar, rel=EXACT
    )


def test_the_error_of_no_effect_is_that_of_all_customers_together(customers):
    spend, _, treated = customers
    found = difference(*arms(customers, with_history=False), once())
    spread = DescrStatsW(spend, ddof=1).std
    assert found.error == pytest.approx(spread * np.sqrt(1 / treated.sum() + 1 / (~treated).sum()), rel=EXACT)


def test_clusters_are_the_robust_regression(customers):
    random = np.random.default_rng(2)
    visits = random.integers(20, 60, 14).astype(float)
    is_treated = np.arange(14) % 2 == 0
    rows = np.repeat(np.arange(14), visits.astype(int))
    value = random.normal(is_treated[rows] * 2.0 + random.normal(0, 1, 14)[rows], 3)
    totals = np.bincount(rows, value)
    found = compare_clusters(totals, visits, is_treated)
    fitted = sm.OLS(value, np.column_stack([np.ones(len(rows)), is_treated[rows]])).fit(
        cov_type="cluster", cov_kwds={"groups": rows, "use_correction": False}
    )
    # seven clusters an arm: the factor 7/6 of each arm is that of the whole
    reach = (found.high - found.value) / 2.1788128296672284  # t with 12 degrees of freedom
    assert found.value == pytest.approx(fitted.params[1], rel=EXACT)
    assert reach == pytest.approx(fitted.bse[1] * np.sqrt(7 / 6), rel=EXACT)


def test_pooling_is_the_random_effects_model():
    random = np.random.default_rng(4)
    errors = random.uniform(0.5, 2, 30)
    effects = random.normal(1, 1, 30) + random.normal(0, errors)
    spread, is_found = _fit_tau_iterative(effects, errors**2, tau2_start=0.1, atol=1e-12, maxiter=500)
    assert is_found
    ours = pool(effects, errors, np.ones(30))
    centre = sm.WLS(effects, np.ones(30), weights=1 / (errors**2 + spread)).fit().params[0]
    own = spread / (errors**2 + spread)
    assert ours.spread**2 == pytest.approx(spread, rel=EXACT)
    assert ours.total == pytest.approx((own * effects + (1 - own) * centre).sum(), rel=EXACT)


def test_the_sequence_is_gbstats():
    held = numbers(1200, 3150.0, 61000.0)
    treated = numbers(9800, 29400.0, 655000.0)
    half = any_time(11000, 20000) * unpooled_error(treated, held)
    assert 0.375 - half == pytest.approx(-0.2584148569656689, rel=EXACT)
    assert 0.375 + half == pytest.approx(1.0084148569656688, rel=EXACT)
    assert unpooled_error(treated, held) == pytest.approx(0.20628081522562577, rel=EXACT)


def test_ratios_are_gbstats():
    held = Ratio(1200, 3150.0, 61000.0, 420.0, 700.0, 4100.0)
    treated = Ratio(9800, 29400.0, 655000.0, 3700.0, 6400.0, 38500.0)
    assert held.value == 7.5
    assert held.error == pytest.approx(0.46964201431741004, rel=EXACT)
    assert treated.error == pytest.approx(0.18075633825445692, rel=EXACT)
    value, low, high = ratio_difference(treated, held)
    assert value == pytest.approx(7.945945945945946 - 7.5)
    assert (high - low) / 2 == pytest.approx(once() * np.hypot(0.46964201431741, 0.18075633825445), rel=1e-6)


def test_weekly_bounds_are_the_published_ones():
    # Five equal looks, O'Brien and Fleming's kind by Lan and DeMets, two-sided .05 (gsDesign, sfLDOF).
    assert weekly((0.2, 0.4, 0.6, 0.8, 1.0)) == pytest.approx((4.877, 3.357, 2.680, 2.290, 2.031), abs=6e-4)


def numbers(people: float, total: float, squares: float) -> Moments:
    nothing = np.asarray(0.0)
    values = [np.asarray(one) for one in (people, people, total, squares)]
    return Moments(*values, nothing, nothing, nothing)
