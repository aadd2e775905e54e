"""How fast people walk on: a million wait, 200,000 are due, each due one gets a row in the outbox.

A step is one person who is carried on, with the outbox row; the worker is the one that `passend worker` runs. The rate
is by the clock, so that it holds on a quiet machine; that of the processor stands beside it. On SQLite one core works.
On PostgreSQL two cores carry both workers and the server, whose time counts, too.
"""

import os
import resource
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import create_engine, func, select, text

from benchmarks.campaign_firms import NOW, emptied, people_under_way, postgres, sqlite
from benchmarks.kept import kept
from benchmarks.row import Row, at_least, at_most
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker, look_for_circles_rarely
from passend.store import Store, open_store
from passend.store.outbox import OutboxRow

PEOPLE, DUE = 1_000_000, 200_000


def _work(store: Store) -> int:
    """Work until nobody is due, as the loop of the worker does; returns the steps."""
    look_for_circles_rarely()
    worker = Worker(store, Ways(), HoldOut(), lambda: NOW)
    steps = 0
    while done := worker.tick().steps:
        steps += done
    return steps


def one_on_sqlite(people: int, due: int) -> dict[str, float]:
    """One worker on a file."""
    with sqlite() as store:
        people_under_way(store, people, due)
        begun, processor = time.perf_counter(), time.process_time()
        steps = _work(store)
        seconds, processor = time.perf_counter() - begun, time.process_time() - processor
        _check(store, due)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": steps / seconds, "processor": steps / processor, "memory_mb": memory}


def _check(store: Store, due: int) -> None:
    with store.read() as connection:
        rows, keys = connection.execute(select(func.count(), func.count(func.distinct(OutboxRow.key)))).one()
    if not rows == keys == due:
        raise AssertionError(f"{rows} rows with {keys} keys instead of {due}")


def _one_of_several(address: str, told: object, ready: object) -> None:
    with open_store(Path(), address) as store:
        ready.wait()  # type: ignore[attr-defined]  # a worker runs for days: its start is no step
        begun = time.process_time()
        steps = _work(store)
        again = 0
        while again < 3:  # the other one may hold the buckets that are left
            more = _work(store)
            steps += more
            again = 0 if more else again + 1
    told.put((steps, time.process_time() - begun))  # type: ignore[attr-defined]


def several_on_postgres(people: int, due: int, workers: int) -> dict[str, float]:
    """Several workers, each a process of its own, on one server."""
    with postgres() as address:
        emptied(address)
        with open_store(Path(), address) as store:
            people_under_way(store, people, due)
        context = get_context("spawn")
        told = context.Queue()
        ready = context.Barrier(workers + 1)
        processes = [
            context.Process(target=_one_of_several, args=(address, told, ready)) for _ in range(workers)
        ]
        for one in processes:
            one.start()
        ready.wait()
        begun, served = time.perf_counter(), _server_seconds(address)
        found = [told.get() for _ in processes]
        seconds, served = time.perf_counter() - begun, _server_seconds(address) - served
        steps, worked = (sum(part) for part in zip(*found, strict=True))
        for one in processes:
            one.join()
        with open_store(Path(), address) as store:
            _check(store, due)
    return {"rate": steps / seconds, "processor": 2 * steps / (worked + served), "workers": steps / worked}


def _server_seconds(address: str) -> float:
    """Processor time of a PostgreSQL server and all its children so far, also of those that have ended; Linux only."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        server = int(
            Path(str(connection.execute(text("show data_directory")).scalar_one()), "postmaster.pid")
            .read_text()
            .split()[0]
        )
    engine.dispose()
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(entry.parent.name) == server:
            ticks += sum(int(one) for one in fields[11:15])
        elif int(fields[1]) == server:
            ticks += sum(int(one) for one in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def rows(people: int = PEOPLE, due: int = DUE) -> Iterator[Row]:
    """Steps a second on both databases, and the memory of a worker."""
    work = f"{people:,} wait, {due:,} are due"
    told = kept(one_on_sqlite, people, due)
    yield Row(f"{work}; SQLite, one worker", "steps a second", told["rate"],
              at_least(10_000, told["rate"]), f"by the processor {told['processor']:,.0f}")  # fmt: skip
    yield Row(f"{work}; SQLite, one worker", "memory, MB", told["memory_mb"], at_most(500, told["memory_mb"]))
    told = kept(several_on_postgres, people, due, 2)
    note = f"by the processor {told['processor']:,.0f}; a worker without the server {told['workers']:,.0f}"
    yield Row(
        f"{work}; PostgreSQL, two workers on two cores",
        "steps a second",
        told["rate"],
        at_least(15_000, told["rate"]),
        note,
    )
