"""Few contacts: effects by kind, pulled towards those above."""

import numpy as np
import pyarrow as pa
import pytest

from passend import Uplift
from passend.customers.uplift.thin import EffectPrior, fit_hierarchy

LEVELS = ("channel", "relation_type", "response_class")


def few(seed, each=60, effect=(0.3, -0.1)):
    """Two channels whose offers do different things; yes-or-no outcomes."""
    random = np.random.default_rng(seed)
    n = 4 * each
    channel = np.repeat(["email", "phone"], 2 * each)
    got = random.integers(0, 2, n)
    chance = 0.4 + got * np.where(channel == "email", *effect)
    return pa.table(
        {
            "channel": channel,
            "relation_type": np.tile(["next", "complement"], 2 * each),
            "offer": np.array(["none", "call"])[got],
            "bought": (random.uniform(size=n) < chance).astype(int),
        }
    )


def test_thin_data_go_by_kind():
    gap, low, high = [], [], []
    for seed in range(20):
        contacts = few(seed)
        model = Uplift().fit(contacts, "offer", "bought")
        assert model.result_ is None
        found = model.predict(contacts)
        assert set(found["basis"].to_pylist()) == {"by kind of contact"}
        assert "few contacts" in model.explain()[0]
        effect = found["effect"].to_numpy()
        gap.append(effect[0] - effect[-1])
        low.append(found["low"][0].as_py())
        high.append(found["high"][0].as_py())
    assert np.mean(gap) > 0.1  # the kinds are told apart ...
    assert np.mean(gap) < 0.4  # ... and pulled together


def _mean_error(shrunk, seeds=40):
    wrong = 0.0
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        kinds = [("email", f"r{place}", None) for place in range(10)]
        true = 0.1 + 0.05 * random.normal(size=10)
        keys, arm, y = [], [], []
        for kind, effect in zip(kinds, true, strict=True):
            got = random.integers(0, 2, 40)
            keys += [kind] * 40
            arm += list(got)
            y += list((random.uniform(size=40) < 0.4 + effect * got).astype(float))
        arm, y = np.array(arm), np.array(y)
        if shrunk:
            model = fit_hierarchy(keys, arm, y, 1, (EffectPrior(0, 1.0), LEVELS))
            found = model.effects(kinds)[0][:, 0]
        else:
            rows = np.arange(400).reshape(10, 40)
            found = np.array([y[one][arm[one] == 1].mean() - y[one][arm[one] == 0].mean() for one in rows])
        wrong += float(np.mean((found - true) ** 2))
    return wrong / seeds


def test_pulling_together_halves_the_error():
    assert _mean_error(shrunk=True) < 0.5 * _mean_error(shrunk=False)


def test_intervals_hold_the_truth():
    inside, asked = 0, 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        true = 0.02 * random.normal()
        arm = random.integers(0, 2, 120)
        y = (random.uniform(size=120) < 0.3 + true * arm).astype(float)
        mean, error = fit_hierarchy([()] * 120, arm, y, 1, (EffectPrior(), ())).effects([()])
        inside += abs(mean[0, 0] - true) <= 1.645 * error[0, 0]
        asked += 1
    assert inside / asked > 0.8


def test_nothing_known_is_the_prior_and_unknown_kinds_take_the_kind_above():
    empty = fit_hierarchy([], np.zeros(0, int), np.zeros(0), 2, (EffectPrior(0.01, 0.02), LEVELS))
    mean, error = empty.effects([("email", None, None)])
    assert mean.tolist() == [[0.01, 0.01]]
    assert error.tolist() == [[0.02, 0.02]]
    contacts = few(1)
    model = Uplift().fit(contacts, "offer", "bought")
    asked = pa.table({"channel": ["letter", "email"], "relation_type": ["next", "upgrade"]})
    found = model.predict(asked)["effect"].to_pylist()
    beliefs = model._kinds.beliefs[0]
    assert found == [beliefs[()].effect, beliefs[("email",)].effect]


def test_a_heavy_outcome_has_a_prior_in_its_own_spread():
    y = np.r_[np.zeros(50), np.full(50, 1000.0)]
    model = fit_hierarchy([], np.zeros(0, int), y, 1, (EffectPrior(), ()))
    assert model.effects([()])[1][0, 0] == pytest.approx(0.02 * y.std())
