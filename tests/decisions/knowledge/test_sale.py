"""What an added sale costs beside the goods, by hand."""

import numpy as np
import pytest

from passend.decisions.knowledge.sale import anyway, given_away, learn_returns, service_of


def test_what_comes_back_is_shrunk_to_the_firms_usual_and_customers_to_their_groups():
    # Ten sales of a dress, five came back; ten of a cup, none did. Customer 0 bought four dresses and sent all back.
    customer = np.array([0] * 4 + [1] * 6 + [2] * 10)
    group = np.array([0] * 10 + [1] * 10)
    is_back = np.array([True] * 5 + [False] * 15)
    found = learn_returns(customer, group, is_back, (4, 3))
    usual = (5 + 1) / (20 + 20)
    dress, cup = (5 + 20 * usual) / 30, (0 + 20 * usual) / 30
    assert found.group == pytest.approx([dress, cup, usual])
    assert found.customer == pytest.approx([
        (4 + 4 * dress) / 8 - dress, (1 + 4 * dress) / 10 - dress, (0 + 4 * cup) / 14 - cup, 0,
    ])  # fmt: skip


def test_service_an_item_is_pulled_to_the_mean():
    found = service_of(np.array([0, 0, 2]), np.array([500.0, 100.0, 300.0]), np.array([2, 3, 1, 0]))
    mean = 900 / 6
    assert found == pytest.approx([(600 + 3 * mean) / 5, 3 * mean / 6, (300 + 3 * mean) / 4, mean])
    assert service_of(np.array([0]), np.array([80.0]), np.array([0])) == pytest.approx([(80 + 3 * 80) / 3])


def test_what_would_have_come_anyway_hangs_on_need_and_rhythm():
    # Bought once in ten weeks without an offer; it rests for thirteen weeks of the half year.
    assert anyway(np.array([0.1]), np.array([13.0])) == pytest.approx([(1 - np.exp(-1.82)) * 0.5])
    assert anyway(np.array([0.1]), np.array([200.0])) == pytest.approx([1 - np.exp(-1.82)])
    assert anyway(np.array([0.0]), np.array([13.0])) == pytest.approx([0])
    assert anyway(np.array([0.1]), np.array([13.0]), weeks=10.0) == pytest.approx([1 - np.exp(-0.7)])


def test_the_share_that_takes_a_discount_is_what_did_not_buy_at_the_full_price():
    # Ten would have bought; three paid the full price. Before anything is seen half of five take it.
    at_full_price = np.array([True] * 3 + [False] * 37)
    assert given_away(np.full(40, 0.25), at_full_price) == pytest.approx(1 - (3 + 2.5) / 15)
    assert given_away(np.zeros(0), np.zeros(0, bool)) == pytest.approx(0.5)
    assert given_away(np.full(40, 0.01), np.ones(40, bool)) == 0
