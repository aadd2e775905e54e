"""Work beside answers gives way to them: to whoever asks, it must not matter that something is being learned."""

import os
from contextlib import suppress


def give_way(*, holds_the_store: bool = False) -> None:
    """Have this process give way to all others.

    Where the system can, it works only while a core has nothing else to do, and stops the moment that somebody asks; a
    merely lower priority would hold each answer up by some milliseconds.

    Args:
        holds_the_store: it writes to the store, whose lock must not be held by somebody who never gets a turn.
    """
    if hasattr(os, "nice"):
        os.nice(10)
    if not holds_the_store and hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):  # a container may forbid it
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
