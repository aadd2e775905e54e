"""Needs: variants of one thing, what stands alone, and the cap."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from passend.decisions.groups import MOST_GROUPS, needs_of, stem_of
from passend.decisions.packs import same_products


def coded(names, categories, sold=None):
    count = np.ones(len(names)) if sold is None else np.asarray(sold, float)
    return needs_of(names, categories, count, same_products(names, categories)[0])


def test_variants_differ_in_the_last_word_within_a_category():
    group, shelf, above = coded(
        ["Helmet red", "Helmet blue", "Helmet", "Lock red", "Helmet green"],
        ["Safety > Helmets"] * 3 + ["Safety > Locks", "Kids > Helmets"],
    )
    assert group[0] == group[1]
    assert len({group[0], *group[2:].tolist()}) == 4
    assert len(shelf) == 4
    assert shelf[group[0]] == shelf[group[2]] != shelf[group[3]]
    assert above[shelf[group[0]]] == above[shelf[group[3]]] != above[shelf[group[4]]]


def test_what_has_no_category_stands_alone_and_for_nothing_else():
    group, shelf, above = coded(["Mug red", "Mug blue", "Mug red"], ["", "", ""])
    assert len(set(group.tolist())) == 3
    assert (above[shelf[group]] == -1).all()


def test_packs_of_one_product_meet_one_need_beside_its_variants():
    names = [
        "Tea Assam 100 g loose",
        "Tea Assam 100 g bags",
        "Tea Assam 500 g loose",
        "Tea Ceylon 100 g loose",
        "Tea",
    ]
    group, shelf, _ = coded(names, ["Tea"] * 5)
    assert len({*group[:3].tolist()}) == 1
    assert len({group[0], group[3], group[4]}) == 3
    assert len(shelf) == 3
    # Without a category packs are one product all the same; of another category they are another.
    group, _, _ = coded(["Oil 1 l", "Oil 500 ml", "Oil 1 l"], ["", "", "Cars"])
    assert group[0] == group[1] != group[2]


def test_of_too_many_needs_those_sold_least_are_taken_by_category():
    count = MOST_GROUPS + 100
    names = [f"thing{one} x{one}" for one in range(count)]
    categories = [f"Top > {one % 4}" for one in range(count)]
    sold = np.arange(count)[::-1]
    group, shelf, _ = coded(names, categories, sold)
    assert len(shelf) == MOST_GROUPS + 4
    best, rest = np.arange(MOST_GROUPS), np.arange(MOST_GROUPS, count)
    assert len(np.unique(group[best])) == MOST_GROUPS
    assert len(np.unique(group[rest])) == 4
    assert not set(group[best].tolist()) & set(group[rest].tolist())
    for one in rest.tolist():
        assert group[one] == group[MOST_GROUPS + (one - MOST_GROUPS) % 4]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from(["A a", "A b", "B", "", "C c d"]), st.sampled_from(["", "X", "X > Y"])),
        max_size=12,
    )
)
def test_every_product_has_a_need_of_its_own_category(rows):
    names, categories = [row[0] for row in rows], [row[1] for row in rows]
    group, shelf, above = coded(names, categories)
    assert len(group) == len(rows)
    words, place = np.unique(np.array(categories, object).astype(str), return_inverse=True)
    assert (shelf[group] == place).all() if rows else len(shelf) == 0
    assert len(above) == len(words)
    assert sorted(set(group.tolist())) == list(range(len(shelf)))


def test_nothing_is_nothing():
    group, shelf, above = coded([], [])
    assert (len(group), len(shelf), len(above)) == (0, 0, 0)


def test_a_stem_is_a_name_without_its_last_word():
    assert (stem_of("City bicycle red"), stem_of("Lock"), stem_of("")) == ("City bicycle", "", "")
