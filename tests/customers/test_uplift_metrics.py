import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc

from passend.customers.uplift_metrics import CONVENTIONS, auuc, qini, qini_curve, uplift_at_k, uplift_curve
from passend.errors import InvalidInput


def _curve(y, score, w, gain):
    """The published definition, step by step: after each group of equal scores, the gain of all before."""
    points = [(0.0, 0.0)]
    for limit in sorted(set(score), reverse=True):
        top = [place for place in range(len(y)) if score[place] >= limit]
        nt = sum(w[i] for i in top)
        nc = len(top) - nt
        yt = sum(y[i] for i in top if w[i])
        yc = sum(y[i] for i in top if not w[i])
        points.append((len(top), gain(yt, nt, yc, nc)))
    return [p[0] for p in points], [p[1] for p in points]


def _qini_gain(yt, nt, yc, nc):
    return yt - (yc * nt / nc if nc else 0.0)


def _uplift_gain(yt, nt, yc, nc):
    return ((yt / nt if nt else 0.0) - (yc / nc if nc else 0.0)) * (nt + nc)


def _scaled(y, score, best, w, gain):
    x, height = _curve(y, score, w, gain)
    x_best, height_best = _curve(y, best, w, gain)
    straight = auc([0, x_best[-1]], [0, height_best[-1]])
    return (auc(x, height) - straight) / (auc(x_best, height_best) - straight)


@st.composite
def campaigns(draw):
    size = draw(st.integers(8, 40))
    y = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    w = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    score = draw(st.lists(st.integers(-5, 5), min_size=size, max_size=size))
    y[:4], w[:4] = [1, 0, 1, 0], [1, 1, 0, 0]
    return y, [one / 4 for one in score], w


@given(campaigns())
def test_the_coefficients_are_the_published_ones(campaign):
    y, score, w = campaign
    best = [a * b - a * (1 - b) for a, b in zip(y, w, strict=True)]
    assert qini(y, score, w) == pytest.approx(_scaled(y, score, best, w, _qini_gain), abs=1e-9)
    controls = sum(a and not b for a, b in zip(y, w, strict=True))
    silent = sum(b and not a for a, b in zip(y, w, strict=True))
    extra = y if controls > silent else w
    best = [2 * (a == b) + c for a, b, c in zip(y, w, extra, strict=True)]
    assert auuc(y, score, w) == pytest.approx(_scaled(y, score, best, w, _uplift_gain), abs=1e-9)


@given(campaigns(), st.sampled_from(CONVENTIONS))
def test_a_constant_score_scores_nothing_and_scale_does_not_matter(campaign, convention):
    y, score, w = campaign
    for measure in (qini, auuc):
        assert measure(y, np.ones(len(y)), w, convention=convention) == pytest.approx(0, abs=1e-12)
        moved = np.asarray(score) * 8 + 3
        assert measure(y, moved, w, convention=convention) == pytest.approx(
            measure(y, score, w, convention=convention), abs=1e-12
        )


@given(campaigns())
def test_the_order_of_the_rows_does_not_matter(campaign):
    y, score, w = map(np.asarray, campaign)
    turned = np.random.default_rng(1).permutation(len(y))
    for measure in (qini, auuc):
        assert measure(y[turned], score[turned], w[turned]) == pytest.approx(measure(y, score, w), abs=1e-12)


def test_uplift_at_k_takes_the_best_of_all_or_of_each_group():
    y, w = [1, 0, 1, 1, 0, 0], [1, 1, 1, 0, 0, 0]
    score = [6, 5, 1, 4, 3, 2]
    assert uplift_at_k(y, score, w, k=0.5) == pytest.approx(0.5 - 1)
    assert uplift_at_k(y, score, w, k=0.5, strategy="by_group") == pytest.approx(1 - 1)
    assert uplift_at_k(y, score, w, k=2, strategy="by_group") == pytest.approx(0.5 - 0.5)
    with pytest.raises(InvalidInput, match="no controls"):
        uplift_at_k(y, score, w, k=2)


def test_per_customer_is_money():
    """Four of eight gain 10; a perfect ranking has all of it at half the budget."""
    y = np.array([10.0, 0, 10, 0, 0, 0, 0, 0])
    w = np.array([1, 0, 1, 0, 1, 0, 1, 0])
    score = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
    assert list(uplift_curve(y, score, w).gain) == [0, 40, 40]
    assert list(qini_curve(y, score, w).gain) == [0, 20, 20]
    assert auuc(y, score, w, convention="per customer") == pytest.approx((160 / 2 + 160 - 160) / 64)


@pytest.mark.parametrize(
    ("y", "score", "w", "says"),
    [
        ([1, 0], [1, 0], [1, 1], "only treated"),
        ([1, 0], [1, 0], [0, 2], "neither 0 nor 1"),
        ([1, 0], [1, float("nan")], [0, 1], "missing"),
        ([1, 0], [1, 0, 1], [0, 1], "2 outcomes, 3 scores"),
    ],
)
def test_what_cannot_be_ranked_is_refused(y, score, w, says):
    with pytest.raises(InvalidInput, match=says):
        qini(y, score, w)


def test_an_unknown_convention_is_refused():
    with pytest.raises(InvalidInput, match="choose one of"):
        qini([1, 0], [1, 0], [1, 0], convention="mine")
