"""Hillstrom's e-mails: 64,000 customers, drawn by lot into men's mail, women's mail and none."""

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.customers_uplift import contacts
from passend import Uplift
from passend.customers.uplift.design import Campaign
from passend.customers.uplift.learners import aipw, folds_of

MEASURED = ("visit", "conversion", "spend")


@pytest.mark.data("hillstrom")
def test_mails_move_as_many_as_is_published():
    """Hillstrom (2008): visits 18.3 %, 15.1 % and 10.6 %; spend $1.42, $1.08 and $.65 a customer."""
    table = contacts()
    model = Uplift(bases=("linear",), ignore=[*MEASURED, "arm"]).fit(table, "segment", "visit")
    assert model.assignment_.random
    assert model.arms_.names == ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
    effect = [choice.effect for choice in model.choices_]
    assert effect == pytest.approx([0.0766, 0.0452], abs=0.002)
    assert [one.value for one in model.result_.uniform] == pytest.approx([0.106, 0.183, 0.151], abs=0.002)


@pytest.mark.data("hillstrom")
def test_on_spend_everybody_gets_the_mens_mail():
    table = contacts().filter(pa.array(np.random.default_rng(1).uniform(size=64_000) < 0.4))
    model = Uplift(bases=("linear",), ignore=[*MEASURED, "arm"]).fit(table, "segment", "spend")
    assert not model.result_.opened
    assert set(model.choose(table.slice(0, 100))["treatment"].to_pylist()) == {"Mens E-Mail"}
    assert [one.value for one in model.result_.uniform] == pytest.approx([0.653, 1.423, 1.077], abs=0.25)


def test_doubly_robust_scores_have_the_mean_of_the_arms():
    random = np.random.default_rng(1)
    arm = random.integers(0, 3, 9000)
    y = arm + random.normal(size=9000)
    c = Campaign(np.zeros((9000, 1)), arm, y, np.full((9000, 3), 1 / 3))
    wrong = np.tile([5.0, -5.0, 0.0], (9000, 1))  # even with wrong outcome models
    assert aipw(c, wrong).mean(axis=0) == pytest.approx([0, 1, 2], abs=0.3)
    fold = folds_of(c, 3, 1)
    assert np.bincount(fold).tolist() == [3000] * 3
    for one in range(3):
        assert abs(int((arm[fold == one] == 0).sum()) - (arm == 0).sum() / 3) <= 2
