"""A worker that is struck: a process of its own, with a channel that writes each message it takes to a file."""

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from passend.channels import Answer, Outcome
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.store import open_store
from passend.worker import Loop
from passend.workspace import Workspace
from tests.flow.campaigns.stage import NOBODY, START

# Forked from a process that has imported everything once, so that a strike costs a fraction of a second.
_HOW = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_CONTEXT = multiprocessing.get_context(_HOW)
if _HOW == "forkserver":
    _CONTEXT.set_forkserver_preload([__name__])


class Writes:
    """The other side: what it took, it has taken, whatever becomes of us."""

    name, is_idempotent = "email", False

    def __init__(self, file: Path) -> None:
        self.taken = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def send(self, batch, now):
        for one in batch:
            os.write(self.taken, f"{one.key}\n".encode())
            time.sleep(0.0002)
            yield Answer(one.key, Outcome.ACCEPTED, "250")


def nothing() -> None:
    """No strike but the worker's own death."""


def killed(
    folder: Path, address: str, after: int, strike: Callable[[], None] = nothing, lives_on: float = 0.0
) -> None:
    """Start a worker, strike when it has handed over so many messages more, and kill it so many seconds later."""
    file = folder / "taken"
    before = file.stat().st_size if file.exists() else 0
    here, there = _CONTEXT.Pipe(duplex=False)
    worker = _CONTEXT.Process(target=work, args=(folder, address, there), daemon=True)
    worker.start()
    there.close()
    assert here.recv() == "ready"
    until = time.monotonic() + 10
    while time.monotonic() < until and (file.stat().st_size - before) < 6 * after:
        time.sleep(0.002)
    strike()
    time.sleep(lives_on)
    worker.kill()
    worker.join()
    here.close()


def work(folder: Path, address: str, ready: Connection) -> None:
    """Work until killed."""
    with open_store(folder, address) as store:
        worker = Worker(store, Ways({"email": Writes(folder / "taken")}), NOBODY, lambda: START)
        loop = Loop(worker, lambda: Workspace(folder / "ws"), lambda _: None, _bridged=START)
        ready.send("ready")
        while True:
            if loop.turn().errors:
                time.sleep(0.05)
