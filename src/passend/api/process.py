"""One process that serves: the application, a look at the store each second, and the work beside it."""

import gc
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread
from time import monotonic, time

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from passend.api.guard import log_as_json
from passend.api.short_way import ShortWay
from passend.errors import InvalidSetting, PassendError
from passend.flow.access.sessions import end_demo
from passend.flow.access.users import has_users
from passend.flow.campaigns.opening import utc_now, worker_of
from passend.flow.campaigns.ways import ways_of
from passend.flow.notifying import notify
from passend.flow.serving.beside import carry_beside, lay_out_beside, learn_beside
from passend.flow.serving.carrying import waiting
from passend.flow.serving.desk import Desk
from passend.flow.serving.keys import demo_keys_hold, make_demo_keys, revoke_demo_keys
from passend.flow.serving.learning import carts_folder
from passend.flow.serving.shelf import version_in_force
from passend.flow.serving.stocking import version_of
from passend.flow.uploads import drop_old_uploads
from passend.settings import SETTINGS
from passend.worker import Loop

log = logging.getLogger("passend.api")
#: Calls under way get so many seconds when the process is told to stop.
GRACE_SECONDS = 10
_BRIDGE_SECONDS = 60.0
_VERSION_SECONDS = 1.0
_LOOK_SECONDS = 1.0
#: When compiled functions are loaded, which would hold the first answers up.
_CARTS_AFTER_SECONDS = 4.0
_LEARN_SECONDS = 5.0
_PEEP_SECONDS = 0.1
_BACKLOG = 4096
#: The event loop takes one new connection a turn from each; from one alone, newcomers would wait while it is busy.
_DOORS = 32
#: Longer than proxies keep a connection (60 s by default), so that none of them asks on one that was just closed.
_KEPT_SECONDS = 75
#: Threads beside the answers hold them up by so much at most.
_SWITCH_SECONDS = 0.0005


