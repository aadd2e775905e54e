"""Published parameters, to the printed digits."""

import numpy as np
import pytest

from benchmarks import cdnow
from passend import Lifetime
from passend.customers.lifetime.bgnbd import fit_bgnbd
from passend.customers.lifetime.histories import patterns, read_histories
from passend.customers.lifetime.pareto import fit_pareto
from passend.customers.lifetime.retention import fit_survival
from passend.customers.lifetime.spend import fit_spend


@pytest.fixture(scope="module")
def sample():
    from tests import parts

    return read_histories(cdnow.sample_orders(parts.data_root()), cdnow.CALIBRATION_ENDS)


def _rounded(model, digits):
    return [round(value, digits) for value in model.parameters.values()]


@pytest.mark.data("cdnow")
def test_bgnbd_on_cdnow(sample):
    """Fader, Hardie and Lee (2005), table 2."""
    model = fit_bgnbd(patterns(sample))
    assert len(sample) == 2357
    assert _rounded(model, 3) == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood, 1) == -9582.4


@pytest.mark.data("cdnow")
def test_pareto_on_cdnow(sample):
    """Fader, Hardie and Lee (2005), table 2."""
    model = fit_pareto(patterns(sample))
    assert _rounded(model, 3) == [0.553, 10.578, 0.606, 11.669]
    assert round(model.log_likelihood, 3) == -9594.976


@pytest.mark.data("cdnow")
def test_gamma_gamma_on_cdnow(sample):
    """Fader and Hardie (2013), section 4."""
    model = fit_spend(sample.repeats, sample.spend)
    assert model.customers == 946
    assert _rounded(model, 2) == [6.25, 3.74, 15.44]
    assert round(model.log_likelihood, 2) == -4055.92


@pytest.mark.data("cdnow")
def test_the_forecast_of_cdnow_is_good(data_folder):
    model = Lifetime().fit(cdnow.sample_orders(data_folder), until=cdnow.CALIBRATION_ENDS)
    assert model.report_.good
    assert model.report_.p_value > 0.05  # the paper's fit is not rejected either
    after = read_histories(cdnow.sample_orders(data_folder))
    expected = np.asarray(model.predict(273)["expected_orders"]).sum()
    seen = after.repeats.sum() - model.histories_.repeats.sum()
    assert expected == pytest.approx(seen, rel=0.15)


@pytest.mark.parametrize(
    ("running", "alpha", "beta"),
    [
        ([100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1], 0.704, 1.182),
        ([100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1], 0.668, 3.806),
    ],
)
def test_retention_of_the_regular_and_high_end_customers(running, alpha, beta):
    """Fader and Hardie (2007), figure 5: seven renewals of 1000 customers."""
    share = 10 * np.array(running)
    model = fit_survival(-np.diff(share), np.r_[np.zeros(7), share[-1]])
    assert (round(model.alpha, 3), round(model.beta, 3)) == (alpha, beta)
