"""A workspace is before or after a change, never in between."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from passend.engines import DuckDBEngine
from passend.errors import ContractBroken, WorkspaceError
from passend.market.sample import write_sample
from passend.workspace import STEPS_BACK, Workspace
from tests.worlds import table


def store(workspace: Workspace, quantity: float, *, fail: bool = False) -> None:
    engine = DuckDBEngine()
    engine.load("returns", table("returns", [{"return_id": "C1", "line": 1, "quantity": quantity}]))
    with workspace.change("test") as change:
        change.write(engine, "returns")
        if fail:
            raise ContractBroken("on purpose")


def quantity(workspace: Workspace) -> float:
    return workspace.read("returns")["quantity"].to_pylist()[0]


def test_a_change_shows_at_its_end_and_survives_reopening(tmp_path):
    workspace = Workspace(tmp_path)
    store(workspace, 1)
    store(workspace, 2)
    assert quantity(workspace) == 2
    assert quantity(Workspace(tmp_path)) == 2


def test_rows_are_stored_in_the_order_of_their_contract(tmp_path):
    workspace, engine = Workspace(tmp_path), DuckDBEngine()
    rows = [{"customer_id": f"K{n % 7}", "rank": n} for n in range(50, 0, -1)]
    engine.load("offers", table("offers", rows))
    with workspace.change("test") as change:
        change.write(engine, "offers")
    stored = workspace.read("offers")
    found = list(zip(stored["customer_id"].to_pylist(), stored["rank"].to_pylist(), strict=True))
    assert found == sorted((row["customer_id"], row["rank"]) for row in rows)


def test_a_failed_change_leaves_nothing(tmp_path):
    workspace = Workspace(tmp_path)
    store(workspace, 1)
    with pytest.raises(ContractBroken):
        store(workspace, 2, fail=True)
    assert quantity(Workspace(tmp_path)) == 1
    assert len(list((tmp_path / "tables").iterdir())) == 1


def test_undo_goes_one_step_back(tmp_path):
    workspace = Workspace(tmp_path)
    store(workspace, 1)
    store(workspace, 2)
    workspace.undo()
    assert quantity(Workspace(tmp_path)) == 1


def test_undo_goes_further_back_each_time_and_redo_comes_again(tmp_path):
    workspace = Workspace(tmp_path)
    for number in (1, 2, 3):
        store(workspace, number)
    workspace.undo()
    workspace.undo()
    assert quantity(Workspace(tmp_path)) == 1
    Workspace(tmp_path).redo()
    assert quantity(Workspace(tmp_path)) == 2
    Workspace(tmp_path).redo()
    assert quantity(Workspace(tmp_path)) == 3
    with pytest.raises(WorkspaceError, match="Nothing was undone"):
        Workspace(tmp_path).redo()


def test_undo_goes_back_to_the_empty_workspace_and_no_further(tmp_path):
    workspace = Workspace(tmp_path)
    store(workspace, 1)
    workspace.undo()
    assert not workspace.has("orders")
    with pytest.raises(WorkspaceError, match="no earlier state"):
        workspace.undo()
    workspace.redo()
    assert quantity(workspace) == 1


def test_after_another_change_what_was_undone_is_gone(tmp_path):
    workspace = Workspace(tmp_path)
    for number in (1, 2):
        store(workspace, number)
    workspace.undo()
    store(workspace, 7)
    with pytest.raises(WorkspaceError, match="Nothing was undone"):
        workspace.redo()
    workspace.undo()
    assert quantity(workspace) == 1


def test_after_the_past_is_forgotten_there_is_no_way_to_it(tmp_path):
    workspace = Workspace(tmp_path)
    for number in (1, 2, 3):
        store(workspace, number)
    workspace.undo()
    workspace.forget_past()
    for way in (workspace.undo, workspace.redo):
        with pytest.raises(WorkspaceError):
            way()
    assert quantity(Workspace(tmp_path)) == 2
    assert len(list((tmp_path / "manifests").iterdir())) == 1


def test_old_files_are_swept(tmp_path):
    workspace = Workspace(tmp_path)
    for number in range(20):
        store(workspace, number)
    assert len(list((tmp_path / "tables").rglob("*.parquet"))) <= STEPS_BACK + 2
    for _ in range(STEPS_BACK):
        workspace.undo()
    assert quantity(workspace) == 19 - STEPS_BACK
    with pytest.raises(WorkspaceError, match="no earlier state"):
        workspace.undo()


def test_two_writers_are_kept_apart(tmp_path):
    one, two = Workspace(tmp_path), Workspace(tmp_path)
    with one.change("first"), pytest.raises(WorkspaceError, match="Another process"), two.change("second"):
        pass


def test_an_empty_workspace_says_what_to_do(tmp_path):
    with pytest.raises(WorkspaceError, match=r"passend run orders\.csv"):
        Workspace(tmp_path).read("orders")


def test_a_damaged_manifest_is_named_with_the_way_back(tmp_path):
    workspace = Workspace(tmp_path)
    store(workspace, 1)
    store(workspace, 2)
    (tmp_path / "manifests" / "000002.json").write_text("{")
    with pytest.raises(WorkspaceError, match="Delete this file"):
        Workspace(tmp_path)
    (tmp_path / "manifests" / "000002.json").unlink()
    assert quantity(Workspace(tmp_path)) == 1


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a signal of POSIX")
def test_killed_at_any_moment_it_is_before_or_after_the_import(tmp_path):
    """Twenty imports of a grown file, each killed after a random time, over the whole length of an import."""
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    rows = write_sample(whole, customers=1500, seed=2)
    lines = whole.read_text().splitlines(keepends=True)
    part.write_text("".join(lines[: len(lines) // 2]))
    place = tmp_path / "ws"
    command = [sys.executable, "-m", "passend", "import", "--yes", "--quiet", "-w", str(place)]
    subprocess.run([*command, str(part)], check=True, capture_output=True)
    before = Workspace(place).manifest
    orders_before = Workspace(place).read("orders").num_rows
    started = time.monotonic()
    trial = tmp_path / "trial"
    subprocess.run([*command[:-1], str(trial), str(whole)], check=True, capture_output=True)
    length = time.monotonic() - started
    orders_after = Workspace(trial).read("orders").num_rows
    chance = random.Random(5)
    killed = tried = 0
    while killed < 20:
        tried += 1
        assert tried <= 100, "an import ends too soon to be killed"
        process = subprocess.Popen(
            [*command, str(whole)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.3, 1.0) * length)
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            killed += 1
        else:
            length *= 0.9  # the machine is faster than it was at the trial
        opened = Workspace(place)
        total = opened.read("orders").num_rows
        assert total in {orders_before, orders_after}
        fates = sum(opened.read(name).num_rows for name in ("orders", "returns", "quarantine"))
        assert fates == opened.read("lines").num_rows
        if total == orders_after:
            assert opened.read("lines").num_rows == rows
            while opened.manifest.tables != before.tables:
                opened.undo()
    subprocess.run([*command, str(whole)], check=True, capture_output=True)
    assert Workspace(place).read("orders").num_rows == orders_after


def test_the_folder_must_be_writable(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(WorkspaceError, match="cannot be made"):
        Workspace(Path(blocked) / "inside")
