"""A file changed by a form: what was not changed keeps its lines, its comments and its order."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.campaigns.example import ALWAYS, ONCE
from passend.campaigns.recipes import recipes, written
from passend.campaigns.rewriting import called_otherwise, rewritten
from passend.campaigns.written import Written

TEXT = ONCE.format(name="once")
TEXTS = [TEXT, ALWAYS.format(name="always"), *(written(one, "de") for one in recipes())]


def tree_of(text):
    return Written(text, "test").tree


def lines_apart(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that are gone, and lines that are new."""
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize("text", TEXTS)
def test_one_value_changes_one_line(text):
    for name, step in tree_of(text)["steps"].items():
        tree = copy.deepcopy(tree_of(text))
        key = next(key for key in ("then", "yes", "nothing", "stop") if key in step)
        tree["steps"][name][key] = "elsewhere"
        after = rewritten(text, tree)
        gone, new = lines_apart(text, after)
        assert len(new) == 1, (name, new)
        assert len(gone) == 1, (name, gone)
        assert tree_of(after) == tree


def test_comments_stay_and_go_with_their_key():
    tree = tree_of(TEXT)
    tree["goal"], tree["steps"]["choose"]["decide"] = "other words", "plan"
    del tree["holdout_share"]
    after = rewritten(TEXT, tree)
    assert after.startswith("# A campaign: who gets which offer")
    assert "decide: plan            # the plan chooses" in after
    assert "holdout_share" not in after
    tree["products"] = "A"
    assert "products: A  # or a list of product numbers" in rewritten(TEXT, tree)


def test_what_is_the_same_is_not_touched():
    assert rewritten(TEXT, tree_of(TEXT)) == TEXT


@pytest.mark.parametrize(
    "text", ["{name: a, steps: {end: {stop: x}}}\n", "name: &a b\ngoal: *a\nsteps: {end: {stop: *a}}\n"]
)
def test_what_cannot_be_changed_line_by_line_is_written_anew(text):
    tree = tree_of(text)
    tree["name"] = "c"
    assert tree_of(rewritten(text, tree)) == tree


def test_words_keep_their_quotes_only_where_they_need_them():
    tree = tree_of(TEXT)
    tree["steps"]["end"] = {"stop": "yes: no", "then": "0815", "on": "yes"}
    assert "  end: {stop: 'yes: no', then: 0815, on: yes}" in rewritten(TEXT, tree)


def test_a_key_is_called_otherwise_in_its_place():
    after = called_otherwise(TEXT, ("steps", "asked"), "bought: 3 days on")
    assert lines_apart(TEXT, after) == (
        ["  asked: {check: bought, within: 14 days, yes: end, no: end}"],
        ["  'bought: 3 days on': {check: bought, within: 14 days, yes: end, no: end}"],
    )


_VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12)
_TREES = st.dictionaries(
    st.sampled_from(["goal", "products", "audience", "caps", "first"]),
    _VALUES | st.lists(_VALUES, max_size=3) | st.dictionaries(_VALUES, _VALUES, max_size=3),
)


@given(_TREES, st.dictionaries(_VALUES, st.dictionaries(_VALUES, _VALUES, min_size=1), max_size=3))
def test_whatever_is_said_is_read_again(top, steps):
    tree = {**tree_of(TEXT), **top, "steps": {**tree_of(TEXT)["steps"], **steps}}
    assert tree_of(rewritten(TEXT, tree)) == tree_of(rewritten("name: x\n", tree)) == tree
