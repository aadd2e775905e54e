import numpy as np
import pytest

from passend.customers.propensity import Hazard
from passend.errors import InvalidInput, PassendError


def lags(seed, customers=4000, end=200.0):
    """Half of the customers buy about 60 days after the anchor; the data end after 200 days."""
    random = np.random.default_rng(seed)
    buys = random.random(customers) < 0.5
    lag = np.where(buys, random.normal(60, 6, customers), np.inf)
    return np.minimum(lag, end), lag <= end


def test_the_planted_time_is_found():
    window = Hazard().fit(*lags(1)).best_window(28)
    assert window.from_days <= 60 <= window.to_days
    assert window.low <= window.probability <= window.high
    assert 0.4 < window.probability < 0.55


def test_chances_come_true():
    hazard = Hazard().fit(*lags(2))
    assert hazard.chance([0.0], 100)[0] == pytest.approx(0.5, abs=0.04)
    assert hazard.chance([100.0], 50)[0] < 0.03
    assert hazard.chance([45.0], 30)[0] == pytest.approx(0.5, abs=0.05)


def test_a_steady_chance_has_no_best_time():
    random = np.random.default_rng(3)
    lag = random.exponential(100, 5000)
    hazard = Hazard().fit(np.minimum(lag, 150), lag <= 150)
    chances = hazard.chance(np.array([0.0, 40.0, 90.0]), 28)
    assert np.ptp(chances) < 0.05
    assert chances.mean() == pytest.approx(1 - np.exp(-0.28), abs=0.02)


def test_nobody_bought():
    hazard = Hazard().fit(np.full(50, 90.0), np.zeros(50, bool))
    assert hazard.chance([0.0], 30)[0] == pytest.approx(0, abs=1e-9)


def test_what_cannot_be_learned_from_is_said():
    with pytest.raises(InvalidInput, match="no lags"):
        Hazard().fit([], [])
    with pytest.raises(InvalidInput, match="negative or missing"):
        Hazard().fit([-1.0], [True])
    with pytest.raises(PassendError, match="not fitted"):
        Hazard().best_window()
