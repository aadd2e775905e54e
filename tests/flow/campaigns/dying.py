"""A worker that is struck: a process of its own, with a channel that writes each message it takes to a file."""

import multiprocessing
import os
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from passend.channels import Answer, Outcome
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.store import open_store
from passend.worker import Loop
from passend.workspace import Workspace
from tests.flow.campaigns.stage import NOBODY

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


#: Bytes of a message's key, at least.
_LINE = 6


def nothing() -> None:
    """No strike but the worker's own death."""


def killed(
    place: tuple[Path, str],
    now: datetime,
    after: int,
    strike: Callable[[], None] = nothing,
    lives_on: int = 0,
) -> None:
    """Start a worker, strike when it has handed over so many messages, and kill it so many messages later.

    Args:
        place: folder and address of the store.
        now: where its clock stands: what an earlier death left waiting is due again some hours later.
        after: messages.
        strike: the blow.
        lives_on: messages from the blow to its death.
    """
    folder, address = place
    here, there = _CONTEXT.Pipe(duplex=False)
    worker = _CONTEXT.Process(target=work, args=(folder, address, now, there), daemon=True)
    worker.start()
    there.close()
    assert here.recv() == "ready"
    _wait_for(folder / "taken", after)
    strike()
    _wait_for(folder / "taken", lives_on)
    worker.kill()
    worker.join()
    here.close()


def _wait_for(file: Path, messages: int) -> None:
    """Until so many more were handed over, or it is plain that none come any more."""
    before, until = _size(file), time.monotonic() + 10
    while time.monotonic() < until and _size(file) - before < _LINE * messages:
        time.sleep(0.002)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def work(folder: Path, address: str, now: datetime, ready: Connection) -> None:
    """Work until killed."""
    with open_store(folder, address) as store:
        worker = Worker(store, Ways({"email": Writes(folder / "taken")}), NOBODY, lambda: now)
        loop = Loop(worker, lambda: Workspace(folder / "ws"), lambda _: None, _bridged=now)
        ready.send("ready")
        while True:
            if loop.turn().errors:
                time.sleep(0.05)
