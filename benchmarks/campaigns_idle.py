"""What an idle worker costs: a million people wait, nobody is due; the loop of `passend worker`, for a minute."""

import threading
import time
from collections.abc import Iterator

from benchmarks.campaign_firms import NOW, people_under_way, sqlite
from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.worker import Loop
from passend.workspace import Workspace

SECONDS = 60.0


def idle(people: int) -> float:
    """The share of a core that the loop takes."""
    with sqlite() as store:
        people_under_way(store, people, 0)
        place = Workspace(store.engine.url.database.rpartition("/")[0] + "/ws")  # type: ignore[union-attr]
        loop = Loop(Worker(store, Ways(), HoldOut(), lambda: NOW), lambda: place, lambda _: None)
        threading.Timer(SECONDS, loop.stop.set).start()
        begun, processor = time.perf_counter(), time.process_time()
        loop.run()
        return (time.process_time() - processor) / (time.perf_counter() - begun)


def rows(people: int = 1_000_000) -> Iterator[Row]:
    """The share of a core."""
    share = kept(idle, people)
    yield Row(f"idle worker, {people:,} wait", "per cent of a core", 100 * share, at_most(1, 100 * share))
