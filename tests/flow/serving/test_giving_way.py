"""Work beside answers gives way; what holds the store's lock still gets its turn."""

import os
import subprocess
import sys

import pytest

_CALL = "from passend.flow.serving.giving_way import give_way; import os; give_way({}); print(os.nice(0), {})"


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux has it")
def test_learning_waits_for_an_idle_core_and_a_writer_does_not() -> None:
    def ends_as(words: str) -> list[str]:
        told = _CALL.format(words, "os.sched_getscheduler(0)")
        return subprocess.run(
            [sys.executable, "-c", told], capture_output=True, text=True, check=True
        ).stdout.split()

    assert ends_as("")[1] == str(os.SCHED_IDLE)
    assert ends_as("holds_the_store=True") == [str(os.nice(0) + 10), str(os.SCHED_OTHER)]


@pytest.mark.skipif(not hasattr(os, "nice"), reason="Windows has none")
def test_a_container_that_forbids_it_gets_the_lower_priority() -> None:
    told = _CALL.format("", "'goes on'").replace("give_way(", "os.SCHED_IDLE = 99; give_way(", 1)
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert done.split() == [str(min(os.nice(0) + 10, 19)), "goes", "on"]
