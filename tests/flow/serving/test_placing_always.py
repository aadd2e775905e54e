"""Whatever people decide and whoever asks: what is buried or forbidden is never answered, and no pin breaks a rule."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from passend.flow.serving.answering import Moment, Question, answer
from passend.flow.serving.placed import coded
from passend.flow.serving.shelf import INTENTS, Shelf, open_shelf
from passend.flow.serving.stocking import lay_out
from passend.kernels.holdout import is_held_out
from passend.workspace import Workspace
from tests.flow.serving.shop import ALONE, CUSTOMERS, HELD_OUT, NOW, PRODUCTS, REFUSING, SALT, open_shop
from tests.worlds import table

#: Beside the bike people forbade the bell and the lock.
FORBIDDEN = (("bike", "bell"), ("bike", "lock"), ("lamp", "racer"))
DECISIONS = some.lists(
    some.builds(
        lambda product, action, factor, anchor: (product, action, factor, *anchor),
        some.sampled_from(PRODUCTS),
        some.sampled_from(("pin", "boost", "bury")),
        some.floats(1.1, 10),
        some.one_of(
            some.just(("all", "")),
            some.tuples(some.just("category"), some.sampled_from(("bikes", "parts"))),
            some.tuples(some.just("product"), some.sampled_from(PRODUCTS)),
        ),
    ),
    max_size=8,
)
QUESTIONS = some.builds(
    Question,
    product=some.sampled_from(("", *PRODUCTS)),
    cart=some.lists(some.sampled_from(PRODUCTS), max_size=3).map(tuple),
    customer=some.sampled_from(("", "a stranger", *CUSTOMERS)),
    intent=some.sampled_from(INTENTS),
    exclude=some.lists(some.sampled_from(PRODUCTS), max_size=2).map(tuple),
    limit=some.integers(1, 8),
    fallback=some.sampled_from(("category", "popular", "none")),
    placement=some.just("here"),
)
CATEGORY = {one: "bikes" if one in ("bike", "racer") else "parts" for one in PRODUCTS}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The shop's shelf with pairs that people forbade."""
    workspace: Workspace = open_shop(tmp_path_factory.mktemp("always"))
    edits = [
        {
            "product_id": one,
            "other_id": other,
            "action": "forbid",
            "note": "no",
            "author": "Ann",
            "edited_at": NOW,
        }
        for one, other in FORBIDDEN
    ]
    kept = [
        row
        for row in workspace.read("relations").to_pylist()
        if (row["product_id"], row["other_id"]) not in FORBIDDEN
    ]
    with workspace.change("forbidden") as change, workspace.engine() as engine:
        engine.load("relation_edits", table("relation_edits", edits))
        engine.load("relations", table("relations", kept))
        change.write(engine, "relation_edits")
        change.write(engine, "relations")
    lay_out(workspace)
    return open_shelf(workspace.folder)


def holds(decision: Sequence[Any], asked: Question) -> bool:
    """Whether a decision speaks of the question, told anew: by the names of products and categories alone."""
    _, _, _, kind, anchor = decision
    hands = {one for one in (asked.product, *asked.cart) if one}
    if kind == "all":
        return True
    return anchor in hands if kind == "product" else anchor in {CATEGORY[one] for one in hands}


@settings(max_examples=400, deadline=None)
@given(decisions=DECISIONS, asked=QUESTIONS, unsold=some.sets(some.sampled_from(PRODUCTS), max_size=2))
def test_no_decision_breaks_a_rule(shelf: Shelf, decisions: Any, asked: Question, unsold: set[str]) -> None:
    rows = [
        SimpleNamespace(
            id=number, product_id=one[0], action=one[1], factor=one[2], anchor_kind=one[3], anchor=one[4]
        )
        for number, one in enumerate(decisions, 1)
    ]
    gone = frozenset(shelf.code[one] for one in unsold)
    plain = Moment(unsold=gone)
    moment = Moment(unsold=gone, placements={"here": coded(shelf, 0.0, 1, rows)})
    found = answer(shelf, moment, asked)
    ids = [one.product_id for one in found.items]
    hands = {one for one in (asked.product, *asked.cart) if one}
    speaking = [one for one in decisions if holds(one, asked)]
    buried = {one[0] for one in speaking if one[1] == "bury"}
    assert len(ids) == len(set(ids)) <= asked.limit
    assert not buried & set(ids)
    assert not {other for one, other in FORBIDDEN if one in hands} & set(ids)
    assert not hands & set(ids)
    assert not set(asked.exclude) & set(ids)
    assert not unsold & set(ids)
    assert "bell" not in ids  # sold out
    if asked.customer in CUSTOMERS:
        assert "bike" not in ids  # they own it
    if asked.customer == HELD_OUT:
        assert (ids, found.held_out) == ([], True)
    before = [one.product_id for one in answer(shelf, plain, Question(**{**vars(asked), "limit": 50})).items]
    if asked.customer in (REFUSING, ALONE):
        # Nothing that people placed: the list is the plain one without what is buried.
        assert ids == [one for one in before if one not in buried][: asked.limit]
    elif asked.customer != HELD_OUT:
        pinned = [one[0] for one in speaking if one[1] == "pin"]
        assert set(ids) <= set(before) | set(pinned)  # a boost brings nothing of its own
        barred = buried | hands | set(asked.exclude) | unsold | {"bell"}
        barred |= {other for one, other in FORBIDDEN if one in hands}
        barred |= {"bike"} if asked.customer in CUSTOMERS else set()
        fitting = {one for one in pinned if one not in barred}
        assert set(ids[: len(fitting)]) == fitting if len(fitting) <= asked.limit else set(ids) <= fitting


def test_the_world_is_what_it_says(shelf: Shelf) -> None:
    assert is_held_out(HELD_OUT, SALT, shelf.share)
    assert set(shelf.categories) == {"bikes", "parts"}
