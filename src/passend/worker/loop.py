"""The loop of the worker: feed, tick, bridge, sleep. Told to stop, it ends after the tick that it is in."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy.exc import SQLAlchemyError

from passend.errors import PassendError
from passend.flow.campaigns.bridging import bridge
from passend.flow.campaigns.exposing import expose
from passend.flow.campaigns.feeding import feed
from passend.flow.campaigns.health import BEAT, cause
from passend.flow.campaigns.loading import load_plan
from passend.flow.campaigns.membership import look_at_audiences
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Done, Worker, look_for_circles_rarely
from passend.flow.exchange import exchange
from passend.flow.lettering import send_due_letters
from passend.flow.mailbox import take_mail
from passend.settings import Settings
from passend.store import Store
from passend.workspace import Workspace

#: The longest sleep: somebody may start a campaign, or stop one, meanwhile.
_LONGEST = timedelta(seconds=20)
#: How often the workspace is looked at for new data, and contacts are carried over.
_BRIDGE = timedelta(minutes=5)
#: How often the mailbox for bounces is looked into, and how long one that cannot be read is left alone.
_MAILBOX, _MAILBOX_AWAY = timedelta(seconds=30), timedelta(minutes=5)


@dataclass
class Loop:
    """Works until it is stopped.

    Attributes:
        worker: does what is due.
        workspace: opens the firm's data anew, so that a new plan is seen.
        tell: what is told of each tick that did something, or went wrong.
        stop: set to end the loop.
        ways: makes the channels anew where settings have changed, such as the firm's name; none keeps the first ones.
    """

    worker: Worker
    workspace: Callable[[], Workspace]
    tell: Callable[[Done], None]
    stop: Event = field(default_factory=Event)
    ways: Callable[[Workspace, Store], Ways] | None = None
    _bridged: datetime = datetime.min
    _mail_at: datetime = datetime.min
    _settings: Settings | None = None

    def run(self) -> None:
        """Until told to stop."""
        look_for_circles_rarely()
        while not self.stop.is_set():
            done = self.turn()
            if done.anything or done.errors:
                self.tell(done)
            if not done.anything:
                self.stop.wait((BEAT if done.errors else self._sleep()).total_seconds())

    def turn(self) -> Done:
        """Once; a full disk, or a database that went away, is told, and the next turn tries again."""
        pulse = self.worker.pulse
        try:
            done = self.once()
            if pulse is not None:
                pulse.beat("")
        except (SQLAlchemyError, OSError) as problem:
            self._bridged = datetime.min
            done = Done(errors={"worker": cause(problem)})
            with suppress(SQLAlchemyError):  # where even this cannot be written, the silence is seen
                if pulse is not None:
                    pulse.beat(cause(problem))
        return done

    def drain(self) -> Done:
        """All that is due now, also what follows from it; then carry over what was learned."""
        total = self.once(bridges=True)
        done = total
        while done.anything:
            done = self.worker.tick()
            total.entered += done.entered
            total.steps += done.steps
            total.sent += done.sent
            total.closed += done.closed
            total.errors |= done.errors
        total.errors |= self.once(bridges=True).errors
        return total

    def once(self, *, bridges: bool = False) -> Done:
        """One tick, and what must go between campaigns and analytics where it is time for it."""
        now = self.worker.clock()
        problem = ""
        if bridges or now - self._bridged >= _BRIDGE:
            self._bridged = now
            try:
                place = self.workspace()
                self._renew(place)
                if place.has("offers"):
                    load_plan(self.worker.store, place, now)
                exchange(self.worker.store, place, now)
                feed(self.worker.store, place, now)
                look_at_audiences(self.worker.store, place, now)
                bridge(self.worker.store, place, now)
                expose(self.worker.store, place, now)
                send_due_letters(self.worker.store, place, now)
            except PassendError as raised:  # told below; the next round carries over what this one did not
                problem = str(raised)
        unread = self._mail(now) if bridges or now >= self._mail_at else ""
        done = self.worker.tick()
        if problem:
            done.errors["workspace"] = problem
        if unread:
            done.errors["mailbox"] = unread
        return done

    def _mail(self, now: datetime) -> str:
        """Take over what came back by mail, before anything else leaves; what went wrong, if anything did."""
        self._mail_at = now + _MAILBOX
        try:
            while take_mail(self.worker.store, self.workspace(), now):
                pass
        except PassendError as problem:
            self._mail_at = now + _MAILBOX_AWAY
            return str(problem)
        return ""

    def _renew(self, place: Workspace) -> None:
        """Take new channels where the settings are others than the last time."""
        if self.ways is not None and self._settings not in (None, place.settings):
            for channel in self.worker.ways.pushed.values():
                getattr(channel, "close", lambda: None)()
            self.worker = replace(self.worker, ways=self.ways(place, self.worker.store))
        self._settings = place.settings

    def _sleep(self) -> timedelta:
        wake = self.worker.next_wake()
        if wake is None:
            return _LONGEST
        return max(timedelta(seconds=1), min(_LONGEST, wake - self.worker.clock()))
