"""Workers and database struck at random moments, again and again: how many people are lost, how many messages doubled.

Each worker is a process of its own. It dies by `kill -9`; or PostgreSQL does, and is started again while the worker
lives on; or the database cuts all connections. The other side writes each message it takes to a file.
"""

import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select, text

from benchmarks.campaign_firms import emptied, postgres_server
from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from passend.flow.campaigns.sending import sweep
from passend.store import Store, open_store
from passend.store.outbox import OutboxRow
from tests.campaigns.written import campaign
from tests.flow.campaigns.dying import killed as kill
from tests.flow.campaigns.dying import nothing
from tests.flow.campaigns.stage import Stage

STRIKES, PEOPLE = 100, 40_000
TEXT = """
name: spring
holdout_share: 0
steps:
  invite: {send: email, then: end, failed: end, expires: 90 days}
  end: {stop: all said}
"""


def struck(what: str, strikes: int, people: int, seed: int) -> dict[str, int]:
    """Strike so often; returns what was lost, doubled, and is listed as unclear.

    Args:
        what: ``worker, sqlite``, ``worker, postgres``, ``server`` or ``connections``.
        strikes: how often.
        people: each of whom is to get one message.
        seed: of the moments.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if what == "worker, sqlite":
            with open_store(Path(folder)) as store:
                return _struck(store, ("", folder, nothing), (strikes, people, seed))
        with postgres_server() as server:
            address = server.get_uri()
            emptied(address)
            blow = {"server": lambda: _kill_server(server), "connections": lambda: _cut(address)}.get(
                what, nothing
            )
            with open_store(Path(folder), address) as store:
                return _struck(store, (address, folder, blow), (strikes, people, seed))


def _kill_server(server: Any) -> None:
    """As a power cut would end it; then it is started again."""
    os.kill(server.get_pid(), signal.SIGKILL)
    time.sleep(1.5)  # its children notice, and end
    (server.pgdata / "postmaster.pid").unlink(missing_ok=True)
    for _ in range(20):
        with contextlib.suppress(subprocess.SubprocessError):  # what its children shared is still held
            server.ensure_postgres_running()
            return
        time.sleep(0.5)
    raise TimeoutError("PostgreSQL does not start again")


def _cut(address: str) -> None:
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://", 1))
    others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
    others += " and backend_type = 'client backend'"
    for _ in range(3):
        with engine.begin() as connection:
            connection.execute(text(others))
        time.sleep(0.1)
    engine.dispose()


def _struck(
    store: Store, where: tuple[str, str, Callable[[], None]], how: tuple[int, int, int]
) -> dict[str, int]:
    (address, folder, blow), (strikes, people, seed) = where, how
    stage, chance = Stage(store), random.Random(seed)
    names = [f"C{number}" for number in range(people)]
    stage.offers(names)
    stage.start(campaign(TEXT))
    stage.enter("spring", names)
    each = people // strikes
    lives_on = 0 if blow is nothing else each // 8
    for _ in range(strikes):
        kill((Path(folder), address), stage.now, chance.randint(1, each // 4), blow, lives_on)
        stage.now += timedelta(minutes=11)  # leases end
        sweep(store, {1: stage.run("spring")}, stage.worker.ways, stage.now)
        stage.now += timedelta(hours=7)  # what was put off is due again
    taken = (Path(folder) / "taken").read_text().split()
    for _ in range(3):  # what was leased and not handed over waits before it is tried again
        stage.tick(hours=6)
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


def rows(strikes: int = STRIKES, people: int = PEOPLE) -> Iterator[Row]:
    """Lost and doubled messages on both databases."""
    for what in ("worker, sqlite", "worker, postgres", "server", "connections"):
        told = kept(struck, what, strikes, people, 1)
        work = f"{what} struck {strikes} times, {people:,} people"
        note = f"{told['before']:,} taken before the last strike"
        yield Row(work, "lost", told["lost"], at_most(0, told["lost"]), note)
        yield Row(
            work, "doubled", told["doubled"], at_most(0, told["doubled"]), f"{told['unclear']:,} are unclear"
        )
