"""`passend serve` as a process of its own, and visitors beside it, both on the cores of this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import psutil

from benchmarks.shop_visitors import Seen, Visit
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.keys import ROLES, make_key
from passend.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 120


class Server:
    """A process that serves.

    Args:
        process: what runs.
        port: where it listens.
        key: that opens its doors.
        started: seconds from its start to the first `ready`.
    """

    def __init__(self, process: subprocess.Popen[str], port: int, key: str, started: float) -> None:
        self.process = process
        self.port = port
        self.key = key
        self.started = started
        self._counted = psutil.Process(process.pid)

    def processor_seconds(self) -> float:
        """Of the processor so far."""
        used = self._counted.cpu_times()
        return float(used.user + used.system)

    def gigabytes(self) -> float:
        """Of memory that it holds, mapped files that it has read included."""
        return float(self._counted.memory_info().rss) / 1e9

    def is_ready(self) -> bool:
        """Whether it answers."""
        return _status(f"http://127.0.0.1:{self.port}/ready") == 200


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """The workspace, served as `passend serve` serves it."""
    with open_store(folder) as store:
        key = make_key(store, "bench", ROLES["administrator"], "bench", utc_now()).secret
    port = free_port()
    words = ["-m", "passend", "serve", "--workspace", str(folder), "--json", "--set", f"serve.port={port}"]
    with _started(words, port, "/ready") as (process, seconds):
        yield Server(process, port, key, seconds)


@contextmanager
def bare() -> Iterator[Server]:
    """A route that returns bytes, in the same server: what the way over the line costs alone."""
    port = free_port()
    words = ["-m", "uvicorn", "benchmarks.bare_route:app", "--port", str(port), "--no-access-log",
             "--log-level", "warning", "--lifespan", "off"]  # fmt: skip
    with _started(words, port, "/ready") as (process, seconds):
        yield Server(process, port, "none", seconds)


@contextmanager
def _started(words: list[str], port: int, path: str) -> Iterator[tuple[subprocess.Popen[str], float]]:
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, *words], stdout=quiet, stderr=quiet, text=True)
    try:
        while _status(f"http://127.0.0.1:{port}{path}") != 200:
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"the server did not start: {' '.join(words)}")
            time.sleep(0.02)
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Visitors:
    """The process of the visitors."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "benchmarks.shop_visitors"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def send(self, visit: Visit) -> None:
        """Let them go."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(visit)) + "\n")
        self._process.stdin.flush()

    def back(self) -> Seen:
        """What they saw."""
        assert self._process.stdout is not None
        return Seen(**json.loads(self._process.stdout.readline()))

    def visit(self, visit: Visit) -> Seen:
        """Both."""
        self.send(visit)
        return self.back()

    def close(self) -> None:
        """Send them home."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
