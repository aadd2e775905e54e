"""Years of a firm in minutes: whatever people do and whoever pauses or edits, no message breaks a promise.

Clocks change twice a year in them; campaigns are paused, edited and cancelled; customers buy, object and come back.
"""

import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from passend.channels import Answer, Outcome
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.publishing import impact, publish, save_draft
from passend.flow.campaigns.steering import pause, resume
from passend.store import open_store
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage

ZONE, BEGIN = "Europe/Berlin", datetime(2026, 1, 1, 9, 0)
PEOPLE = [f"C{number}" for number in range(12)]
TEXT = """
name: NAME
holdout_share: 20 %
budget: 2
trigger: {on: TRIGGER, after: 5 hours}
caps: {most: 2, within: 7 days, again_after: 20 days}
quiet_hours: 20:00-08:00
timezone: Europe/Berlin
steps:
  first: {send: email, then: rest, failed: end, expires: 3 days}
  rest: {wait: WAIT, then: best}
  best: {wait: best hour, then: second}
  second: {send: email, then: end, failed: end, expires: 2 days}
  end: {stop: all said}
"""


def written(name: str, trigger: str, wait: int) -> str:
    return TEXT.replace("NAME", name).replace("TRIGGER", trigger).replace("WAIT", f"{wait} days")


def played(folder: Path, seed: int, turns: int) -> tuple[float, int]:
    """Play a firm's years, and insist that no promise was broken; returns how many years, and how many were written to.

    Args:
        folder: of the store.
        seed: of all that happens.
        turns: of the game; in each something happens, time passes and the worker works.
    """
    chance = random.Random(seed)
    with open_store(folder) as store:
        stage = Stage(store, HoldOut(share=0.15))
        stage.now = BEGIN
        objected: dict[str, datetime] = {}
        sent: list[tuple[datetime, object]] = []

        def consent(_connection, batch, now):
            return {
                one.key: Answer(one.key, Outcome.REFUSED, "objection", one.customer_id)
                for one in batch
                if objected.get(one.customer_id, datetime.max) <= now
            }

        def says(one):
            sent.append((stage.now, one))
            return chance.choices([Outcome.ACCEPTED, Outcome.REFUSED, Outcome.DEFERRED], [8, 1, 1])[0]

        stage.permits = [consent]
        stage.email.says = says
        stage.email.send = lambda batch, now: [Answer(one.key, says(one), "x") for one in batch]  # type: ignore[method-assign]
        stage.offers(PEOPLE, cost=5.0)
        names = {"carts": "cart left", "views": "viewed"}
        for name, trigger in names.items():
            stage.start(campaign(written(name, trigger, 3)))
        paused: set[str] = set()
        for _ in range(turns):
            _something_happens(stage, chance, objected)
            name = chance.choice(list(names))
            deed = chance.random()
            if deed < 0.05 and name not in paused:
                pause(store, name, "Ann", "", stage.now)
                paused.add(name)
            elif deed < 0.15 and name in paused:
                resume(store, name, "Ann", stage.now)
                paused.discard(name)
            elif deed < 0.2 and save_draft(
                store, campaign(written(name, names[name], chance.randint(1, 9))), "Ann", stage.now
            ):
                publish(store, name, impact(store, name).token, "Ann", stage.now)
            before = len(sent)
            stage.tick(hours=chance.choice([1, 3, 7, 20, 24 * 30]))
            assert not paused & {one.campaign for _, one in sent[before:]}
        _no_promise_is_broken(stage, sent, objected)
        return (stage.now - BEGIN).days / 365.25, len(sent)


def _something_happens(stage: Stage, chance: random.Random, objected: dict[str, datetime]) -> None:
    for _ in range(chance.randint(0, 4)):
        who = chance.choice(PEOPLE)
        kind = chance.choices(["cart", "view", "order", "objection"], [6, 6, 2, 0.3])[0]
        stage.now += timedelta(seconds=1)
        stage.happens(kind, who, order_id=f"O{stage.now:%s}", product_id="P")
        if kind == "objection":
            objected.setdefault(who, stage.now)


def _no_promise_is_broken(
    stage: Stage, sent: list[tuple[datetime, object]], objected: dict[str, datetime]
) -> None:
    rows = {row.key: row for row in stage.outbox()}
    assert len(sent) > 10
    assert any(row.is_held_out for row in rows.values())
    for at, one in sent:
        row = rows[one.key]
        local = at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(ZONE))
        assert 8 <= local.hour < 20
        assert not row.is_held_out
        assert objected.get(one.customer_id, datetime.max) > at
        assert at < row.expires_at
    for row in rows.values():
        assert (row.state == "ghost") == row.is_held_out
    gone = ("refused", "cancelled", "expired")
    for who in PEOPLE:
        times = sorted(
            row.queued_at for row in rows.values() if row.customer_id == who and row.state not in gone
        )
        for early, late in zip(times, times[2:], strict=False):
            assert late - early >= timedelta(days=7)
    spent = Counter(row.campaign_id for row in rows.values() if row.state in ("sent", "unclear", "queued"))
    assert all(5.0 * n <= 200.0 for n in spent.values())
