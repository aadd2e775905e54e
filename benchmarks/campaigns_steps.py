"""How fast people walk on: a million wait, 200,000 are due, each due one gets a row in the outbox.

A step is one person who is carried on, with the outbox row; the worker is the one that `passend worker` runs.
"""

import resource
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.campaign_firms import NOW, emptied, people_under_way, postgres, sqlite
from benchmarks.kept import kept
from benchmarks.row import Row, at_least, at_most
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.store import Store, open_store
from passend.store.outbox import OutboxRow

PEOPLE, DUE = 1_000_000, 200_000


def _work(store: Store) -> int:
    """Work until nobody is due; returns the steps."""
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


def _one_of_several(address: str, told: object) -> None:
    with open_store(Path(), address) as store:
        steps = _work(store)
        again = 0
        while again < 3:  # the other one may hold the buckets that are left
            more = _work(store)
            steps += more
            again = 0 if more else again + 1
    told.put(steps)  # type: ignore[attr-defined]


def several_on_postgres(people: int, due: int, workers: int) -> dict[str, float]:
    """Several workers, each a process of its own, on one server."""
    with postgres() as address:
        emptied(address)
        with open_store(Path(), address) as store:
            people_under_way(store, people, due)
        context = get_context("spawn")
        told = context.Queue()
        processes = [context.Process(target=_one_of_several, args=(address, told)) for _ in range(workers)]
        begun = time.perf_counter()
        for one in processes:
            one.start()
        steps = sum(told.get() for _ in processes)
        seconds = time.perf_counter() - begun
        for one in processes:
            one.join()
        with open_store(Path(), address) as store:
            _check(store, due)
    return {"rate": steps / seconds}


def rows(people: int = PEOPLE, due: int = DUE) -> Iterator[Row]:
    """Steps a second on both databases, and the memory of a worker."""
    work = f"{people:,} wait, {due:,} are due"
    told = kept(one_on_sqlite, people, due)
    yield Row(f"{work}; SQLite, one worker", "steps a second", told["rate"], at_least(10_000, told["rate"]),
              f"per second of processor time: {told['processor']:,.0f}")  # fmt: skip
    yield Row(f"{work}; SQLite, one worker", "memory, MB", told["memory_mb"], at_most(500, told["memory_mb"]))
    told = kept(several_on_postgres, people, due, 2)
    yield Row(
        f"{work}; PostgreSQL, two workers", "steps a second", told["rate"], at_least(15_000, told["rate"])
    )
