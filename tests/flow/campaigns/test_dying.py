"""A worker killed at random moments: nobody is lost, nobody gets a message twice, what is unclear is listed."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

from passend.channels import Message, Outcome
from passend.flow.campaigns import sending
from passend.flow.campaigns.sending import sweep
from tests.campaigns.written import campaign
from tests.flow.campaigns.dying import killed
from tests.flow.campaigns.stage import Stage, states

PEOPLE = [f"C{number}" for number in range(400)]
TEXT = """
name: spring
holdout_share: 0
steps:
  invite: {send: email, then: end, failed: end}
  end: {stop: all said}
"""


def test_a_worker_that_is_killed_loses_and_doubles_nothing(stage: Stage, tmp_path: Path) -> None:
    stage.offers(PEOPLE)
    stage.start(campaign(TEXT))
    stage.enter("spring", PEOPLE)
    address = "" if stage.store.is_sqlite else stage.store.engine.url.render_as_string(hide_password=False)
    address = address.replace("postgresql+psycopg://", "postgresql://")
    chance = random.Random(7)
    for _ in range(2):
        killed((tmp_path, address), stage.now, chance.randint(1, 150))
        stage.now += timedelta(minutes=11)  # leases end
        sweep(stage.store, {1: stage.run("spring")}, stage.worker.ways, stage.now)
    taken = (tmp_path / "taken").read_text().split()
    assert taken
    stage.tick()
    got = Counter([*taken, *(one.key for one in stage.email.got)])
    assert max(got.values()) == 1
    rows = {row.key: row for row in stage.outbox()}
    assert len(rows) == len(PEOPLE)
    assert {key for key, row in rows.items() if row.state == "sent"} <= set(got)
    assert set(rows) - set(got) == {key for key, row in rows.items() if row.state == "unclear"} - set(got)
    assert set(states(rows.values())) <= {"sent", "unclear"}
    assert states(stage.journeys("spring")) == {"done": len(PEOPLE)}


def test_what_was_handed_over_is_handed_over_once(stage: Stage) -> None:
    """Even to a worker that believes the message is its own."""
    stage.offers(PEOPLE[:1])
    stage.start(campaign(TEXT))
    stage.enter("spring", PEOPLE[:1])
    seen: list[list[str]] = []

    def once_more(one: Message) -> Outcome:
        seen.append([found.key for found in sending._still_ours(stage.store, [one], stage.now)])
        return Outcome.ACCEPTED

    stage.email.says = once_more
    stage.tick()
    assert seen
    assert not any(seen)
