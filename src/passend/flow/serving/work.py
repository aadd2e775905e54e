"""Long work beside pages and calls: begun, followed or left, and found again until the process ends."""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any

from passend.errors import PassendError
from passend.flow.campaigns.opening import utc_now

log = logging.getLogger("passend.work")
#: Works that are remembered; the oldest go first.
_KEPT = 50


@dataclass
class Work:
    """One piece of work, and its progress.

    Attributes:
        title: what is being done; a message.
        who: began it.
        then: the page to go to when it is done.
        steps: what was done until now, a sentence each.
        total: size of the present step, where known.
        done: how much of it is done.
        result: what came out.
        problem: what went wrong, for people.
        ended_at: when it ended; None while it goes on.
        ended: is set then.
    """

    id: str
    title: str
    who: str
    then: str
    began_at: datetime
    steps: list[str] = field(default_factory=list)
    total: int | None = None
    done: int = 0
    result: Any = None
    problem: PassendError | None = None
    ended_at: datetime | None = None
    ended: Event = field(default_factory=Event)

    def step(self, says: str, total: int | None = None) -> None:
        """The next step begins."""
        self.steps.append(says)
        self.total, self.done = total, 0

    def advance(self, amount: int) -> None:
        """So much more of the step is done."""
        self.done += amount


class Works:
    """All work of this process. Another process sees none of it; the workspace's lock keeps the two apart."""

    def __init__(self) -> None:
        self._works: OrderedDict[str, Work] = OrderedDict()
        self._lock = Lock()

    def begin(self, title: str, who: str, task: Callable[[Work], Any], then: str = "") -> Work:
        """Begin a piece of work.

        Args:
            title: what is done; a message.
            who: begins it.
            task: does it, and tells its progress to what it is given.
            then: the page to show when it is done; ``{id}`` stands for the work's number.
        """
        number = secrets.token_hex(8)
        work = Work(number, title, who, then.replace("{id}", number), utc_now())
        with self._lock:
            self._works[number] = work
            over = [one for one in self._works.values() if one.ended_at is not None]
            for one in over[: max(0, len(self._works) - _KEPT)]:
                del self._works[one.id]
        Thread(target=self._run, args=(work, task), daemon=True).start()
        return work

    def find(self, number: str) -> Work | None:
        """The work of a number."""
        return self._works.get(number)

    def all(self) -> list[Work]:
        """What is remembered, the oldest first."""
        return list(self._works.values())

    def going_on(self) -> list[Work]:
        """What is not done yet."""
        return [one for one in self.all() if one.ended_at is None]

    def _run(self, work: Work, task: Callable[[Work], Any]) -> None:
        try:
            work.result = task(work)
        except PassendError as problem:
            work.problem = problem
        except Exception as problem:  # whoever waits must be told, whatever it was
            log.exception("work ended with an error", extra={"error": type(problem).__name__})
            work.problem = PassendError("Something went wrong here.", remedy="The log tells more.")
        finally:
            work.ended_at = utc_now()
            work.ended.set()
