"""Everything behind the doors of one process: the shelf in force, the moment, the store; looked at anew each second."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from passend.channels.links.signing import Signer, signer_of
from passend.errors import StoreError, WorkspaceError
from passend.flow.campaigns.opening import utc_now
from passend.flow.persons import marker
from passend.flow.serving.answering import MOST, Answered, Chosen, Moment, Question, choose
from passend.flow.serving.keys import Key, find_key, fingerprint, keys_that_hold
from passend.flow.serving.moment import Watch
from passend.flow.serving.placing import usual_share
from passend.flow.serving.receiving import Inflow
from passend.flow.serving.shelf import CARTS, Shelf, open_shelf, version_in_force
from passend.flow.serving.trials import Trials
from passend.store import Store, open_store
from passend.store.ledger import Marker
from passend.workspace import Workspace


class Desk:
    """What answers of one process come from.

    Args:
        folder: of the workspace.
        overrides: ``name=value`` settings.
    """

    def __init__(self, folder: Path, overrides: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self._overrides = overrides
        workspace = self.workspace()
        self.settings = workspace.settings
        self.store: Store = open_store(folder, workspace.settings.text("store.url"))
        self.events = Inflow(self.store)
        self.signer: Signer = signer_of(folder)
        self.present: tuple[Shelf | None, Moment] = (None, Moment())
        self.version = ""
        self.trials = Trials()
        self._looking = Lock()
        self._watch = Watch(self.store, usual_share(workspace.settings))
        self._keys: Mapping[str, Key] = {}
        self._callers: dict[str, Key] = {}

    @cached_property
    def mark(self) -> Marker:
        """Turns an address into its mark among the suppressed ones; the firm's salt never changes."""
        return marker(self.workspace())

    def workspace(self) -> Workspace:
        """The firm's data as it is now."""
        return Workspace(self.folder, self._overrides)

    def look(self, *, is_hurried: bool = False) -> None:
        """See a new version, and what happened since; what cannot be read now leaves the last state in force.

        Whoever changed something that must be seen at once may look, too; one looks at a time.

        Args:
            is_hurried: leave to the next look what takes long the first time: until then relations answer carts.
        """
        with self._looking:
            self._look(is_hurried=is_hurried)

    def _look(self, *, is_hurried: bool) -> None:
        keys = keys_that_hold(self.store, utc_now())
        if keys != self._keys:
            self._keys, self._callers = keys, {}
        version = version_in_force(self.folder)
        shelf = self.present[0]
        if version and version != self.version:
            with contextlib.suppress(WorkspaceError):
                shelf = open_shelf(self.folder)
        if shelf is None:
            return
        if shelf.carts is None and not is_hurried and (shelf.folder / CARTS).exists():
            from passend.flow.serving.cart_shelf import with_carts  # noqa: PLC0415 - compiled functions, read late

            shelf = with_carts(shelf)
        moment = self._watch.look(shelf, utc_now())
        # Both under one name: no answer sees the new shelf with the moment of the old one, whose codes are others.
        self.present = (shelf, moment)
        self.version = version
        self.trials.keep(self.store, utc_now())

    def recommend(self, asked: Question) -> Answered:
        """The products for a question; an empty list while nothing is laid out."""
        found = self.choose(asked)
        return Answered((), "none", False, 0) if found is None else found.told()

    def choose(self, asked: Question) -> Chosen | None:
        """The same, not yet put into words; None while nothing is laid out."""
        found = self.look_up(asked)
        if found is not None and found.trial is not None:
            self.trials.note(found.trial)
        return found

    def look_up(self, asked: Question) -> Chosen | None:
        """The same for whoever only looks at what would be shown: it is not counted."""
        shelf, moment = self.present
        if shelf is None:
            return None
        return choose(shelf, moment, asked if asked.limit <= MOST else replace(asked, limit=MOST))

    def known_key(self, secret: str) -> Key | None:
        """Who calls with this secret, as far as the last look knows; nobody waits for the store."""
        known = self._callers.get(secret)
        if known is None:
            known = self._keys.get(fingerprint(secret))
            if known is None:
                return None
            self._callers[secret] = known
        return None if known.expires_at is not None and known.has_ended(utc_now()) else known

    def key(self, secret: str) -> Key | None:
        """The same from the store, for a key that was made a moment ago."""
        return find_key(self.store, secret, utc_now())

    def is_reachable(self) -> None:
        """Return where the store can be read.

        Raises:
            StoreError: it cannot.
        """
        try:
            with self.store.read() as connection:
                connection.execute(select(1))
        except SQLAlchemyError as problem:
            raise StoreError("The store of campaigns cannot be read.") from problem

    def close(self) -> None:
        """Close the store."""
        self.store.close()
