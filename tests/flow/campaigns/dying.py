"""A worker that is struck: a process of its own, with a channel that writes each message it takes to a file."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from passend.channels import Answer, Outcome
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.store import open_store
from passend.worker import Loop
from passend.workspace import Workspace
from tests.flow.campaigns.stage import NOBODY, START


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
    call = [sys.executable, "-m", "tests.flow.campaigns.dying", str(folder), address]
    worker = subprocess.Popen(call, cwd=Path(__file__).resolve().parents[3], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    until = time.monotonic() + 10
    while time.monotonic() < until and (file.stat().st_size - before) < 6 * after:
        time.sleep(0.002)
    strike()
    time.sleep(lives_on)
    worker.kill()
    worker.wait()
    worker.stdout.close()


def main(folder: str, address: str) -> None:
    """Work until killed."""
    with open_store(Path(folder), address) as store:
        worker = Worker(store, Ways({"email": Writes(Path(folder) / "taken")}), NOBODY, lambda: START)
        loop = Loop(worker, lambda: Workspace(Path(folder) / "ws"), print, _bridged=START)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            if loop.turn().errors:
                time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
