"""A worker killed at random moments, again and again: how many people are lost, and how many messages are doubled.

Each worker is a process of its own with `kill -9`; the other side writes each message it takes to a file.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.campaign_firms import emptied, postgres
from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from passend.flow.campaigns.sending import sweep
from passend.store import Store, open_store
from passend.store.outbox import OutboxRow
from tests.campaigns.written import campaign
from tests.flow.campaigns.dying import killed as kill
from tests.flow.campaigns.stage import Stage

KILLS, PEOPLE = 100, 20_000
TEXT = """
name: spring
holdout_share: 0
steps:
  invite: {send: email, then: end, failed: end}
  end: {stop: all said}
"""


def killed(database: str, kills: int, people: int, seed: int) -> dict[str, int]:
    """Kill so many workers; returns what was lost, doubled, and is listed as unclear."""
    with tempfile.TemporaryDirectory() as folder:
        if database == "sqlite":
            with open_store(Path(folder)) as store:
                return _killed(store, ("", folder), (kills, people, seed))
        with postgres() as address:
            emptied(address)
            with open_store(Path(folder), address) as store:
                return _killed(store, (address, folder), (kills, people, seed))


def _killed(store: Store, where: tuple[str, str], how: tuple[int, int, int]) -> dict[str, int]:
    (address, folder), (kills, people, seed) = where, how
    stage, chance = Stage(store), random.Random(seed)
    names = [f"C{number}" for number in range(people)]
    stage.offers(names)
    stage.start(campaign(TEXT))
    stage.enter("spring", names)
    for _ in range(kills):
        kill(Path(folder), address, chance.randint(1, 2 * people // kills))
        stage.now += timedelta(minutes=11)
        sweep(store, {1: stage.run("spring")}, stage.worker.ways, stage.now)
    taken = (Path(folder) / "taken").read_text().split()
    while stage.worker.tick().anything:
        pass
    got = Counter([*taken, *(one.key for one in stage.email.got)])
    with store.read() as connection:
        rows = connection.execute(select(OutboxRow.key, OutboxRow.state)).all()
        unclear = int(
            connection.execute(select(func.count()).where(OutboxRow.state == "unclear")).scalar_one()
        )
    lost = sum(1 for key, state in rows if key not in got and state != "unclear") + people - len(rows)
    return {
        "lost": lost,
        "doubled": sum(n - 1 for n in got.values()),
        "unclear": unclear,
        "before": len(taken),
    }


def rows(kills: int = KILLS, people: int = PEOPLE) -> Iterator[Row]:
    """Lost and doubled messages on both databases."""
    for database in ("sqlite", "postgres"):
        told = kept(killed, database, kills, people, 1)
        work = f"{kills} kills, {people:,} people, {database}"
        yield Row(
            work,
            "lost",
            told["lost"],
            at_most(0, told["lost"]),
            f"{told['before']:,} taken before",
        )
        yield Row(
            work,
            "doubled",
            told["doubled"],
            at_most(0, told["doubled"]),
            f"{told['unclear']:,} are unclear",
        )
