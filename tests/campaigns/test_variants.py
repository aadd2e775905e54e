"""Variants that compete: never below the floor, the better one most of the time, and told without a lie."""

from collections import Counter

import numpy as np
import pytest

from passend.campaigns.schema import Step
from passend.campaigns.variants import Rate, Tried, chances_of, rates_of
from passend.errors import InvalidCampaign
from tests.campaigns.written import campaign

TWO = ("short", "long")


def test_the_better_variant_is_drawn_most_and_none_falls_below_the_floor() -> None:
    known = [Tried("short", 0.5, 1000, 300), Tried("long", 0.5, 1000, 100)]
    assert chances_of(known, TWO, 0.1) == {"short": 0.9, "long": 0.1}
    three = chances_of(known, (*TWO, "new"), 0.05)
    assert sum(three.values()) == pytest.approx(1.0)
    assert min(three.values()) >= 0.05
    assert three["new"] > 0.5  # nothing is known of it, and it may be far better


def test_answers_to_variants_that_are_gone_are_left_out() -> None:
    known = [Tried("gone", 0.5, 1000, 900), Tried("short", 0.5, 50, 5), Tried("long", 0.5, 50, 5)]
    assert set(chances_of(known, TWO, 0.1)) == set(rates_of(known, TWO)) == set(TWO)
    assert chances_of(known, TWO, 0.1)["short"] == pytest.approx(0.5, abs=0.03)


def test_shares_of_answers_are_as_if_everybody_had_got_the_variant() -> None:
    """Fewer people answer from week to week while the better variant is drawn more: plain shares say the contrary."""
    weeks = [(0.5, 0.40), (0.8, 0.20), (0.9, 0.10)]
    known = [
        Tried(name, chance, round(10_000 * chance), round(10_000 * chance * rate * better))
        for share, rate in weeks
        for name, chance, better in (("short", share, 1.1), ("long", 1 - share, 1.0))
    ]
    plain = {
        name: sum(one.answered for one in known if one.variant == name)
        / sum(one.people for one in known if one.variant == name)
        for name in TWO
    }
    assert plain["short"] < plain["long"]
    told = rates_of(known, TWO)
    middle = float(np.mean([rate for _, rate in weeks]))
    assert told["short"].share == pytest.approx(1.1 * middle, abs=1e-4)
    assert told["long"].share == pytest.approx(middle, abs=1e-4)


def test_in_planted_worlds_the_weighted_shares_hit_the_truth_and_their_intervals_hold_it() -> None:
    truth, found, held = {"short": 0.12, "long": 0.08}, {name: [] for name in TWO}, 0
    for seed in range(120):
        told = rates_of(played(seed, truth), TWO)
        for name, rate in told.items():
            found[name].append(rate.share)
            held += rate.low <= truth[name] <= rate.high
    for name in TWO:
        assert np.mean(found[name]) == pytest.approx(truth[name], abs=3 * np.std(found[name]) / np.sqrt(120))
    assert 0.92 <= held / 240 <= 0.99


def played(seed: int, truth: dict[str, float], weeks: int = 6, people: int = 400) -> list[Tried]:
    """Some weeks of draws and answers, the chances following them."""
    luck, known, chances = np.random.default_rng(seed), [], dict.fromkeys(truth, 0.5)
    for _ in range(weeks):
        drawn = luck.multinomial(people, list(chances.values()))
        known += [
            Tried(name, chances[name], int(count), int(luck.binomial(count, truth[name])))
            for name, count in zip(truth, drawn, strict=True)
        ]
        chances = chances_of(known, truth, 0.1)
    return known


def test_without_a_difference_the_draws_stay_near_even_and_with_one_most_get_the_better() -> None:
    none, some = [], []
    for seed in range(60):
        last = played(seed, {"short": 0.1, "long": 0.1}, weeks=8)[-2:]
        none.append(min(one.people for one in last) / 400)
        last = played(seed, {"short": 0.14, "long": 0.08}, weeks=8)[-2:]
        some.append(next(one.people for one in last if one.variant == "short") / 400)
    assert np.mean(none) > 0.35
    assert np.mean(some) > 0.8


def test_a_variant_nobody_got_has_no_share() -> None:
    assert rates_of([], TWO)["short"] == Rate(0, 0, None, None, None)


STEPS = """
name: spring
variants: {short: 50 %, long: 50 %}
steps:
  mail:
    send: email
    template: short.mjml
    text: plain words
    subject: Short
    variants:
      long: {subject: Long, template: long.mjml}
    then: end
    failed: end
  end: {stop: said}
"""


def test_a_step_says_in_a_variant_what_is_different_there() -> None:
    step = campaign(STEPS).steps["mail"]
    assert step.said("short") == {"template": "short.mjml", "text": "plain words", "subject": "Short"}
    assert step.said("long") == {"template": "long.mjml", "subject": "Long"}
    assert Step("x", step.kind).said("long") == {}


def test_blocks_of_a_variant_stand_in_place_of_the_template() -> None:
    changed = STEPS.replace("template: long.mjml", "blocks: [{text: Good morning.}]")
    said = campaign(changed).steps["mail"].said("long")
    assert said == {"subject": "Long", "blocks": [{"block": "text", "text": "Good morning."}]}


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("long: {subject", "lang: {subject", 10, "no steps.mail.variants.lang"),
        ("subject: Long", "offer: none", 10, "does not say what is different"),
        ("template: long.mjml", "blocks: [{tixt: Hello}]", 10, "tixt"),
        (
            "name: spring",
            "name: spring\nadaptive: {floor: 60 %}",
            2,
            "2 variants cannot keep a chance of 60%",
        ),
        ("name: spring", "name: spring\nadaptive: {floor: 0 %}", 2, "cannot keep a chance of 0%"),
        ("name: spring", "name: spring\nadaptive: {by: opened}", 2, "'opened'"),
        ("variants: {short: 50 %, long: 50 %}", "adaptive: {by: clicked}", 2, "where there are variants"),
    ],
)
def test_mistakes_are_told_with_their_line(old: str, new: str, line: int, says: str) -> None:
    text = STEPS.replace(old, new)
    if "where there are" in says:
        text = text.replace("    variants:\n      long: {subject: Long, template: long.mjml}\n", "")
    with pytest.raises(InvalidCampaign, match=says) as told:
        campaign(text)
    assert told.value.record == f"spring.yaml, line {line}"


def test_draws_keep_to_the_chances_and_are_the_same_for_the_same_person() -> None:
    from passend.flow.campaigns.entering import variant_of

    read = campaign(STEPS)
    chances = {"short": 0.8, "long": 0.2}
    drawn = Counter(variant_of(read, chances, f"C{number}") for number in range(5000))
    assert drawn["short", 0.8] == pytest.approx(4000, abs=120)
    assert variant_of(read, chances, "C1") == variant_of(read, chances, "C1")
