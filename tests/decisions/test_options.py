"""Which offers go on to be decided: the best few of what may be offered, and nothing else."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from passend.decisions import options as module
from passend.decisions.candidates import KINDS
from passend.decisions.knowledge import learn
from passend.decisions.options import MOST, Related, open_shelf, options
from passend.decisions.related import larger_packs
from passend.decisions.rules import load_rules
from passend.decisions.value import worth
from tests.decisions.pasts import past_of

CUSTOMERS, PRODUCTS, WEEK = 80, 30, 60
RULES = load_rules({"channels": {"email": {"use": False}}})
REDUCED = load_rules({"channels": {"email": {"use": False}}, "values": {"discount_share": 0.2}})


def pairs(*rows):
    who, what = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return who, what


@cache
def shop(products=PRODUCTS):
    random = np.random.default_rng(5)
    sales = [
        (who, int(random.integers(products)), float(random.uniform(0, 7 * WEEK)))
        for who in range(CUSTOMERS) for _ in range(random.poisson(5))
    ]  # fmt: skip
    past = past_of(CUSTOMERS, WEEK, random.uniform(1000, 6000, products).round(), sales=sales,
                   department=np.arange(products))  # fmt: skip
    return past, learn(past)


def found(rules=RULES, products=PRODUCTS, most=MOST, **shelf):
    return options(*shop(products), rules, replace(open_shelf(CUSTOMERS, products), **shelf), most)


def test_the_best_few_of_each_customer_in_order():
    one, all_of_them = found(most=3), found(most=PRODUCTS)
    assert np.bincount(one.customer, minlength=CUSTOMERS).max() == 3
    assert (np.diff(one.customer * PRODUCTS + one.product) > 0).all()
    kept = set(zip(one.customer.tolist(), one.product.tolist(), strict=True))
    codes = np.full(len(all_of_them.customer), 1, np.int64)
    figures = all_of_them.informed.of(
        (all_of_them.customer, all_of_them.product, codes), all_of_them.wants, all_of_them.discount,
        np.full(len(codes), RULES.used[0].cost_cents), rough=True,
    )  # fmt: skip
    value = worth(figures).value_cents
    for who in range(0, CUSTOMERS, 9):
        mine = np.flatnonzero(all_of_them.customer == who)
        best = mine[np.argsort(-value[mine], kind="stable")[:3]]
        assert {(who, int(all_of_them.product[one])) for one in best} == {
            pair for pair in kept if pair[0] == who
        }


def test_what_may_not_be_offered_takes_nobodys_place(monkeypatch):
    monkeypatch.setattr(module, "RELEVANT", 0.0)
    free = found()
    first = {who: int(free.product[free.customer == who][0]) for who in range(10)}
    barred = found(barred=pairs(*first.items()))
    for who, what in first.items():
        mine = barred.product[barred.customer == who]
        assert what not in mine
        assert len(mine) == MOST
    assert set(found(on_sale=np.arange(PRODUCTS) % 2 == 0).product.tolist()) <= set(range(0, PRODUCTS, 2))
    asked = np.arange(CUSTOMERS) % 4 == 0
    assert set(found(asked=asked).customer.tolist()) == set(np.flatnonzero(asked).tolist())
    assert len(found(asked=~asked & asked).customer) == 0


def test_who_gets_better_things_only_gets_only_those():
    only = np.zeros(CUSTOMERS, bool)
    only[[3, 4]] = True
    free = found(most=PRODUCTS)
    what = int(free.product[free.customer == 3][0])
    some = found(only=only, lifted=pairs((3, what), (5, what)))
    assert some.product[some.customer == 3].tolist() == [what]
    assert not (some.customer == 4).any()
    assert (some.customer == 5).sum() == (found().customer == 5).sum()


def test_reduced_prices_are_for_those_who_may_have_them_and_never_more_than_the_largest():
    who = np.arange(CUSTOMERS) % 2 == 0
    some = found(rules=REDUCED, discounted=who)
    assert set(np.unique(some.discount).tolist()) <= {0.0, 0.2}
    assert (some.discount > 0).any()
    assert who[some.customer[some.discount > 0]].all()
    assert (found().discount == 0).all()


def test_of_a_large_catalogue_what_earns_most_and_what_was_retrieved_is_weighed(monkeypatch):
    monkeypatch.setattr(module, "ALL_PRODUCTS", 20)
    past, _ = shop()
    sold = np.bincount(past.sales.product, minlength=PRODUCTS) * past.goods.margin
    top = set(np.argsort(-sold)[:5].tolist())
    rare = int(np.argmin(sold))
    some = found(retrieved=pairs((2, rare)), most=PRODUCTS)
    assert set(some.product.tolist()) <= top | {rare}
    assert set(some.customer[some.product == rare].tolist()) <= {2}
    assert some.weighed <= CUSTOMERS * 5 + 1


def test_of_one_product_in_several_packs_the_smaller_is_not_for_whoever_takes_the_larger():
    """Coffee in packs of 1 kg (0) and 250 g (1): one need, and the larger may follow the smaller."""
    random = np.random.default_rng(5)
    tea = [(who, 2, float(random.uniform(0, 7 * WEEK))) for who in range(CUSTOMERS) for _ in range(2)]
    coffee = [(who, who % 2, float(day)) for who in range(60) for day in range(who, 7 * WEEK, 70)]
    both = [(60, 0, 100.0), (60, 1, 200.0)]
    past = past_of(
        CUSTOMERS, WEEK, [3000, 900, 1000], sales=[*coffee, *tea, *both], group=[0, 0, 1], shelf=[0, 1],
        packs=(np.array([0, 0, 2]), np.array([1000.0, 250.0, np.nan])),
    )  # fmt: skip
    some = options(past, learn(past), RULES, open_shelf(CUSTOMERS, 3))
    offered = set(zip(some.customer.tolist(), some.product.tolist(), strict=True))
    assert not {(who, 1) for who in range(0, 60, 2)} & offered
    assert {(who, 0) for who in range(1, 60, 2)} & offered, "the larger pack may be offered"
    assert {(who, 1) for who in range(1, 60, 2)} & offered
    larger = larger_packs(some, related_nothing(some))
    told = {
        (who, what): (KINDS[kind], because)
        for who, what, kind, because in zip(
            some.customer.tolist(), some.product.tolist(), larger.kind.tolist(), larger.because.tolist(), strict=True
        )
    }  # fmt: skip
    for (who, what), (kind, because) in told.items():
        if (what == 0 and who < 60 and who % 2) or (who, what) == (60, 0):
            assert (kind, because) == ("upgrade", 1)
        else:
            assert (kind, because) == ("popular", -1)


def related_nothing(some):
    count = len(some.customer)
    return Related(
        np.full(count, KINDS.index("popular"), np.int8), np.full(count, -1, np.int32), np.zeros(count)
    )


@pytest.mark.parametrize("most", [1, 4])
def test_some_customers_at_a_time_give_the_same(monkeypatch, most):
    whole = found(most=most)
    monkeypatch.setattr("passend.decisions.knowledge.knowledge.BLOCK", 17)
    parts = found(most=most)
    assert (whole.customer == parts.customer).all()
    assert (whole.product == parts.product).all()
    np.testing.assert_allclose(whole.wants.rate, parts.wants.rate, rtol=1e-5)
