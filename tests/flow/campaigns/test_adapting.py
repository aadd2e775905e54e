"""Variants whose chances follow the answers: day by day, by people alone, when the time for an answer is over."""

from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from passend.flow.campaigns.adapting import competing
from passend.store.batches import insert_rows
from passend.store.campaigns import ChanceRow
from passend.store.outbox import ResponseRow
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage

TEXT = """
name: spring
holdout_share: 0
variants: {short: 50 %, long: 50 %}
adaptive: {by: clicked, floor: 10 %, within: 2 days}
steps:
  mail: {send: email, offer: none, subject: Short, variants: {long: {subject: Long}}, then: end, failed: end}
  end: {stop: said}
"""


def answers(
    stage: Stage, share: dict[str, float], luck: np.random.Generator, seen: int, human: bool = True
) -> int:
    """Those who got a message since answer it at once, or never."""
    rows = stage.outbox(state="sent")
    clicks = [
        {"key": f"k{row.id}", "outbox_id": row.id, "customer_id": row.customer_id, "kind": "click", "is_human": human,
         "happened_at": stage.now, "details": ""}
        for row in rows[seen:] if luck.random() < share[row.variant]
    ]  # fmt: skip
    with stage.store.change() as connection:
        insert_rows(connection, ResponseRow, clicks)
    return len(rows)


def days(stage: Stage, share: dict[str, float], count: int, people: int = 40, seed: int = 1) -> list[Any]:
    luck, seen, next_one = np.random.default_rng(seed), 0, 0
    for _ in range(count):
        stage.enter("spring", [f"C{next_one + number}" for number in range(people)])
        next_one += people
        stage.tick(hours=1)
        seen = answers(stage, share, luck, seen)
        stage.tick(hours=23)
    return stage.journeys("spring")


def log(stage: Stage) -> list[Any]:
    with stage.store.read() as connection:
        return list(
            connection.execute(select(ChanceRow.__table__).order_by(ChanceRow.number, ChanceRow.variant))
        )


def test_a_planted_better_variant_gets_most_and_the_other_keeps_its_floor(stage: Stage) -> None:
    stage.start(campaign(TEXT))
    rows = days(stage, {"short": 0.1, "long": 0.5}, 14)
    last = Counter(row.variant for row in rows[-200:])
    assert last["long"] > 150
    assert last["short"] > 5
    chances = log(stage)
    for number in {one.number for one in chances}:
        some = [one.chance for one in chances if one.number == number]
        assert sum(some) == pytest.approx(1.0)
        assert min(some) >= 0.1
    known = {(one.variant, one.chance) for one in chances} | {("short", 0.5), ("long", 0.5)}
    assert {(row.variant, row.variant_chance) for row in rows} <= known
    told = {one.variant: one for one in competing(stage.store, "spring", stage.now)}
    assert told["long"].chance == 0.9
    assert told["short"].rate.low <= 0.1 <= told["short"].rate.high
    assert told["long"].rate.low <= 0.5 <= told["long"].rate.high


def test_chances_change_at_most_once_a_day(stage: Stage) -> None:
    stage.start(campaign(TEXT))
    for _ in range(50):
        stage.tick(hours=1)
    assert len({one.number for one in log(stage)}) == 3


def test_machines_and_late_answers_do_not_count_and_nobody_is_judged_early(stage: Stage) -> None:
    stage.start(campaign(TEXT))
    stage.enter("spring", [f"C{number}" for number in range(60)])
    stage.tick(hours=1)
    answers(stage, {"short": 1.0, "long": 0.0}, np.random.default_rng(1), 0, human=False)
    stage.tick(hours=47)
    assert [one.people for one in log(stage)][-2:] == [0, 0]
    stage.now += timedelta(hours=2)
    late = [{"key": f"l{row.id}", "outbox_id": row.id, "customer_id": row.customer_id, "kind": "click",
             "is_human": True, "happened_at": stage.now, "details": ""} for row in stage.outbox()]  # fmt: skip
    with stage.store.change() as connection:
        insert_rows(connection, ResponseRow, late)
    stage.tick(days=1)
    newest = log(stage)[-2:]
    assert sum(one.people for one in newest) == 60
    assert [one.answered for one in newest] == [0, 0]


def test_purchases_can_be_what_is_wanted(stage: Stage) -> None:
    stage.start(campaign(TEXT, adaptive="{floor: 10 %, within: 2 days}"))
    stage.enter("spring", [f"C{number}" for number in range(60)])
    stage.happens("order", "C1", order_id="before")
    stage.tick(hours=1)
    for row in stage.outbox(state="sent"):
        if row.variant == "long":
            stage.happens("order", row.customer_id, order_id=f"O{row.id}")
    stage.tick(days=3)
    stage.tick(days=1)
    chances = {one.variant: one for one in log(stage)[-2:]}
    assert chances["long"].answered == chances["long"].people > 20
    assert chances["short"].answered == 0
    assert chances["long"].chance == pytest.approx(0.9, abs=1e-3)


def test_answers_to_former_words_are_forgotten_and_to_the_same_words_kept(stage: Stage) -> None:
    stage.start(campaign(TEXT))
    days(stage, {"short": 0.0, "long": 0.9}, 6)
    assert {one.variant: one.chance for one in competing(stage.store, "spring", stage.now)}["long"] > 0.85
    stage.start(campaign(TEXT, budget="900"))
    assert {one.variant: one.chance for one in competing(stage.store, "spring", stage.now)}["long"] > 0.85
    stage.start(campaign(TEXT.replace("subject: Short", "subject: Shorter"), budget="900"))
    assert {one.variant: one.chance for one in competing(stage.store, "spring", stage.now)} == {
        "short": 0.5, "long": 0.5,
    }  # fmt: skip


def test_each_gets_the_words_of_the_variant(stage: Stage) -> None:
    stage.start(campaign(TEXT))
    stage.enter("spring", [f"C{number}" for number in range(20)])
    stage.tick(hours=1)
    said = {(one.variant, one.content["subject"]) for one in stage.email.got}
    assert said == {("short", "Short"), ("long", "Long")}
    assert all("variants" not in one.content for one in stage.email.got)


def test_a_campaign_without_variants_has_nothing_to_tell(stage: Stage) -> None:
    stage.start(
        campaign(
            "name: plain\nsteps:\n  a: {send: email, offer: none, then: b, failed: b}\n  b: {stop: said}"
        )
    )
    assert competing(stage.store, "plain", stage.now) == []
