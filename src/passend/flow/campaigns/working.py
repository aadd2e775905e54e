"""One tick of the worker: judge what happened, let people walk, send, close what nobody closed. Safe at every point.

Each part is a transaction of its own. A worker that dies loses none and doubles none; the next one goes on where the
rows stand.
"""

import atexit
import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from passend.errors import PassendError
from passend.flow.campaigns.adapting import adapt
from passend.flow.campaigns.advancing import advance, buckets_due
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.health import Pulse
from passend.flow.campaigns.running import Running, note_error, running
from passend.flow.campaigns.sending import Ways, send, sweep, waiting_channels
from passend.flow.campaigns.shop_events import take_in
from passend.flow.campaigns.triggering import judge
from passend.store import Store
from passend.store.campaigns import JourneyRow
from passend.store.outbox import OutboxRow

#: After so many objects that were made and not freed yet, Python looks for those that hold each other; usually 700.
_MADE = 50_000


def look_for_circles_rarely() -> None:
    """Let Python look more rarely for objects that hold each other: a walk makes many objects and no such circles.

    It is a quarter of a worker's time. Memory grows by some megabytes at most, for nearly all is freed at once.
    """
    gc.freeze()
    atexit.register(gc.unfreeze)  # at the end all of it is let go of, or DuckDB says that it was left over
    gc.set_threshold(_MADE, 20, 20)


@dataclass
class Done:
    """What a tick did.

    Attributes:
        entered: people whom triggers let in.
        steps: people who walked on.
        sent: messages that were handed over, or forbidden.
        closed: messages that expired or became unclear.
        errors: campaign or channel -> what went wrong; the rest went on.
    """

    entered: int = 0
    steps: int = 0
    sent: int = 0
    closed: int = 0
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Whether there may be more to do at once."""
        return bool(self.entered or self.steps or self.sent or self.closed)


@dataclass(frozen=True)
class Worker:
    """What a worker works with.

    Attributes:
        store: of the campaigns.
        ways: channels, and who may forbid a message.
        hold_out: the firm's own.
        clock: tells the moment.
        batches: batches of people a tick and campaign, so that no campaign holds up the others.
        pulse: tells that it is at work.
    """

    store: Store
    ways: Ways
    hold_out: HoldOut
    clock: Callable[[], datetime]
    batches: int = 32
    pulse: Pulse | None = None

    def tick(self) -> Done:
        """Do what is due now, a fair part for each campaign."""
        done, now = Done(), self.clock()
        with self.store.read() as connection:
            open_ = running(connection)
            runs = {run.id: run for run in running(connection, ("running", "paused"))}
        take_in(self.store, now)
        for run in open_:
            adapt(self.store, run, now)
        done.entered = judge(self.store, open_, self.hold_out, now)
        with self.store.read() as connection:
            due = {run.id: buckets_due(connection, run, now) for run in open_}
        for run in open_:
            self._walk(run, due[run.id], now, done)
        with self.store.read() as connection:
            channels = waiting_channels(connection, now)
        for name in channels:
            self._send(name, runs, now, done)
        done.closed = sweep(self.store, runs, self.ways, now)
        return done

    def _walk(self, run: Running, buckets: list[int], now: datetime, done: Done) -> None:
        batches, left = 0, list(buckets)
        while left and batches < self.batches:
            self._beat()
            for bucket in tuple(left):
                try:
                    steps = advance(self.store, run, bucket, now, permits=self.ways.permits)
                except PassendError as problem:
                    done.errors[f"campaign/{run.name}"] = str(problem)
                    note_error(self.store, run.name, str(problem), now)
                    return
                done.steps += steps
                batches += 1
                if not steps:
                    left.remove(bucket)

    def _send(self, name: str, runs: dict[int, Running], now: datetime, done: Done) -> None:
        channel = self.ways.pushed.get(name)
        if channel is None:
            done.errors[f"channel/{name}"] = "This worker has no such channel."
            return
        for _ in range(self.batches):
            self._beat()
            try:
                sent = send(self.store, runs, channel, self.ways, now)
            except Exception as problem:  # noqa: BLE001 - whatever a channel breaks on, the others go on, and it is told
                told = f"{type(problem).__name__}: {problem}"
                done.errors[f"channel/{name}"] = told
                for run in runs.values():
                    if name in run.now.channels:
                        note_error(self.store, run.name, f"channel/{name}: {told}", now)
                return
            done.sent += sent
            if not sent:
                return

    def _beat(self) -> None:
        if self.pulse is not None:
            self.pulse.beat()

    def next_wake(self) -> datetime | None:
        """When something is due next, as far as it is known now."""
        with self.store.read() as connection:
            ids = [run.id for run in running(connection)]
            walks = connection.execute(
                select(func.min(JourneyRow.due_at)).where(
                    JourneyRow.campaign_id.in_(ids), JourneyRow.state == "waiting"
                )
            ).scalar()
            queue = connection.execute(
                select(func.min(OutboxRow.not_before)).where(
                    OutboxRow.state == "queued", OutboxRow.campaign_id.in_(ids)
                )
            ).scalar()
        return min((at for at in (walks, queue) if at is not None), default=None)