@dataclass
class Serving:
    """What runs, and how it ends.

    Attributes:
        desk: what answers come from.
        make: makes the application of a desk, the token of the first administrator's link, and whether it is a demo.
        demo: with the keys that everybody knows, on this computer alone.
        overrides: ``name=value`` settings, also of the process that lays out.
        stop: set to end the threads.
    """

    desk: Desk
    make: Callable[[Desk, str, bool], FastAPI]
    demo: bool = False
    overrides: tuple[str, ...] = ()
    stop: Event = field(default_factory=Event)
    _tried: str = ""

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
        end_demo(self.desk.store, utc_now())

    def run(self, tell: Callable[[str, str], None]) -> None:
        """Serve until told to stop; ``tell`` gets the address, and the path of the first administrator's link."""
        self.check()
        settings = self.desk.settings
        log_as_json()
        setup = "" if self.demo or has_users(self.desk.store) else secrets.token_urlsafe(32)
        if not version_in_force(self.desk.folder):
            self._lay_out()
        self.desk.look(is_hurried=True)
        config = uvicorn.Config(
            self.make(self.desk, setup, self.demo), host=settings.text("serve.host"),
            port=settings.whole("serve.port"), access_log=False, log_level="warning", server_header=False,
            proxy_headers=False, timeout_graceful_shutdown=GRACE_SECONDS, lifespan="off", backlog=_BACKLOG,
            timeout_keep_alive=_KEPT_SECONDS, http=ShortWay,
        )  # fmt: skip
        door = _listening(config)
        port = door.getsockname()[1]
        if self.demo:
            origins = [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost")]
            make_demo_keys(self.desk.store, origins, utc_now())
        threads = [Thread(target=one, daemon=True) for one in (self._look, self._bridge, self._learn)]
        loop = self._loop()
        if settings["serve.worker"]:
            threads.append(Thread(target=loop.run, daemon=True))
        for thread in threads:
            thread.start()
        sys.setswitchinterval(_SWITCH_SECONDS)
        tell(f"http://{config.host}:{port}", f"/setup?token={setup}" if setup else "")
        if current_thread() is main_thread():
            # The server passes a signal on when it has ended; by default that would end all before it is tidied up.
            signal.signal(signal.SIGTERM, _end)
        gc.freeze()  # what is there now stays; looking through it again and again would hold answers up
        try:
            uvicorn.Server(config).run([door, *(door.dup() for _ in range(_DOORS - 1))])
        finally:
            self.stop.set()
            loop.stop.set()
            for thread in threads:
                thread.join(GRACE_SECONDS)
            self.desk.close()
            gc.unfreeze()  # or DuckDB says at the end that it was left over

    def _loop(self) -> Loop:
        place = self.desk.workspace()
        worker = worker_of(place, self.desk.store, ways_of(place, self.desk.store))
        return Loop(
            worker, self.desk.workspace, lambda done: log.info("tick", extra={"error": str(done.errors)}),
            ways=ways_of,
        )  # fmt: skip

    def _lay_out(self) -> None:
        """Lay out a new state in a process of its own, so that neither its work nor its memory weighs on answers."""
        version = version_of(self.desk.workspace())
        if version in (version_in_force(self.desk.folder), self._tried):
            return
        self._tried = version
        if self._beside(lay_out_beside):
            log.info("laid out", extra={"version": version})
        elif not self.stop.is_set():
            log.warning("nothing could be laid out")

    def _learn(self) -> None:
        """Learn what completes carts, whenever orders are new; the next version knows it."""
        tried = None
        while not self.stop.wait(_LEARN_SECONDS):
            place = carts_folder(self.desk.workspace())
            if self.desk.present[0] and not place.exists() and place != tried:
                tried = place
                if self._beside(learn_beside):
                    log.info("learned what completes carts")

    def _beside(self, work: Callable[[Path, tuple[str, ...]], bool]) -> bool:
        """Work in a process of its own, which ends when this one is told to; returns whether it went well."""
        process = get_context("spawn").Process(
            target=work, args=(self.desk.folder, self.overrides), daemon=True
        )
        process.start()
        while process.is_alive() and not self.stop.wait(_PEEP_SECONDS):
            pass
        process.terminate()
        process.join(GRACE_SECONDS)
        return process.exitcode == 0

    def _look(self) -> None:
        began, is_frozen = monotonic(), False
        while not self.stop.wait(_LOOK_SECONDS):
            try:
                self.desk.look(is_hurried=monotonic() - began < _CARTS_AFTER_SECONDS)
                shelf = self.desk.present[0]
                if shelf is not None and shelf.carts is not None and not is_frozen:
                    gc.freeze()  # what was compiled, too: it is a lot to look through
                    is_frozen = True
            except (PassendError, SQLAlchemyError, OSError) as problem:
                # The last state stays in force; readiness tells of a store that is gone.
                log.warning("cannot look", extra={"error": type(problem).__name__})

    def _bridge(self) -> None:
        bridged = float("-inf")
        while not self.stop.wait(_VERSION_SECONDS):
            try:
                if monotonic() - bridged > _BRIDGE_SECONDS:
                    bridged, self._tried = monotonic(), ""
                    if waiting(self.desk.store):
                        self._beside(carry_beside)
                    drop_old_uploads(self.desk.folder, time())
                    notify(self.desk.workspace(), self.desk.store, utc_now())
                self._lay_out()
            except (PassendError, SQLAlchemyError, OSError) as problem:
                log.warning("carried over later", extra={"error": str(problem)[:300]})


def _listening(config: uvicorn.Config) -> socket.socket:
    """The door, open before anything else begins.

    Raises:
        InvalidSetting: the address is not this computer's, or somebody listens there already.
    """
    try:
        door = config.bind_socket()
        door.listen(_BACKLOG)  # whoever comes from now on waits a moment, and is not turned away
    except SystemExit:
        raise InvalidSetting(
            f"passend cannot listen on {config.host}:{config.port}.",
            remedy="End what listens there, or set serve.host and serve.port to another address.",
        ) from None
    return door


def _end(*_: object) -> None:
    raise SystemExit(0)
