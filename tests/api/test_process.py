"""A process that serves: it starts, answers, takes up new data while it runs, and ends when it is told to."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from passend.api.process import Serving
from passend.errors import InvalidSetting
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.flow.serving.keys import ROLES, make_key
from passend.store import open_store
from passend.web.site import make_site
from passend.workspace import Workspace
from tests.flow.serving.shop import open_shop
from tests.worlds import table


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`passend serve` on a free port, and its address."""
    words = [sys.executable, "-m", "passend", "serve", "-w", str(folder), "--json", "--set", "serve.port=0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process, json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")["address"]
        finally:
            process.kill()


def asked(address: str, key: str, **question: object) -> dict[str, object]:
    """The answer to a question."""
    call = urllib.request.Request(
        f"{address}/v1/recommendations", json.dumps(question).encode(), {"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(call, timeout=20) as answer:
        return json.load(answer)


def names(answer: dict[str, object]) -> list[str]:
    """Of the products of an answer."""
    return [one["name"] for one in answer["items"]]


def renamed(folder: Path, word: str) -> None:
    """Another state of the workspace."""
    workspace = Workspace(folder)
    rows = [{**row, "name": f"{row['name']} {word}"} for row in workspace.read("products").to_pylist()]
    with workspace.change("names") as change, workspace.engine() as engine:
        engine.load("products", table("products", rows))
        change.write(engine, "products")


def test_it_answers_takes_up_new_data_and_ends_cleanly(tmp_path: Path) -> None:
    folder = open_shop(tmp_path).folder
    with open_store(folder) as store:
        key = make_key(store, "shop", ROLES["administrator"], "test", utc_now()).secret
    with served(folder) as (process, address):
        assert names(asked(address, key, product="bike", limit=1)) == ["Lamp"]
        renamed(folder, "of today")
        until = time.monotonic() + 40
        while names(asked(address, key, product="bike", limit=1)) != ["Lamp of today"]:
            assert time.monotonic() < until
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM if os.name == "posix" else signal.CTRL_BREAK_EVENT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert key not in said
    assert "Traceback" not in said
    with pytest.raises(OSError, match="refused"):
        asked(address, key, product="bike")


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        desk = Desk(open_shop(tmp_path).folder, (f"serve.port={other.getsockname()[1]}",))
        try:
            with pytest.raises(InvalidSetting, match="cannot listen"):
                Serving(desk, make_site).run(lambda *_: None)
        finally:
            desk.close()
