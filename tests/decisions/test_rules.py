"""rules.yaml: what it may say, and which lines contradict each other."""

from dataclasses import replace

import pytest
import yaml

from passend.decisions.rules import Known, findings, insist, load_rules
from passend.decisions.rules.example import EXAMPLE, comments, example
from passend.errors import InvalidRules
from passend.language import speaking


def test_the_example_is_sound_and_no_rules_are_rules():
    assert findings(load_rules(EXAMPLE)) == []
    assert findings(load_rules(None)) == []


def test_the_example_is_explained_in_the_language_that_is_spoken_and_its_rules_are_the_same():
    with speaking("de"):
        german = example()
    assert yaml.safe_load(german) == yaml.safe_load(example()) == yaml.safe_load(EXAMPLE)
    assert "# in einem Plan, auf allen Wegen zusammen" in german
    assert not [comment for comment in comments() if comment in german]
    assert all(comment in " ".join(example().replace("#", "").split()) for comment in comments())
    for text in (german, example()):
        # What is switched off stays as it is: people take the sign away.
        assert '#   "85123A": 40' in text
        assert "    # notice_at_collection: true\n" in text
        assert "#     what: {channel: [email, phone]}\n" in text


def test_the_example_changes_nothing():
    same = {"lines": {}, "text": ""}
    assert replace(load_rules(EXAMPLE), **same) == replace(load_rules(None), **same)


def test_the_whole_example_without_its_comment_signs_is_sound():
    lines = EXAMPLE.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("# budget:"))
    end = next(place for place, line in enumerate(lines) if line.startswith("days:"))
    text = "\n".join(line.removeprefix("# ") for line in lines[start:end])
    rules = load_rules(text)
    assert [one for one in findings(rules) if one.is_error] == []
    assert rules.money == 500
    assert rules.staff[0].minutes["saturday"] == 120
    assert len(rules.gates) == 5


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("customer:\n  most_ofers: 3", "no rule customer.most_ofers", "line 2"),
        ("channels:\n  mail: {capacity: 1}", "no rule channels.mail", "line 2"),
        ("budget:\n  money: much", "cannot be 'much'", "line 2"),
        ("budget:\n  offers: -1", "cannot be '-1'", "line 2"),
        ("customer:\n  gap_days: 1\n  gap_days: 2", "lines 2 and 3", "line 3"),
        ("customer: [", "not YAML", "line 1"),
        ("channels:\n  email:\n    hours: 8 to 20", "hours", "line 3"),
        ("fairness:\n  - most: 3", "names no category", "line 2"),
        ("just words", "no list of keys", "line 1"),
    ],
)
def test_what_cannot_be_read_names_its_line(text, says, line):
    with pytest.raises(InvalidRules) as caught:
        load_rules(text)
    assert says in str(caught.value)
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("channels:\n  email:\n    hours: 08:00-20:00\n    send_at: 22:00", (3, 4)),
        ("channels:\n  phone:\n    legal_basis: existing customer", (3,)),
        ("channels:\n  email:\n    legal_basis: existing customer\n    notice_in_message: true", (3,)),
        ("channels:\n  email:\n    needs: nothing", (3,)),
        ("channels:\n  onsite:\n    most_per_customer: 2\n    placements: {cart: 3}", (3, 4)),
        ("never:\n  - what: {category: Wine}\nonly:\n  - what: {category: Wine}\n    who: {age_from: 18}", (2, 4)),
        ("only:\n  - who: {age_from: 60, age_below: 50}\n    what: {product: A}", (2,)),
        ("apart:\n  - [A, A]", (2,)),
        ("fairness:\n  - {category: A, most: 3}\n  - {category: A, most_share: 0.5}", (2, 3)),
        ("staff:\n  - {team: a, minutes: {monday: 60}}\n  - {team: b, minutes: {monday: 60}}", (2, 3)),
    ],
)  # fmt: skip
def test_contradictions_name_both_lines(text, lines):
    errors = [one for one in findings(load_rules(text)) if one.is_error]
    assert lines in [tuple(sorted(one.lines)) for one in errors]
    with pytest.raises(InvalidRules, match="line"):
        insist(errors)


def test_what_can_never_be_reached_is_worth_a_note():
    rules = load_rules("customer:\n  most_offers: 1\n  gap_days: 7\nchannels:\n  email:\n    most_per_customer: 3\n"
                       "    gap_days: 2\n  phone:\n    use: false\n    capacity: 5\n")  # fmt: skip
    notes = findings(rules)
    assert not any(one.is_error for one in notes)
    assert {tuple(sorted(one.lines)) for one in notes} == {(2, 6), (3, 7), (9, 10)}


def test_unknown_products_and_segments_are_told():
    known = Known({"product": frozenset({"A"}), "category": frozenset({"Wine > Red"})})
    text = "stock: {A: 3, B: 1}\nfairness: [{category: Wine, most: 3}, {category: Beer, most: 3}]\n"
    notes = findings(load_rules(text), known)
    assert ["'B'" in one.says or "'Beer'" in one.says for one in notes] == [True, True]
    only = load_rules("only: [{what: {category: Wine}, who: {segment: private}}]")
    assert any(one.is_error and "segment" in one.says for one in findings(only, known))


def test_changes_on_the_command_line():
    rules = load_rules(
        EXAMPLE, ["cap.email=2", "budget=5000", "stock.P1=4", "use.phone=yes", "channels.desk.capacity=7"]
    )
    assert rules.channels["email"].most_per_customer == 2
    assert (rules.money, rules.stock["P1"], rules.channels["desk"].capacity) == (5000, 4, 7)
    assert rules.channels["phone"].use
    for wrong in ("budget", "cap.mail=1", "budget=much"):
        with pytest.raises(InvalidRules):
            load_rules(None, [wrong])
    with pytest.raises(InvalidRules, match="placement"):
        load_rules(EXAMPLE, ["cap.onsite=1"])
