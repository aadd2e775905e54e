"""One process that serves: the application, a look at the store each second, and the work beside it."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from passend.api.application import make_application
from passend.api.guard import log_as_json
from passend.errors import InvalidSetting, PassendError
from passend.flow.campaigns.opening import utc_now, worker_of
from passend.flow.campaigns.ways import ways_of
from passend.flow.serving.desk import Desk
from passend.flow.serving.keys import demo_keys_hold, has_administrator, make_demo_keys, revoke_demo_keys
from passend.flow.serving.receiving import carry_events
from passend.flow.serving.stocking import lay_out
from passend.settings import SETTINGS
from passend.worker import Loop

log = logging.getLogger("passend.api")
#: Calls under way get so many seconds when the process is told to stop.
GRACE_SECONDS = 10
_BRIDGE_SECONDS = 60.0
_LOOK_SECONDS = 1.0


@dataclass
class Serving:
    """What runs, and how it ends.

    Attributes:
        desk: what answers come from.
        demo: with the keys that everybody knows, on this computer alone.
        stop: set to end the threads.
    """

    desk: Desk
    demo: bool = False
    stop: Event = field(default_factory=Event)

    def check(self) -> None:
        """Refuse what everybody knows, outside of a demo.

        Raises:
            InvalidSetting: the hold-out can be foreseen by everybody, or a demo would be open to others.
        """
        settings = self.desk.settings
        if self.demo:
            if settings.text("serve.host") not in {"127.0.0.1", "localhost", "::1"}:
                raise InvalidSetting(
                    "A demo has keys that everybody knows, so it listens on this computer alone.",
                    remedy="Leave serve.host as it is, or serve without --demo.",
                )
            return
        usual = next(one.default for one in SETTINGS if one.name == "decisions.salt")
        if settings["decisions.salt"] == usual:
            raise InvalidSetting(
                "The setting decisions.salt is the one that everybody knows: anybody could tell who is held out.",
                remedy="Set decisions.salt once, in settings.toml, before the first plan.",
            )
        if demo_keys_hold(self.desk.store, utc_now()):
            revoke_demo_keys(self.desk.store, utc_now())

    def run(self, tell: Callable[[str, str], None]) -> None:
        """Serve until told to stop; ``tell`` gets the address, and the path of the first administrator's link."""
        self.check()
        settings = self.desk.settings
        log_as_json()
        setup = "" if self.demo or has_administrator(self.desk.store) else secrets.token_urlsafe(32)
        self._lay_out()
        self.desk.look()
        host, port = settings.text("serve.host"), settings.whole("serve.port")
        if self.demo:
            origins = [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost")]
            make_demo_keys(self.desk.store, origins, utc_now())
        threads = [Thread(target=one, daemon=True) for one in (self._look, self._bridge)]
        loop = self._loop()
        if settings["serve.worker"]:
            threads.append(Thread(target=loop.run, daemon=True))
        for thread in threads:
            thread.start()
        tell(f"http://{host}:{port}", f"/setup?token={setup}" if setup else "")
        config = uvicorn.Config(
            make_application(self.desk, setup), host=host, port=port, access_log=False, log_level="warning",
            server_header=False, proxy_headers=False, timeout_graceful_shutdown=GRACE_SECONDS, lifespan="off",
        )  # fmt: skip
        try:
            uvicorn.Server(config).run()
        finally:
            self.stop.set()
            loop.stop.set()
            for thread in threads:
                thread.join(GRACE_SECONDS)
            self.desk.close()

    def _loop(self) -> Loop:
        place = self.desk.workspace()
        worker = worker_of(place, self.desk.store, ways_of(place, self.desk.store))
        return Loop(
            worker, self.desk.workspace, lambda done: log.info("tick", extra={"error": str(done.errors)})
        )

    def _lay_out(self) -> None:
        try:
            if lay_out(self.desk.workspace()):
                log.info("laid out", extra={"version": self.desk.workspace().manifest.number})
        except PassendError as problem:
            log.warning("nothing to lay out", extra={"error": problem.what})

    def _look(self) -> None:
        while not self.stop.wait(_LOOK_SECONDS):
            try:
                self.desk.look()
            except (PassendError, SQLAlchemyError, OSError) as problem:
                # The last state stays in force; readiness tells of a store that is gone.
                log.warning("cannot look", extra={"error": type(problem).__name__})

    def _bridge(self) -> None:
        while not self.stop.wait(_BRIDGE_SECONDS):
            try:
                carry_events(self.desk.store, self.desk.workspace(), utc_now())
                self._lay_out()
            except (PassendError, SQLAlchemyError, OSError) as problem:
                log.warning("carried over later", extra={"error": str(problem)[:300]})


def serve(folder: Path, overrides: tuple[str, ...], tell: Callable[[str, str], None], *, demo: bool) -> None:
    """Serve a workspace until told to stop."""
    Serving(Desk(folder, overrides), demo).run(tell)
