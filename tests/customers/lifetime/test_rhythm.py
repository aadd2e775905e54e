"""The two models of rhythm against published formulas, slopes by differences, and customers whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln, hyp2f1

from passend.customers.lifetime import bgnbd, pareto
from passend.customers.lifetime.bgnbd import BgNbd
from passend.customers.lifetime.histories import Patterns
from passend.customers.lifetime.pareto import ParetoNbd

positive = st.floats(0.2, 8)


@st.composite
def found(draw):
    size = draw(st.integers(1, 8))
    watched = np.array(draw(st.lists(st.floats(2, 80), min_size=size, max_size=size)))
    repeats = np.array(draw(st.lists(st.integers(0, 30), min_size=size, max_size=size)), float)
    part = np.array(draw(st.lists(st.floats(0.05, 0.99), min_size=size, max_size=size)))
    latest = np.where(repeats > 0, watched * part, 0)
    return Patterns(repeats, latest, watched, np.ones(size), np.arange(size))


@pytest.mark.parametrize("model", [bgnbd, pareto])
@given(found(), st.lists(positive, min_size=4, max_size=4))
def test_the_slopes_are_those_of_the_likelihood(model, patterns, values):
    values = np.array(values)
    _, slope = model.log_likelihood(patterns, values)
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-5 * values[place]
        up, down = (model.log_likelihood(patterns, values + sign * step)[0] for sign in (1, -1))
        assert slope[place] == pytest.approx((up - down) / (2 * step[place]), rel=2e-4, abs=2e-4)


@given(found(), st.lists(positive, min_size=4, max_size=4))
def test_pareto_has_the_published_likelihood(patterns, values):
    """Fader and Hardie (2005), equation 16 ff., with the hypergeometric function."""
    r, alpha, s, beta = values
    x, tx, t = patterns.repeats, patterns.latest, patterns.watched
    k = r + s + x
    far = abs(alpha - beta)

    def part(time):
        high = max(alpha, beta) + time
        return hyp2f1(k, s + 1 if alpha >= beta else r + x, k + 1, far / high) / high**k

    a0 = part(tx) - part(t)
    front = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    bracket = (alpha + t) ** -(r + x) * (beta + t) ** -s + s / k * a0
    expected = front + np.log(bracket)
    clear = a0 > 1e-7 * part(tx)  # elsewhere the published difference cancels
    got = np.array(
        [
            pareto.log_likelihood(
                Patterns(x[[i]], tx[[i]], t[[i]], np.ones(1), np.zeros(1)), np.array(values)
            )[0]
            for i in range(len(x))
        ]
    )
    assert got[clear] == pytest.approx(expected[clear], rel=1e-6, abs=1e-6)


@given(found(), st.tuples(positive, positive, st.floats(1.2, 6), positive), st.floats(1, 100))
def test_bgnbd_expects_what_the_paper_expects(patterns, values, weeks):
    """Equation 10 of Fader, Hardie and Lee (2005)."""
    r, alpha, a, b = values
    x, tx, t = patterns.repeats, patterns.latest, patterns.watched
    z = weeks / (alpha + t + weeks)
    top = (a + b + x - 1) / (a - 1) * (
        1 - ((alpha + t) / (alpha + t + weeks)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        bottom = 1 + np.where(x > 0, a / (b + x - 1) * ((alpha + t) / (alpha + tx)) ** (r + x), 0)
    outlook = BgNbd(r, alpha, a, b, 0.0).outlook(patterns, weeks)
    assert outlook.orders == pytest.approx(top / bottom, rel=2e-4, abs=1e-6)


@given(found(), st.tuples(positive, positive, st.floats(1.2, 6), positive), st.floats(1, 100))
def test_pareto_expects_what_the_paper_expects(patterns, values, weeks):
    """Equation 41 of Fader and Hardie (2005)."""
    r, alpha, s, beta = values
    outlook = ParetoNbd(r, alpha, s, beta, 0.0).outlook(patterns, weeks)
    left = beta + patterns.watched
    alive = (r + patterns.repeats) / (alpha + patterns.watched) * left / (s - 1)
    alive *= 1 - (left / (left + weeks)) ** (s - 1)
    assert outlook.orders == pytest.approx(outlook.alive * alive, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("model", [BgNbd(0.6, 8.0, 0.9, 2.5, 0.0), ParetoNbd(0.6, 8.0, 0.8, 15.0, 0.0)])
def test_the_future_of_new_customers_is_that_of_customers_drawn(model):
    """Chances of counts, mean and mean square of a year against 200,000 customers who live the model's story."""
    random = np.random.default_rng(5)
    n, weeks = 200_000, 52.0
    pace = random.gamma(model.r, 1 / model.alpha, n)
    if isinstance(model, BgNbd):
        # After each repeat one may stop; the first order is past.
        until = random.geometric(np.maximum(random.beta(model.a, model.b, n), 1e-12))
        orders = np.minimum(random.poisson(pace * weeks), until)
    else:
        life = random.exponential(1 / random.gamma(model.s, 1 / model.beta, n))
        orders = random.poisson(pace * np.minimum(life, weeks))
    one = Patterns(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1), np.zeros(1, int))
    outlook = model.outlook(one, weeks)
    assert outlook.alive[0] == pytest.approx(1)
    assert outlook.orders[0] == pytest.approx(orders.mean(), rel=0.02)
    assert outlook.orders_square[0] == pytest.approx((orders**2).mean(), rel=0.04)
    assert outlook.none[0] == pytest.approx((orders == 0).mean(), abs=0.005)
    seen = np.bincount(np.minimum(orders, 7), minlength=8) / n
    assert model.counts(np.array([weeks]), 7)[0] == pytest.approx(seen, abs=0.005)


@pytest.mark.parametrize(
    ("model", "fit"),
    [
        (BgNbd(0.6, 8.0, 0.9, 2.5, 0.0), bgnbd.fit_bgnbd),
        (ParetoNbd(0.6, 8.0, 0.8, 15.0, 0.0), pareto.fit_pareto),
    ],
)
def test_planted_parameters_are_found(model, fit):
    random = np.random.default_rng(3)
    n, weeks = 8_000, 60.0
    pace = random.gamma(model.r, 1 / model.alpha, n)
    repeats, latest = np.zeros(n), np.zeros(n)
    if isinstance(model, BgNbd):
        stop, life = random.beta(model.a, model.b, n), np.full(n, np.inf)
    else:
        stop, life = np.zeros(n), random.exponential(1 / random.gamma(model.s, 1 / model.beta, n))
    at, active = np.zeros(n), np.ones(n, bool)
    while active.any():
        at = at + random.exponential(1 / np.maximum(pace, 1e-12))
        active &= (at < weeks) & (at < life)
        repeats[active] += 1
        latest[active] = at[active]
        active &= random.uniform(size=n) >= stop
    everyone = Patterns(repeats, latest, np.full(n, weeks), np.ones(n), np.arange(n))
    got = fit(everyone)
    for name, value in model.parameters.items():
        assert got.parameters[name] == pytest.approx(value, rel=0.2), name
