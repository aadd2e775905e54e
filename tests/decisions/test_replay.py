"""Replay finds the truth of a made-up log, and refuses where the log cannot tell."""

import numpy as np
import pytest

from benchmarks.decisions_replay import logged_world
from passend.decisions.replay import CannotReplay, Replay, replay
from passend.errors import InvalidInput


def test_intervals_hold_the_planted_truth():
    hits = {"IPS": 0, "SNIPS": 0, "doubly robust": 0}
    for seed in range(40):
        log, truth = logged_world(seed, decisions=1500)
        found = replay(log)
        assert isinstance(found, Replay)
        assert found.effective > 100
        for name in hits:
            hits[name] += found.estimates[name].low <= truth <= found.estimates[name].high
    assert min(hits.values()) >= 34


def test_the_same_policy_earns_what_was_earned():
    random = np.random.default_rng(1)
    chance = random.choice([0.2, 0.5], 500)
    reward = random.lognormal(1, 1, 500)
    found = replay({"probability": chance, "reward": reward, "new_probability": chance})
    for one in ("IPS", "SNIPS", "doubly robust"):
        assert found.estimates[one].value == pytest.approx(found.logged.value)
    assert found.effective == pytest.approx(500)
    assert found.estimates["difference"].value == pytest.approx(0, abs=1e-9)


def test_a_model_narrows_the_interval():
    log, truth = logged_world(3, decisions=2000, with_model=True)
    plain = {name: log[name] for name in ("probability", "reward", "new_probability")}
    one, two = replay(log).best, replay(plain).best
    assert one.high - one.low < two.high - two.low
    assert one.low <= truth <= one.high


def test_without_overlap_there_is_no_number():
    never = replay({"probability": [0.5] * 100, "reward": [1.0] * 100, "new_probability": [0.0] * 100})
    assert isinstance(never, CannotReplay)
    seldom = replay({"probability": [0.5] * 100, "reward": [1.0] * 100, "new_probability": [0.1] * 100})
    assert isinstance(seldom, CannotReplay)
    assert "20%" in seldom.because
    few = replay({"probability": [0.1] * 40, "reward": [1.0] * 40, "new_probability": [1.0] * 4 + [0.0] * 36})
    assert isinstance(few, CannotReplay)


def test_decisions_of_one_customer_are_one_piece_of_evidence():
    random = np.random.default_rng(2)
    reward = np.repeat(random.lognormal(1, 1, 100), 10)
    log = {"probability": np.full(1000, 0.5), "reward": reward, "new_probability": np.full(1000, 0.5)}
    one, two = replay(log).logged, replay({**log, "cluster": np.repeat(np.arange(100), 10)}).logged
    assert two.high - two.low > 2.5 * (one.high - one.low)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"probability": [0.0, 0.5]}, "between 0 and 1"),
        ({"new_probability": [1.5, 0.5]}, "between 0 and 1"),
        ({"reward": [None, 1.0]}, "empty in a row"),
    ],
)
def test_impossible_logs_are_refused(change, says):
    log = {"probability": [0.5, 0.5], "reward": [1.0, 1.0], "new_probability": [0.5, 0.5], **change}
    with pytest.raises(InvalidInput, match=says):
        replay(log)
    with pytest.raises(InvalidInput, match="no column"):
        replay({"probability": [0.5]})
