import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier

from passend import Propensity
from passend.customers.propensity import nets
from passend.customers.propensity.additive import Basis
from passend.customers.propensity.blend import blend_weights
from passend.customers.propensity.columns import Feature
from passend.customers.propensity.drift import Follower
from passend.customers.propensity.nets import STAGES, learn_scale, train
from passend.customers.propensity.trees import learn_codes, with_codes


def lines(columns):
    return [Basis(place, (), (), 0.0, 1.0, has_missing=False, is_class=False) for place in range(columns)]


def told(odds, random):
    return (random.random(len(odds)) < expit(odds)).astype(float)


def test_shares_go_to_the_model_that_knows_and_are_equal_where_models_are():
    random = np.random.default_rng(1)
    odds = random.normal(size=4000)
    came = told(odds, random)
    shares = blend_weights(np.column_stack([odds, random.normal(size=4000)]), came, np.ones(4000))
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > 0.9
    equal = blend_weights(np.column_stack([odds, odds, odds]), came, np.ones(4000))
    assert equal == pytest.approx([1 / 3] * 3, abs=1e-3)


def test_with_few_rows_shares_stay_near_equal():
    random = np.random.default_rng(2)
    spread = []
    for rows in (20, 2000):
        odds = random.normal(size=rows)
        said = odds[:, None] + random.normal(0, 0.7, size=(rows, 3))
        spread.append(np.ptp(blend_weights(said, told(odds, random), np.ones(rows))))
    assert spread[0] < 0.25


def test_nets_find_a_product_that_lines_cannot():
    random = np.random.default_rng(3)
    numbers = random.normal(size=(6000, 3))
    odds = 1.5 * numbers[:, 0] * numbers[:, 1]
    scale = learn_scale(numbers, lines(3))
    nets = train(scale(numbers[:4000]), told(odds[:4000], random), seed=0)
    assert len(nets) == len(STAGES)
    said = nets[-1].log_odds(scale(numbers[4000:]))
    assert np.corrcoef(said, odds[4000:])[0, 1] > 0.8


def test_what_terms_move_adds_up_to_what_the_net_says():
    random = np.random.default_rng(4)
    terms = random.normal(size=(500, 4))
    net = train(terms, told(terms[:, 0] - terms[:, 1], random), seed=0)[0]
    moved = net.pulls(terms, steps=64).sum(axis=1)
    assert moved == pytest.approx(net.log_odds(terms) - net.log_odds(np.zeros((1, 4))), abs=1e-3)


def test_codes_are_found_and_read_as_classes():
    numbers = np.array([[1.0, 0.5, 3.0], [4.0, 0.1, 3.0], [9.0, 0.2, 5.0], [np.nan, 0.3, 3.0]])
    features = [Feature(name, None, 1.0) for name in ("code", "amount", "flag")]
    (code,) = learn_codes(numbers, features, [0, 0, 0])
    assert code.values == (1.0, 4.0, 9.0)
    seen = with_codes(np.array([[4.0, 0, 0], [5.0, 0, 0], [100.0, 0, 0], [np.nan, 0, 0]]), [code])
    assert np.array_equal(seen[:, 3], [1.0, np.nan, np.nan, np.nan], equal_nan=True)
    assert learn_codes(numbers, features, [1, 0, 0]) == ()


def test_a_code_without_order_is_told():
    random = np.random.default_rng(5)
    effect = random.permutation(np.linspace(-2, 2, 40))
    code = random.integers(0, 40, 6000)
    came = told(effect[code] - 1, random)
    model = Propensity().fit({"code": code[:3000], "bought": came[:3000]})
    said = model.predict({"code": code[3000:]})["probability"].to_numpy()
    best = roc_auc_score(came[3000:], effect[code[3000:]])
    assert roc_auc_score(came[3000:], said) > best - 0.05


def test_where_nothing_drifts_the_model_that_knows_counts_in_full():
    for seed in range(3):
        random = np.random.default_rng(10 + seed)
        odds = random.normal(-1, 1, 8000)
        follower = Follower(np.column_stack([odds, random.normal(size=8000)]), told(odds, random))
        height, right, wrong = follower.weights
        assert abs(height) < 0.2
        assert right == pytest.approx(1, abs=0.15)
        assert abs(wrong) < 0.1


def test_a_jump_of_the_level_is_followed_and_doubt_is_told():
    random = np.random.default_rng(20)
    odds = random.normal(-2, 1, 6000)
    truth = odds + np.where(np.arange(6000) < 4000, 0.0, 2.0)
    came = told(truth, random)
    follower = Follower(odds[:4000, None], came[:4000])
    before, sure = follower.say(odds[4000:, None])
    follower.follow(odds[4000:5000, None], came[4000:5000])
    after, doubt = follower.say(odds[5000:, None])
    assert np.abs(np.mean(after - truth[5000:])) < 0.35
    assert np.mean(truth[4000:] - before) > 1.5
    assert doubt.mean() > sure.mean()


def test_a_model_that_turns_useless_loses_its_weight():
    random = np.random.default_rng(21)
    first, second = random.normal(size=(2, 8000))
    came = told(np.where(np.arange(8000) < 4000, first, second), random)
    said = np.column_stack([first, second])
    early = Follower(said[:4000], came[:4000]).weights
    late = Follower(said, came).weights
    assert early[1] > 2 * early[2] + 0.5
    assert late[2] > 2 * late[1] + 0.3


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 450), st.integers(1, 4))
def test_any_history_gives_finite_odds(seed, rows, models):
    random = np.random.default_rng(seed)
    said = random.normal(scale=4, size=(rows, models))
    follower = Follower(said, (random.random(rows) < 0.02).astype(float))
    odds, doubt = follower.say(said)
    assert np.isfinite(odds).all()
    assert (follower.weights[1:] >= 0).all()
    assert (doubt > 0).all()


@pytest.mark.parametrize("rows", [150, 430])
def test_nets_are_those_of_scikit_learn(rows):
    random = np.random.default_rng(rows)
    terms = random.normal(size=(rows, 6))
    target = (random.random(rows) < 0.5 + 0.3 * np.sin(terms[:, 0])).astype(float)
    ours = nets.train(terms, target, 7)
    batch = min(nets.BATCH, rows)
    theirs = MLPClassifier(
        (nets.HIDDEN,), activation="tanh", alpha=nets.PENALTY * batch / rows, batch_size=batch,
        learning_rate_init=nets.RATE, random_state=np.random.RandomState(7),
    )  # fmt: skip
    done = 0
    for net, stage in zip(ours, nets.STAGES, strict=True):
        while done < stage:
            theirs.partial_fit(terms, target, classes=[0.0, 1.0])
            done += max(1, round(rows / batch))
        said = np.log(theirs.predict_proba(terms)[:, 1] / theirs.predict_proba(terms)[:, 0])
        assert np.allclose(net.log_odds(terms), said, atol=1e-8)
